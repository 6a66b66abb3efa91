/* SPDX-License-Identifier: MIT */
/*
 * database: one SQLite file and one thread that writes it. The loop hands operations over and is told when
 * they are on disk; it never waits for the disk (database_wait, for the time before it runs, is the
 * exception).
 *
 *   database_submit ──> queue ──thread: BEGIN, all that is there, COMMIT──> done() on the loop, in order
 *
 * Group commit: whatever came while the disk was busy goes in one transaction; what was submitted in one turn
 * of the loop is always in the same one. An operation that fails takes back only what it did itself; a commit
 * that fails (a full disk) fails all that were in it. done() with NULL means: on disk, also after a power
 * cut. A file that is corrupt is set aside (schema.h) and reported.
 */
#ifndef COUPLET_STORE_DATABASE_H
#define COUPLET_STORE_DATABASE_H

#include "base/err.h"
#include "base/log.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct database;
struct sqlite_conn;

struct database_facts {
    size_t waiting;     /* operations that were handed over and are not on disk */
    uint64_t commits;   /* transactions, since the start */
    int64_t busy_ms;    /* how long the thread has been at the one of now; 0: it waits for work */
    struct err trouble; /* why the last change could not be written; empty: it was */
};

struct database_op {
    /* On the thread, inside of the transaction; may run twice, the first time in vain. -1: err, and what it
     * did is undone. */
    int (*run)(struct database_op *op, struct sqlite_conn *c, struct err *err);
    /* On the loop; failed NULL: committed. The op is the owner's again. */
    void (*done)(struct database_op *op, const struct err *failed);
    /* private */
    struct database_op *next;
    struct err err;
    bool has_failed, is_awaited, is_over, ends_turn;
};

/* Nothing is opened, loaded or started before the first operation. log is borrowed. */
struct database *database_new(struct loop *loop, struct log *log, const char *path);
/* Everything submitted is carried out and done() is called for it first; NULL accepted. */
void database_free(struct database *d);
/* The op is lent until done(). Its run and done are set; the rest is zeroed. */
void database_submit(struct database *d, struct database_op *op);
/* The same, and done is not called: waits. -1: err. Not to be called while the loop has others to serve. */
int database_wait(struct database *d, struct database_op *op, struct err *err);
const char *database_path(const struct database *d);
bool database_exists(const struct database *d); /* the file is there */
void database_look(struct database *d, struct database_facts *facts);

#endif
