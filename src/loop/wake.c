/* SPDX-License-Identifier: MIT */
#include "loop/internal.h"

#include "base/mem.h"

struct loop_wake {
    uv_async_t uv; /* first: the handle's address is the wake's */
    loop_wake_fn *on;
    void *ctx;
};

static void on_async(uv_async_t *h) {
    struct loop_wake *w = (struct loop_wake *)h;
    w->on(w->ctx);
}

struct loop_wake *loop_wake_new(struct loop *l, loop_wake_fn *on, void *ctx, struct err *err) {
    struct loop_wake *w = mem_new(struct loop_wake);
    int rc = uv_async_init(&l->uv, &w->uv, on_async);
    if (rc != 0) {
        mem_free(w);
        err_set(err, "cannot set up the way back from a thread: %s", uv_strerror(rc));
        return NULL;
    }
    uv_unref((uv_handle_t *)&w->uv);
    w->on = on;
    w->ctx = ctx;
    return w;
}

void loop_wake_send(struct loop_wake *w) {
    uv_async_send(&w->uv);
}

void loop_wake_hold(struct loop_wake *w, bool is_held) {
    if (is_held)
        uv_ref((uv_handle_t *)&w->uv);
    else
        uv_unref((uv_handle_t *)&w->uv);
}

static void on_closed(uv_handle_t *h) {
    mem_free(h);
}

void loop_wake_free(struct loop_wake *w) {
    if (w != NULL)
        uv_close((uv_handle_t *)&w->uv, on_closed);
}
