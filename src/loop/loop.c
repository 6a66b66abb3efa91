/* SPDX-License-Identifier: MIT */
/*
 * A turn of the loop, as libuv goes about it:
 *
 *   timers -> [deferred work] -> wait for input, handle it -> [deferred work] -> closed handles -> again
 *
 * Deferred work hangs on a prepare and a check handle, so whatever callback adds it, it runs before the loop
 * waits the next time. The two ends of loop_run run it as well: work that is added before the loop starts, or
 * by the very last callback, would otherwise be left behind by a loop that has nothing more to wait for.
 */
#include "loop/internal.h"

#include "base/mem.h"

#include <assert.h>
#include <signal.h>

struct loop_signal_watch {
    uv_signal_t uv; /* first: the handle's address is the watch's */
    loop_signal_fn *on;
    void *ctx;
    struct loop_signal_watch *next;
};

static void run_deferred(struct loop *l) {
    while (l->first != NULL) {
        struct loop_defer *d = l->first;
        loop_defer_cancel(l, d);
        d->run(d);
    }
}

static void on_before_wait(uv_prepare_t *h) {
    run_deferred(h->loop->data);
}

static void on_after_wait(uv_check_t *h) {
    run_deferred(h->loop->data);
}

struct loop *loop_new(struct err *err) {
    struct loop *l = mem_new(struct loop);
    int rc = uv_loop_init(&l->uv);
    if (rc != 0) {
        mem_free(l);
        err_set(err, "cannot set up the event loop: %s", uv_strerror(rc));
        return NULL;
    }
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write */
    signal(SIGPIPE, SIG_IGN); /* libuv writes without MSG_NOSIGNAL; a broken pipe is an error code to us */
    l->uv.data = l;
    l->last = &l->first;
    uv_prepare_init(&l->uv, &l->before_wait);
    uv_prepare_start(&l->before_wait, on_before_wait);
    uv_unref((uv_handle_t *)&l->before_wait);
    uv_check_init(&l->uv, &l->after_wait);
    uv_check_start(&l->after_wait, on_after_wait);
    uv_unref((uv_handle_t *)&l->after_wait);
    loop_timers_init(l);
    return l;
}

static void free_signal(uv_handle_t *h) {
    mem_free(h);
}

static void close_signals(struct loop *l) {
    while (l->signals != NULL) {
        struct loop_signal_watch *w = l->signals;
        l->signals = w->next;
        uv_close((uv_handle_t *)&w->uv, free_signal);
    }
}

static void assert_closing(uv_handle_t *h, void *unused) {
    (void)unused;
    assert(uv_is_closing(h));
    (void)h;
}

void loop_free(struct loop *l) {
    if (l == NULL)
        return;
    assert(l->first == NULL && l->heap_len == 0);
    close_signals(l);
    uv_close((uv_handle_t *)&l->before_wait, NULL);
    uv_close((uv_handle_t *)&l->after_wait, NULL);
    loop_timers_finish(l);
    uv_walk(&l->uv, assert_closing, NULL);
    while (uv_run(&l->uv, UV_RUN_DEFAULT) != 0) /* only the close callbacks are left */
        continue;
    int rc = uv_loop_close(&l->uv);
    assert(rc == 0);
    (void)rc;
    mem_free(l->scratch);
    mem_free(l);
}

void loop_run(struct loop *l) {
    uv_update_time(&l->uv);
    run_deferred(l);
    while (!l->stopped && uv_loop_alive(&l->uv)) {
        uv_run(&l->uv, UV_RUN_DEFAULT);
        run_deferred(l);
    }
    l->stopped = false;
}

void loop_stop(struct loop *l) {
    l->stopped = true;
    uv_stop(&l->uv);
}

int64_t loop_now_ms(const struct loop *l) {
    return (int64_t)uv_now(&l->uv);
}

struct uv_loop_s *loop_uv(struct loop *l) {
    return &l->uv;
}

char *loop_scratch(struct loop *l) {
    if (l->scratch == NULL)
        l->scratch = mem_alloc(LOOP_SCRATCH_LEN);
    return l->scratch;
}

/* ---- deferred work ---- */

void loop_defer(struct loop *l, struct loop_defer *d) {
    assert(d->run != NULL);
    if (d->at != NULL)
        return;
    d->next = NULL;
    d->at = l->last;
    *l->last = d;
    l->last = &d->next;
}

void loop_defer_cancel(struct loop *l, struct loop_defer *d) {
    if (d->at == NULL)
        return;
    *d->at = d->next;
    if (d->next != NULL)
        d->next->at = d->at;
    else
        l->last = d->at;
    d->next = NULL;
    d->at = NULL;
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *h, int signum) {
    struct loop_signal_watch *w = (struct loop_signal_watch *)h;
    w->on(w->ctx, signum);
}

int loop_signal(struct loop *l, int signum, loop_signal_fn *on, void *ctx, struct err *err) {
    struct loop_signal_watch *w = mem_new(struct loop_signal_watch);
    uv_signal_init(&l->uv, &w->uv);
    w->on = on;
    w->ctx = ctx;
    int rc = uv_signal_start(&w->uv, on_signal, signum);
    if (rc != 0) {
        uv_close((uv_handle_t *)&w->uv, free_signal);
        return err_set(err, "cannot watch signal %d: %s", signum, uv_strerror(rc));
    }
    uv_unref((uv_handle_t *)&w->uv);
    w->next = l->signals;
    l->signals = w;
    return 0;
}
