/* SPDX-License-Identifier: MIT */
/* outbox, beside the process that may run: a connection of its own for one look or one change. */
#include "base/mem.h"
#include "store/outbox.h"
#include "store/schema.h"

static void read_row(struct sqlite_conn *c, sqlite3_stmt *s, struct outbox_row *row) {
    *row = (struct outbox_row){.seq = sqlite_int(c, s, 0),
                               .bot = sqlite_str(c, s, 1),
                               .to = sqlite_str(c, s, 2),
                               .id = sqlite_str(c, s, 3),
                               .state = sqlite_str(c, s, 4),
                               .reason = sqlite_str(c, s, 5),
                               .stanza = sqlite_str(c, s, 6),
                               .made_ms = sqlite_int(c, s, 7),
                               .expires_ms = sqlite_int(c, s, 8),
                               .tries = (int)sqlite_int(c, s, 9)};
}

static int each_row(struct sqlite_conn *c, const char *bot, outbox_row_fn *fn, void *ctx, struct err *err) {
    struct outbox_row row;
    int r;
    sqlite3_stmt *s = sqlite_want(
        c,
        "SELECT seq, bot, destination, id, state, reason, stanza, made, expires, tries FROM outbox "
        "WHERE (?1 IS NULL OR bot = ?1) AND state != 'dropped' ORDER BY seq",
        err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(bot));
    while ((r = sqlite_next(c, s, err)) == 1) {
        read_row(c, s, &row);
        fn(ctx, &row);
    }
    return r;
}

int outbox_list(const char *path, const char *bot, outbox_row_fn *fn, void *ctx, struct err *err) {
    struct sqlite_conn c = {.db = NULL};
    int r = schema_visit(&c, path, err);
    if (r == 0)
        r = each_row(&c, bot, fn, ctx, err);
    sqlite_unload(&c);
    return r;
}

/* A message that waits is in the memory of the process that runs: it sees `dropped` and deletes it. */
static const char retry_sql[] =
    "UPDATE outbox SET state = 'waiting', tries = 0, reason = NULL, expires = 0 "
    "WHERE state = 'dead' AND (?1 IS NULL OR bot = ?1) AND (?2 IS NULL OR id = ?2)";
static const char drop_sql[] =
    "UPDATE outbox SET state = 'dropped' WHERE (state = 'dead' OR (state = 'waiting' AND "
    "?2 IS NOT NULL)) AND (?1 IS NULL OR bot = ?1) AND (?2 IS NULL OR id = ?2)";

int outbox_change(const char *path, const char *bot, const char *id, bool retry, struct err *err) {
    struct sqlite_conn c = {.db = NULL};
    int r = schema_visit(&c, path, err);
    sqlite3_stmt *s = r == 0 ? sqlite_want(&c, retry ? retry_sql : drop_sql, err) : NULL;
    if (s != NULL) {
        sqlite_bind_str(&c, s, 1, str_of(bot));
        sqlite_bind_str(&c, s, 2, str_of(id));
        r = sqlite_do(&c, s, err);
    }
    int count = s != NULL && r == 0 ? c.f.changes(c.db) : -1;
    sqlite_unload(&c);
    return count;
}
