/* SPDX-License-Identifier: MIT */
/* pairs: what was put is there after the next start, the last of several; what went is gone; and what a file
 * of the first version kept is kept. */
#include "check.h"
#include "scratch.h"

#include "base/buf.h"
#include "store/pairs.h"
#include "store/sqlite.h"

#include <unistd.h>

struct scene {
    struct loop *loop;
    struct database *db;
    struct buf rows; /* key=value@expires; … */
    int written, refused;
};

static void open_scene(struct scene *s) {
    struct err err = ERR_INIT;
    *s = (struct scene){.rows = BUF_INIT};
    s->loop = loop_new(&err);
    s->db = database_new(s->loop, &quiet, path);
}

static void close_scene(struct scene *s) {
    database_free(s->db);
    loop_free(s->loop);
    buf_finish(&s->rows);
}

static void on_written(void *ctx, struct pairs_batch *batch, const struct err *failed) {
    struct scene *s = ctx;
    (void)batch;
    s->written += failed == NULL;
    s->refused += failed != NULL;
}

static void submit(struct scene *s, struct pairs_batch *b) {
    pairs_submit(s->db, b, on_written, s);
    loop_run(s->loop);
}

static void add_row(void *ctx, struct str key, struct str value, int64_t expires_ms) {
    struct scene *s = ctx;
    buf_addf(&s->rows, "%.*s=%.*s@%d; ", (int)key.len, key.s, (int)value.len, value.s, (int)expires_ms);
}

static void check_rows(struct scene *s, const char *bot, int64_t now_ms, const char *expected) {
    struct err err = ERR_INIT;
    buf_cut(&s->rows, 0);
    CHECK_INT(pairs_load(s->db, bot, now_ms, add_row, s, &err), 0);
    CHECK_STR(buf_len(&s->rows) > 0 ? buf_data(&s->rows) : "", expected);
}

static void remove_all(void) {
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'/*", folder);
    CHECK_INT(system(command), 0);
}

static void keeps_what_was_put(void) {
    struct scene s;
    open_scene(&s);
    struct pairs_batch *b = pairs_batch_new("ops");
    pairs_put(b, STR_LIT("a"), STR_LIT("1"), 0);
    pairs_put(b, STR_LIT("b"), STR_LIT("2"), 5000);
    pairs_put(b, STR_LIT("c"), STR_LIT("3"), 0);
    pairs_put(b, STR_LIT("a"), STR_LIT("4"), 9000);
    submit(&s, b);
    b = pairs_batch_new("ops");
    pairs_put(b, STR_LIT("c"), STR_NONE, 0);
    submit(&s, b);
    CHECK_INT(s.written, 2);
    close_scene(&s);
    open_scene(&s);
    check_rows(&s, "ops", 1000, "a=4@9000; b=2@5000; ");
    check_rows(&s, "dev", 1000, "");
    check_rows(&s, "ops", 5000, "a=4@9000; ");
    close_scene(&s);
    remove_all();
}

/* As the first version made it. */
static void make_old_file(void) {
    struct err err = ERR_INIT;
    struct sqlite_conn c = {0};
    CHECK_INT(sqlite_open(&c, path, true, &err), 0);
    CHECK_INT(sqlite_run(&c,
                         "PRAGMA journal_mode = WAL;"
                         "CREATE TABLE pairs (bot TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"
                         " expires INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (bot, key)) WITHOUT ROWID;"
                         "INSERT INTO pairs VALUES ('ops', x'61', x'31', 0), ('ops', x'62', x'32', 5000),"
                         " ('dev', x'61', x'33', 0);"
                         "PRAGMA user_version = 1",
                         &err),
              0);
    CHECK_STR(err.text, "");
    sqlite_close_conn(&c);
    sqlite_unload(&c);
}

static void reads_a_file_of_the_first_version(void) {
    struct scene s;
    make_old_file();
    open_scene(&s);
    check_rows(&s, "ops", 1000, "a=1@0; b=2@5000; ");
    struct pairs_batch *b = pairs_batch_new("ops");
    pairs_put(b, STR_LIT("a"), STR_LIT("4"), 0);
    submit(&s, b);
    CHECK_INT(s.written, 1);
    close_scene(&s);
    open_scene(&s);
    check_rows(&s, "ops", 1000, "a=4@0; b=2@5000; ");
    check_rows(&s, "dev", 1000, "a=3@0; ");
    close_scene(&s);
    remove_all();
}

int main(void) {
    if (!scratch_begin("pairs"))
        return 1;
    RUN(keeps_what_was_put);
    RUN(reads_a_file_of_the_first_version);
    rmdir(folder);
    return check_done();
}
