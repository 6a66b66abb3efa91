/* SPDX-License-Identifier: MIT */
#include "store/database_internal.h"

#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

enum { BATCH_MOST = 1000 };

static void list_init(struct list *l) {
    l->first = NULL;
    l->last = &l->first;
}

static void list_add(struct list *l, struct database_op *op) {
    op->next = NULL;
    *l->last = op;
    l->last = &op->next;
}

/* ---- the thread ---- */

/* About so many, in order; what belongs to one turn stays together. */
static struct database_op *take(struct database *d) {
    struct database_op *batch = d->queue.first, *last = batch;
    for (int i = 1; (i < BATCH_MOST || !last->ends_turn) && last->next != NULL; i++)
        last = last->next;
    d->queue.first = last->next;
    if (d->queue.first == NULL)
        d->queue.last = &d->queue.first;
    last->next = NULL;
    return batch;
}

static void hand_back(struct database *d, struct database_op *batch) {
    for (struct database_op *op = batch, *next; op != NULL; op = next) {
        next = op->next;
        op->is_over = true;
        if (!op->is_awaited)
            list_add(&d->over, op);
    }
}

static void *work(void *ctx) {
    struct database *d = ctx;
    pthread_mutex_lock(&d->lock);
    for (;;) {
        while (d->queue.first == NULL && !d->is_closing)
            pthread_cond_wait(&d->changed, &d->lock);
        if (d->queue.first == NULL)
            break;
        struct database_op *batch = take(d);
        clock_gettime(CLOCK_MONOTONIC, &d->begun);
        pthread_mutex_unlock(&d->lock);
        database_run_batch(d, batch);
        pthread_mutex_lock(&d->lock);
        d->begun = (struct timespec){0, 0};
        hand_back(d, batch);
        pthread_cond_broadcast(&d->changed);
        loop_wake_send(d->wake);
    }
    pthread_mutex_unlock(&d->lock);
    sqlite_unload(&d->conn);
    return NULL;
}

/* ---- the loop ---- */

static void deliver(void *ctx) {
    struct database *d = ctx;
    pthread_mutex_lock(&d->lock);
    struct database_op *op = d->over.first;
    struct err notice = d->notice;
    d->notice.text[0] = '\0';
    list_init(&d->over);
    pthread_mutex_unlock(&d->lock);
    if (notice.text[0] != '\0')
        log_error(d->log, NULL, "%s", notice.text);
    for (struct database_op *next; op != NULL; op = next) {
        next = op->next;
        if (--d->owed == 0 && d->wake != NULL)
            loop_wake_hold(d->wake, false);
        op->done(op, op->has_failed ? &op->err : NULL);
    }
}

static void on_later(struct loop_defer *defer) {
    deliver((struct database *)((char *)defer - offsetof(struct database, later)));
}

/* What was submitted in this turn, at once. */
static void hand_over(struct database *d) {
    if (d->staged.first == NULL)
        return;
    for (struct database_op *op = d->staged.first; op != NULL; op = op->next)
        op->ends_turn = op->next == NULL;
    pthread_mutex_lock(&d->lock);
    *d->queue.last = d->staged.first;
    d->queue.last = d->staged.last;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
    list_init(&d->staged);
}

static void on_hand_over(struct loop_defer *defer) {
    hand_over((struct database *)((char *)defer - offsetof(struct database, hand_over)));
}

struct database *database_new(struct loop *loop, struct log *log, const char *path) {
    struct database *d = mem_new(struct database);
    d->loop = loop;
    d->log = log;
    d->path = mem_strdup(path);
    d->later.run = on_later;
    d->hand_over.run = on_hand_over;
    list_init(&d->staged);
    list_init(&d->queue);
    list_init(&d->over);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->changed, NULL);
    return d;
}

/* Signals are the loop's. */
static int start_thread(struct database *d) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&d->thread, NULL, work, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static int start(struct database *d, struct err *err) {
    if (d->is_running)
        return 0;
    if (d->wake == NULL && (d->wake = loop_wake_new(d->loop, deliver, d, err)) == NULL)
        return -1;
    int rc = start_thread(d);
    if (rc != 0)
        return err_set(err, "cannot start the thread that writes %s: %s", d->path, strerror(rc));
    d->is_running = true;
    return 0;
}

void database_submit(struct database *d, struct database_op *op) {
    op->is_awaited = op->is_over = op->has_failed = false;
    bool runs = start(d, &op->err) == 0;
    if (d->owed++ == 0 && d->wake != NULL)
        loop_wake_hold(d->wake, true);
    if (runs) {
        list_add(&d->staged, op);
        loop_defer(d->loop, &d->hand_over);
        return;
    }
    op->has_failed = true;
    pthread_mutex_lock(&d->lock);
    list_add(&d->over, op);
    pthread_mutex_unlock(&d->lock);
    loop_defer(d->loop, &d->later);
}

int database_wait(struct database *d, struct database_op *op, struct err *err) {
    if (start(d, err) < 0)
        return -1;
    op->is_over = op->has_failed = false;
    op->is_awaited = true;
    list_add(&d->staged, op);
    hand_over(d);
    pthread_mutex_lock(&d->lock);
    while (!op->is_over)
        pthread_cond_wait(&d->changed, &d->lock);
    pthread_mutex_unlock(&d->lock);
    if (op->has_failed && err != NULL)
        *err = op->err;
    return op->has_failed ? -1 : 0;
}

void database_free(struct database *d) {
    if (d == NULL)
        return;
    loop_defer_cancel(d->loop, &d->hand_over);
    hand_over(d);
    if (d->is_running) {
        pthread_mutex_lock(&d->lock);
        d->is_closing = true;
        pthread_cond_broadcast(&d->changed);
        pthread_mutex_unlock(&d->lock);
        pthread_join(d->thread, NULL);
    }
    deliver(d);
    loop_defer_cancel(d->loop, &d->later);
    assert(d->owed == 0);
    loop_wake_free(d->wake);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->changed);
    mem_free(d->path);
    mem_free(d);
}

const char *database_path(const struct database *d) {
    return d->path;
}

bool database_exists(const struct database *d) {
    return access(d->path, F_OK) == 0;
}

void database_look(struct database *d, struct database_facts *facts) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&d->lock);
    *facts = (struct database_facts){.waiting = d->owed, .commits = d->commits, .trouble = d->trouble};
    if (d->begun.tv_sec != 0)
        facts->busy_ms = (now.tv_sec - d->begun.tv_sec) * 1000 + (now.tv_nsec - d->begun.tv_nsec) / 1000000;
    pthread_mutex_unlock(&d->lock);
}
