/* SPDX-License-Identifier: MIT */
/*
 * database_internal: what the files of the database share; nobody else includes it.
 *
 *   database.c        the queue, the thread, the way back to the loop
 *   database_batch.c  what the thread does with a batch of operations
 */
#ifndef COUPLET_STORE_DATABASE_INTERNAL_H
#define COUPLET_STORE_DATABASE_INTERNAL_H

#include "store/database.h"
#include "store/sqlite.h"

#include <pthread.h>
#include <time.h>

struct list {
    struct database_op *first, **last;
};

struct database {
    struct loop *loop;
    struct log *log;
    char *path;
    struct loop_wake *wake;
    struct loop_defer later; /* done() is never called from inside of database_submit */
    struct list staged;      /* submitted in this turn; the loop's */
    struct loop_defer hand_over;
    pthread_t thread;
    bool is_running;
    size_t owed; /* done() calls; the loop's */
    /* shared, under the lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct list queue, over;
    struct err notice; /* for the log */
    bool is_closing;
    struct timespec begun; /* of the batch of now; 0: none */
    uint64_t commits;
    struct err trouble; /* of the last batch that wanted to write something */
    /* the thread's */
    struct sqlite_conn conn;
    struct err refused; /* what the file did not take, in this batch */
};

/* On the thread: one transaction for all of them, or each of them has failed. */
void database_run_batch(struct database *d, struct database_op *batch);

#endif
