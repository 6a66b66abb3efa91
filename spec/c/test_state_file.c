/* SPDX-License-Identifier: MIT */
/* state_file: what was written is there again, one process at a time, and nothing is left that is not needed.
 */
#include "check.h"

#include "base/mem.h"
#include "store/state_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[64], folder[80];

static struct state_file *opened(const char *name, const char *want) {
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    struct state_file *f = state_file_open(folder, name, &text, &err);
    CHECK_STR(err.text, "");
    CHECK_STR(buf_data(&text), want);
    buf_finish(&text);
    return f;
}

static int put(struct state_file *f, const char *text,
               int (*how)(struct state_file *, const struct buf *, struct err *)) {
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    buf_adds(&b, text);
    int r = how(f, &b, &err);
    buf_finish(&b);
    return r;
}

static void test_kept(void) {
    struct state_file *f = opened("bot", "");
    struct stat st;
    char path[128];
    CHECK_INT(put(f, "x", state_file_append), -1); /* there is nothing to append to */
    CHECK_INT(put(f, "one\n", state_file_replace), 0);
    CHECK_INT(put(f, "two\n", state_file_append), 0);
    CHECK_INT(state_file_len(f), 8);
    state_file_free(f);
    f = opened("bot", "one\ntwo\n");
    CHECK_INT(put(f, "three\n", state_file_append), 0);
    CHECK_INT(put(f, "new\n", state_file_replace), 0);
    CHECK_INT(put(f, "more\n", state_file_append), 0);
    state_file_free(f);
    snprintf(path, sizeof(path), "%s/bot.state", folder);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_INT(stat(folder, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0700);
    f = opened("bot", "new\nmore\n");
    state_file_remove(f);
    CHECK_INT(state_file_len(f), 0);
    CHECK_INT(put(f, "back\n", state_file_replace), 0);
    state_file_remove(f);
    state_file_free(f);
    CHECK(access(folder, F_OK) != 0); /* nothing is left */
}

static void test_one_at_a_time(void) {
    struct state_file *f = opened("bot", "");
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK(state_file_open(folder, "bot", &text, &err) == NULL);
    CHECK_HAS(err.text, "bot.lock is held by another process; does this program run twice?");
    state_file_free(opened("other", ""));
    state_file_free(f);
    state_file_free(opened("bot", ""));
    buf_finish(&text);
}

static void test_names(void) {
    struct state_file *f = opened("../a b/\xc3\xa4", "");
    CHECK_INT(put(f, "x\n", state_file_replace), 0);
    char path[128];
    snprintf(path, sizeof(path), "%s/%%2E%%2E%%2Fa%%20b%%2F%%C3%%A4.state", folder);
    CHECK_INT(access(path, F_OK), 0);
    state_file_remove(f);
    state_file_free(f);
}

static void test_no_folder(void) {
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK(state_file_open("/nowhere/at/all", "bot", &text, &err) == NULL);
    CHECK_HAS(err.text, "cannot make the folder /nowhere/at/all");
    buf_finish(&text);
}

int main(void) {
    snprintf(base, sizeof(base), "/tmp/couplet-state-XXXXXX");
    if (mkdtemp(base) == NULL)
        return 1;
    snprintf(folder, sizeof(folder), "%s/sessions", base);
    RUN(test_kept);
    RUN(test_one_at_a_time);
    RUN(test_names);
    RUN(test_no_folder);
    rmdir(base);
    return check_done();
}
