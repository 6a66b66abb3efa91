/* SPDX-License-Identifier: MIT */
#include "loop/internal.h"

#include "base/mem.h"

struct loop_watch {
    uv_poll_t uv; /* first: the handle's address is the watch's */
    loop_watch_fn *on;
    void *ctx;
};

static void on_ready(uv_poll_t *h, int status, int events) {
    struct loop_watch *w = (struct loop_watch *)h;
    (void)status, (void)events; /* an error shows when the descriptor is used */
    w->on(w->ctx);
}

static void on_closed(uv_handle_t *h) {
    mem_free(h);
}

struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_watch_fn *on, void *ctx, struct err *err) {
    struct loop_watch *w = mem_new(struct loop_watch);
    int rc = uv_poll_init(&l->uv, &w->uv, fd);
    if (rc != 0) {
        mem_free(w);
        err_set(err, "cannot watch descriptor %d: %s", fd, uv_strerror(rc));
        return NULL;
    }
    w->on = on;
    w->ctx = ctx;
    rc = uv_poll_start(&w->uv, UV_READABLE, on_ready);
    if (rc == 0) {
        uv_unref((uv_handle_t *)&w->uv);
        return w;
    }
    err_set(err, "cannot watch descriptor %d: %s", fd, uv_strerror(rc));
    uv_close((uv_handle_t *)&w->uv, on_closed);
    return NULL;
}

void loop_watch_want(struct loop_watch *w, bool read, bool write) {
    int events = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);
    if (events == 0)
        uv_poll_stop(&w->uv);
    else
        uv_poll_start(&w->uv, events, on_ready);
}

void loop_watch_free(struct loop_watch *w) {
    if (w != NULL)
        uv_close((uv_handle_t *)&w->uv, on_closed);
}
