/* SPDX-License-Identifier: MIT */
#include "store/schema.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Each brings the file from version i to i + 1; what was released once stays as it is. seq begins with the
 * time (microseconds), so that the numbers of a file that was set aside never come again: a session on disk
 * may still name them. */
static const char *const migrations[] = {
    "CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, bot TEXT NOT NULL, destination TEXT NOT "
    "NULL,"
    " id TEXT NOT NULL, kind INTEGER NOT NULL, stanza BLOB NOT NULL, made INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting',"
    " reason TEXT, UNIQUE (bot, id));"
    "CREATE INDEX outbox_order ON outbox (bot, state, seq);"
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', CAST((julianday('now') - 2440587.5) * "
    "86400000 AS INTEGER) * 1000);"
    "CREATE TABLE pairs (bot TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, expires INTEGER NOT NULL"
    " DEFAULT 0, PRIMARY KEY (bot, key)) WITHOUT ROWID;",
    /* What is written one after the other lies side by side, and no page is taken for the end of one value.
     */
    "CREATE TABLE pairs_2 (id INTEGER PRIMARY KEY, bot TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"
    " expires INTEGER NOT NULL DEFAULT 0, UNIQUE (bot, key));"
    "INSERT INTO pairs_2 (bot, key, value, expires) SELECT bot, key, value, expires FROM pairs;"
    "DROP TABLE pairs;"
    "ALTER TABLE pairs_2 RENAME TO pairs;",
};
enum { VERSION = sizeof(migrations) / sizeof(migrations[0]) };

static int version_of(struct sqlite_conn *c, int64_t *version, struct err *err) {
    sqlite3_stmt *s = sqlite_want(c, "PRAGMA user_version", err);
    if (s == NULL || sqlite_next(c, s, err) != 1)
        return -1;
    *version = sqlite_int(c, s, 0);
    sqlite_done(c, s);
    if (*version <= VERSION)
        return 0;
    return err_set(err,
                   "%s is of a newer couplet (version %d, this one knows %d): run that, or name another file",
                   c->path, (int)*version, VERSION);
}

static int migrate(struct sqlite_conn *c, struct err *err) {
    int64_t version = 0;
    char set[64];
    if (sqlite_run(c, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    int r = version_of(c, &version, err);
    for (; r == 0 && version < VERSION; version++) {
        snprintf(set, sizeof(set), "PRAGMA user_version = %d", (int)version + 1);
        r = sqlite_run(c, migrations[version], err) < 0 ? -1 : sqlite_run(c, set, err);
    }
    if (r == 0 && sqlite_run(c, "COMMIT", err) == 0)
        return 0;
    sqlite_run(c, "ROLLBACK", NULL);
    return -1;
}

static int check(struct sqlite_conn *c, struct err *err) {
    sqlite3_stmt *s = sqlite_want(c, "PRAGMA quick_check(1)", err);
    if (s == NULL || sqlite_next(c, s, err) != 1)
        return -1;
    bool is_sound = str_is(sqlite_str(c, s, 0), "ok");
    sqlite_done(c, s);
    if (is_sound)
        return 0;
    c->code = SQLITE_CORRUPT;
    return err_set(err, "%s is corrupt", c->path);
}

/* journal_mode first: it reads the header, and says what no database is. */
static int prepare(struct sqlite_conn *c, struct err *err) {
    int r =
        sqlite_run(c, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", err);
    if (r == 0)
        r = check(c, err);
    return r == 0 ? migrate(c, err) : -1;
}

/* Only what is not there may be taken for a name. */
static void aside_name(struct buf *name, const char *path) {
    char stamp[32];
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    buf_addf(name, "%s.corrupt-%s", path, stamp);
    size_t len = buf_len(name);
    for (int i = 2; access(buf_data(name), F_OK) == 0; i++) {
        buf_cut(name, len);
        buf_addf(name, "-%d", i);
    }
}

static void move_beside(const char *path, const char *to, const char *suffix) {
    struct buf from = BUF_INIT, there = BUF_INIT;
    buf_addf(&from, "%s%s", path, suffix);
    buf_addf(&there, "%s%s", to, suffix);
    rename(buf_data(&from), buf_data(&there));
    buf_finish(&from);
    buf_finish(&there);
}

int schema_set_aside(struct sqlite_conn *c, const char *path, struct err *notice, struct err *err) {
    struct buf name = BUF_INIT;
    sqlite_close_conn(c);
    aside_name(&name, path);
    int r = rename(path, buf_data(&name));
    if (r != 0)
        err_set(err, "%s is corrupt and cannot be set aside: %s", path, strerror(errno));
    else
        err_set(notice, "%s is corrupt: it is kept as %s, and a new one begins", path, buf_data(&name));
    if (r == 0) {
        move_beside(path, buf_data(&name), "-wal");
        move_beside(path, buf_data(&name), "-shm");
    }
    buf_finish(&name);
    return r == 0 ? 0 : -1;
}

int schema_open(struct sqlite_conn *c, const char *path, struct err *notice, struct err *err) {
    for (int i = 0; i < 2; i++) {
        if (sqlite_open(c, path, true, err) == 0) {
            if (prepare(c, err) == 0)
                return 0;
            bool is_corrupt = sqlite_is_corrupt(c);
            sqlite_close_conn(c);
            if (!is_corrupt || schema_set_aside(c, path, notice, err) < 0)
                return -1;
        } else if (!sqlite_is_corrupt(c) || schema_set_aside(c, path, notice, err) < 0) {
            return -1;
        }
    }
    return -1;
}

int schema_visit(struct sqlite_conn *c, const char *path, struct err *err) {
    int64_t version = 0;
    if (sqlite_open(c, path, false, err) < 0)
        return -1;
    if (sqlite_run(c, "PRAGMA synchronous = FULL", err) == 0 && version_of(c, &version, err) == 0) {
        if (version == VERSION)
            return 0;
        err_set(err, "%s is of an older couplet, or nothing was kept in it yet: start the bots once", path);
    }
    sqlite_close_conn(c);
    return -1;
}
