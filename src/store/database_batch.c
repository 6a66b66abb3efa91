/* SPDX-License-Identifier: MIT */
#include "store/database_internal.h"

#include "store/schema.h"

static void tell(struct database *d, const struct err *notice) {
    pthread_mutex_lock(&d->lock);
    d->notice = *notice;
    pthread_mutex_unlock(&d->lock);
    loop_wake_send(d->wake);
}

static int open_file(struct database *d, struct err *err) {
    struct err notice = ERR_INIT;
    if (d->conn.db != NULL)
        return 0;
    int r = schema_open(&d->conn, d->path, &notice, err);
    if (notice.text[0] != '\0')
        tell(d, &notice);
    return r;
}

static void fail_all(struct database_op *op, const struct err *err) {
    for (; op != NULL; op = op->next) {
        op->has_failed = true;
        op->err = *err;
    }
}

/* Around each operation of a batch, so they are kept. */
static const char savepoint_sql[] = "SAVEPOINT op";
static const char release_sql[] = "RELEASE op";

static int run_kept(struct sqlite_conn *c, const char *sql, struct err *err) {
    sqlite3_stmt *s = sqlite_want(c, sql, err);
    return s != NULL ? sqlite_do(c, s, err) : -1;
}

/* What one operation did goes back when it fails; SQLite may have taken the whole transaction back (a full
 * disk, an I/O error): then -1. */
static int run_apart(struct database *d, struct database_op *op, struct err *err) {
    struct sqlite_conn *c = &d->conn;
    op->has_failed = false;
    op->err.text[0] = '\0';
    if (run_kept(c, savepoint_sql, err) < 0)
        return -1;
    if (op->run(op, c, &op->err) == 0)
        return run_kept(c, release_sql, err);
    op->has_failed = true;
    if ((c->code & 0xff) != SQLITE_CONSTRAINT)
        d->refused = op->err;
    if (c->f.get_autocommit(c->db) || sqlite_is_corrupt(c)) {
        *err = op->err;
        return -1;
    }
    return sqlite_run(c, "ROLLBACK TO op; RELEASE op", err);
}

static int run_together(struct database *d, struct database_op *op, struct err *err) {
    op->has_failed = op->run(op, &d->conn, err) != 0;
    return op->has_failed ? -1 : 0;
}

static bool has_failed(const struct database_op *op) {
    while (op != NULL && !op->has_failed)
        op = op->next;
    return op != NULL;
}

typedef int run_fn(struct database *d, struct database_op *op, struct err *err);

static int run_transaction(struct database *d, struct database_op *batch, run_fn *run, struct err *err) {
    int r = sqlite_run(&d->conn, "BEGIN IMMEDIATE", err);
    for (struct database_op *op = batch; r == 0 && op != NULL; op = op->next)
        r = run(d, op, err);
    if (r == 0 && sqlite_run(&d->conn, "COMMIT", err) == 0)
        return 0;
    if (!d->conn.f.get_autocommit(d->conn.db)) {
        int code = d->conn.code;
        sqlite_run(&d->conn, "ROLLBACK", NULL);
        d->conn.code = code;
    }
    return -1;
}

/* A savepoint around each operation makes SQLite copy each page that it changes: that is for the batch in
 * which one fails, which the others are not to suffer from. */
static int run_batch(struct database *d, struct database_op *batch, struct err *err) {
    if (run_transaction(d, batch, run_together, err) == 0)
        return 0;
    if (!has_failed(batch) || sqlite_is_corrupt(&d->conn))
        return -1;
    return run_transaction(d, batch, run_apart, err);
}

static int total_changes(struct database *d) {
    return d->conn.db != NULL ? d->conn.f.total_changes(d->conn.db) : 0;
}

/* Whether the disk takes what is written only a change can tell: reading says nothing. */
static void note_batch(struct database *d, const struct err *failed, bool has_changed) {
    pthread_mutex_lock(&d->lock);
    d->commits += failed == NULL;
    if (failed != NULL || d->refused.text[0] != '\0')
        d->trouble = failed != NULL ? *failed : d->refused;
    else if (has_changed)
        d->trouble.text[0] = '\0';
    pthread_mutex_unlock(&d->lock);
}

void database_run_batch(struct database *d, struct database_op *batch) {
    struct err err = ERR_INIT, notice = ERR_INIT;
    int before = total_changes(d);
    d->refused.text[0] = '\0';
    for (int i = 0; i < 2; i++) {
        if (open_file(d, &err) == 0 && run_batch(d, batch, &err) == 0) {
            note_batch(d, NULL, total_changes(d) != before);
            return;
        }
        if (d->conn.db == NULL || !sqlite_is_corrupt(&d->conn) ||
            schema_set_aside(&d->conn, d->path, &notice, &err) < 0)
            break;
        tell(d, &notice);
    }
    fail_all(batch, &err);
    note_batch(d, &err, false);
}
