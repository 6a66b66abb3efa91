/* SPDX-License-Identifier: MIT */
/* sqlite: the functions of SQLite that we use, loaded when a database is opened first, and statements that
 * are kept for the next time. For store/ alone, and on one thread at a time. */
#ifndef COUPLET_STORE_SQLITE_H
#define COUPLET_STORE_SQLITE_H

#include "base/err.h"
#include "base/str.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { SQLITE_KEPT = 24 }; /* statements of one connection */

struct sqlite {
    __typeof__(sqlite3_open_v2) *open_v2;
    __typeof__(sqlite3_close) *close;
    __typeof__(sqlite3_exec) *exec;
    __typeof__(sqlite3_prepare_v2) *prepare_v2;
    __typeof__(sqlite3_step) *step;
    __typeof__(sqlite3_reset) *reset;
    __typeof__(sqlite3_finalize) *finalize;
    __typeof__(sqlite3_bind_int64) *bind_int64;
    __typeof__(sqlite3_bind_text) *bind_text;
    __typeof__(sqlite3_bind_blob) *bind_blob;
    __typeof__(sqlite3_column_int64) *column_int64;
    __typeof__(sqlite3_column_blob) *column_blob;
    __typeof__(sqlite3_column_bytes) *column_bytes;
    __typeof__(sqlite3_errmsg) *errmsg;
    __typeof__(sqlite3_extended_errcode) *extended_errcode;
    __typeof__(sqlite3_busy_timeout) *busy_timeout;
    __typeof__(sqlite3_get_autocommit) *get_autocommit;
    __typeof__(sqlite3_changes) *changes;
    __typeof__(sqlite3_total_changes) *total_changes;
    __typeof__(sqlite3_last_insert_rowid) *last_insert_rowid;
};

struct sqlite_conn {
    struct sqlite f;
    void *library; /* NULL: not loaded */
    sqlite3 *db;   /* NULL: not open */
    const char *path;
    struct {
        const char *sql; /* a literal: its address tells it */
        sqlite3_stmt *stmt;
    } kept[SQLITE_KEPT];
    size_t kept_count;
    int code; /* of the last failure */
};

/* The file is made where there is none, with mode 0600. path is borrowed. The connection must be zeroed
 * before the first time. */
int sqlite_open(struct sqlite_conn *c, const char *path, bool may_make, struct err *err);
void sqlite_close_conn(struct sqlite_conn *c); /* also one that is not open; the library stays loaded */
void sqlite_unload(struct sqlite_conn *c);
/* err says what SQLite says of the last failure, with the path; -1. */
int sqlite_fail(struct sqlite_conn *c, struct err *err);
bool sqlite_is_corrupt(const struct sqlite_conn *c); /* was that the last failure? */
int sqlite_run(struct sqlite_conn *c, const char *sql, struct err *err);
/* A kept statement, ready for sqlite_bind_* and sqlite_next; sql: a literal. NULL: err. */
sqlite3_stmt *sqlite_want(struct sqlite_conn *c, const char *sql, struct err *err);
void sqlite_bind_str(struct sqlite_conn *c, sqlite3_stmt *s, int at, struct str v); /* .s NULL: NULL */
void sqlite_bind_bytes(struct sqlite_conn *c, sqlite3_stmt *s, int at, struct str v);
void sqlite_bind_int(struct sqlite_conn *c, sqlite3_stmt *s, int at, int64_t v);
/* 1: a row; 0: no more; -1: err. The statement is reset at 0 and -1; sqlite_done resets it before. */
int sqlite_next(struct sqlite_conn *c, sqlite3_stmt *s, struct err *err);
void sqlite_done(struct sqlite_conn *c, sqlite3_stmt *s);
/* Steps a statement that has no rows. */
int sqlite_do(struct sqlite_conn *c, sqlite3_stmt *s, struct err *err);
/* Of the row; borrowed until the next step. .s is never NULL. */
struct str sqlite_str(struct sqlite_conn *c, sqlite3_stmt *s, int column);
int64_t sqlite_int(struct sqlite_conn *c, sqlite3_stmt *s, int column);

#endif
