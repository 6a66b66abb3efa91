/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

#include "base/library.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define SYMBOL(member) LIBRARY_SYMBOL(struct sqlite, member, sqlite3_##member)
static const struct library_symbol symbols[] = {SYMBOL(open_v2),
                                                SYMBOL(close),
                                                SYMBOL(exec),
                                                SYMBOL(prepare_v2),
                                                SYMBOL(step),
                                                SYMBOL(reset),
                                                SYMBOL(finalize),
                                                SYMBOL(bind_int64),
                                                SYMBOL(bind_text),
                                                SYMBOL(bind_blob),
                                                SYMBOL(column_int64),
                                                SYMBOL(column_blob),
                                                SYMBOL(column_bytes),
                                                SYMBOL(errmsg),
                                                SYMBOL(extended_errcode),
                                                SYMBOL(busy_timeout),
                                                SYMBOL(get_autocommit),
                                                SYMBOL(changes),
                                                SYMBOL(total_changes),
                                                SYMBOL(last_insert_rowid),
                                                {NULL, 0}};
static const struct library library = {"libsqlite3.so.0", "libsqlite3-0", symbols};

/* SQLite would make it readable for everybody that the umask lets. */
static int make_file(const char *path, struct err *err) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, "cannot open %s: %s", path, strerror(errno));
    close(fd);
    return 0;
}

int sqlite_open(struct sqlite_conn *c, const char *path, bool may_make, struct err *err) {
    c->code = 0;
    c->path = path;
    if (c->library == NULL && (c->library = library_open_kept(&library, &c->f, err)) == NULL)
        return -1;
    if (may_make && make_file(path, err) < 0)
        return -1;
    if (c->f.open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
        c->f.busy_timeout(c->db, 5000);
        return 0;
    }
    sqlite_fail(c, err);
    sqlite_close_conn(c);
    return -1;
}

void sqlite_close_conn(struct sqlite_conn *c) {
    for (size_t i = 0; i < c->kept_count; i++)
        c->f.finalize(c->kept[i].stmt);
    c->kept_count = 0;
    if (c->db != NULL)
        c->f.close(c->db);
    c->db = NULL;
}

void sqlite_unload(struct sqlite_conn *c) {
    sqlite_close_conn(c);
    library_close(c->library);
    c->library = NULL;
}

int sqlite_fail(struct sqlite_conn *c, struct err *err) {
    c->code = c->db != NULL ? c->f.extended_errcode(c->db) : SQLITE_NOMEM;
    if ((c->code & 0xff) == SQLITE_FULL)
        return err_set(err, "%s: the disk is full", c->path);
    return err_set(err, "%s: %s", c->path, c->db != NULL ? c->f.errmsg(c->db) : "out of memory");
}

bool sqlite_is_corrupt(const struct sqlite_conn *c) {
    int primary = c->code & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

int sqlite_run(struct sqlite_conn *c, const char *sql, struct err *err) {
    return c->f.exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite_fail(c, err);
}

sqlite3_stmt *sqlite_want(struct sqlite_conn *c, const char *sql, struct err *err) {
    sqlite3_stmt *s;
    for (size_t i = 0; i < c->kept_count; i++)
        if (c->kept[i].sql == sql)
            return c->kept[i].stmt;
    if (c->f.prepare_v2(c->db, sql, -1, &s, NULL) != SQLITE_OK) {
        sqlite_fail(c, err);
        return NULL;
    }
    if (c->kept_count == SQLITE_KEPT) /* the oldest goes */
        c->f.finalize(c->kept[0].stmt);
    else
        c->kept_count++;
    size_t last = c->kept_count - 1;
    memmove(&c->kept[0], &c->kept[1], (c->kept_count == SQLITE_KEPT ? last : 0) * sizeof(c->kept[0]));
    c->kept[last].sql = sql;
    c->kept[last].stmt = s;
    return s;
}

void sqlite_bind_str(struct sqlite_conn *c, sqlite3_stmt *s, int at, struct str v) {
    c->f.bind_text(s, at, v.s, (int)v.len, SQLITE_TRANSIENT);
}

void sqlite_bind_bytes(struct sqlite_conn *c, sqlite3_stmt *s, int at, struct str v) {
    c->f.bind_blob(s, at, v.s, (int)v.len, SQLITE_TRANSIENT);
}

void sqlite_bind_int(struct sqlite_conn *c, sqlite3_stmt *s, int at, int64_t v) {
    c->f.bind_int64(s, at, v);
}

int sqlite_next(struct sqlite_conn *c, sqlite3_stmt *s, struct err *err) {
    int rc = c->f.step(s);
    if (rc == SQLITE_ROW)
        return 1;
    int result = rc == SQLITE_DONE ? 0 : sqlite_fail(c, err);
    c->f.reset(s);
    return result;
}

void sqlite_done(struct sqlite_conn *c, sqlite3_stmt *s) {
    c->f.reset(s);
}

int sqlite_do(struct sqlite_conn *c, sqlite3_stmt *s, struct err *err) {
    int r = sqlite_next(c, s, err);
    if (r > 0)
        sqlite_done(c, s);
    return r < 0 ? -1 : 0;
}

struct str sqlite_str(struct sqlite_conn *c, sqlite3_stmt *s, int column) {
    struct str v;
    const char *bytes = c->f.column_blob(s, column);
    v.len = (size_t)c->f.column_bytes(s, column);
    v.s = bytes != NULL ? bytes : "";
    return v;
}

int64_t sqlite_int(struct sqlite_conn *c, sqlite3_stmt *s, int column) {
    return c->f.column_int64(s, column);
}
