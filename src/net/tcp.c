/* SPDX-License-Identifier: MIT */
/*
 * Happy eyeballs in its simple form: a list, a place in it, the attempts under way, one timer. An attempt
 * that is given up is cut loose (dial == NULL) and freed when libuv calls back for it.
 */
#include "net/tcp.h"

#include "base/mem.h"

#include <sys/socket.h>

enum { HEAD_START_MS = 250, KEEPALIVE_S = 60, DRAIN_LEN = 1 << 20, DRAIN_ROUNDS = 16 };

struct attempt {
    uv_connect_t req; /* first: the request's address is the attempt's */
    uv_tcp_t *tcp;
    struct tcp_dial *dial;
    union address to;
    struct attempt *next;
};

struct tcp_dial {
    struct loop *loop;
    union address *list; /* owned */
    size_t count, next;
    struct attempt *live;
    struct loop_timer timer;
    tcp_dialled_fn *done;
    void *ctx;
    union address failed; /* the last address that failed, and how */
    int status;
};

/* ---- connecting ---- */

static void note(struct tcp_dial *d, const union address *to, int status) {
    d->failed = *to;
    d->status = status;
}

static void unlink_attempt(struct attempt *a) {
    struct attempt **at = &a->dial->live;
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    a->dial = NULL;
}

static void free_dial(struct tcp_dial *d) {
    loop_timer_stop(d->loop, &d->timer);
    while (d->live != NULL) {
        struct attempt *a = d->live;
        unlink_attempt(a);
        tcp_close(a->tcp); /* on_connect comes with UV_ECANCELED and frees the attempt */
    }
    mem_free(d->list);
    mem_free(d);
}

void tcp_dial_cancel(struct tcp_dial *d) {
    if (d != NULL)
        free_dial(d);
}

static void start_next(struct tcp_dial *d);

static void win(struct tcp_dial *d, struct attempt *a) {
    tcp_dialled_fn *done = d->done;
    void *ctx = d->ctx;
    unlink_attempt(a);
    free_dial(d);
    uv_tcp_nodelay(a->tcp, 1);
    uv_tcp_keepalive(a->tcp, 1, KEEPALIVE_S);
    done(ctx, a->tcp, &a->to, NULL);
}

static void on_connect(uv_connect_t *req, int status) {
    struct attempt *a = (struct attempt *)req;
    struct tcp_dial *d = a->dial;
    if (d != NULL && status == 0) {
        win(d, a);
    } else if (d != NULL) {
        note(d, &a->to, status);
        unlink_attempt(a);
        tcp_close(a->tcp);
        start_next(d);
    }
    mem_free(a);
}

static void begin(struct tcp_dial *d, const union address *to) {
    struct attempt *a = mem_new(struct attempt);
    a->tcp = mem_new(uv_tcp_t);
    a->to = *to;
    uv_tcp_init(loop_uv(d->loop), a->tcp);
    int rc = uv_tcp_connect(&a->req, a->tcp, &to->any, on_connect);
    if (rc != 0) {
        note(d, to, rc);
        tcp_close(a->tcp);
        mem_free(a);
        return;
    }
    a->dial = d;
    a->next = d->live;
    d->live = a;
}

/* The end, too, comes from the timer: some addresses fail while tcp_dial has not returned yet. */
static void start_next(struct tcp_dial *d) {
    struct attempt *before = d->live;
    while (d->next < d->count && d->live == before)
        begin(d, &d->list[d->next++]);
    if (d->next < d->count)
        loop_timer_in(d->loop, &d->timer, HEAD_START_MS);
    else if (d->live == NULL)
        loop_timer_in(d->loop, &d->timer, 0);
    else
        loop_timer_stop(d->loop, &d->timer);
}

static void on_timer(struct loop_timer *t) {
    struct tcp_dial *d = (struct tcp_dial *)((char *)t - offsetof(struct tcp_dial, timer));
    if (d->next < d->count) {
        start_next(d);
        return;
    }
    tcp_dialled_fn *done = d->done;
    void *ctx = d->ctx;
    union address failed = d->failed;
    const char *why = uv_strerror(d->status);
    free_dial(d);
    done(ctx, NULL, &failed, why);
}

struct tcp_dial *tcp_dial(struct loop *l, const union address *list, size_t count, tcp_dialled_fn *done,
                          void *ctx) {
    struct tcp_dial *d = mem_new(struct tcp_dial);
    d->loop = l;
    d->list = mem_array(NULL, count, sizeof(*list));
    memcpy(d->list, list, count * sizeof(*list));
    d->count = count;
    d->timer.fire = on_timer;
    d->done = done;
    d->ctx = ctx;
    start_next(d);
    return d;
}

/* ---- writing ---- */

struct writing {
    uv_write_t req; /* first: the request's address is this one's */
    struct buf bytes;
    tcp_written_fn *written;
};

static void on_written(uv_write_t *req, int status) {
    struct writing *w = (struct writing *)req;
    uv_tcp_t *tcp = (uv_tcp_t *)req->handle;
    tcp_written_fn *written = w->written;
    buf_finish(&w->bytes);
    mem_free(w);
    written(tcp, status);
}

static int write_rest(uv_tcp_t *tcp, struct buf *bytes, tcp_written_fn *written) {
    struct writing *w = mem_new(struct writing);
    w->written = written;
    w->bytes = *bytes;
    buf_init(bytes);
    uv_buf_t part = uv_buf_init((char *)buf_data(&w->bytes), (unsigned)buf_len(&w->bytes));
    int rc = uv_write(&w->req, (uv_stream_t *)tcp, &part, 1, on_written);
    if (rc != 0) {
        buf_finish(&w->bytes);
        mem_free(w);
    }
    return rc;
}

int tcp_write(uv_tcp_t *tcp, struct buf *bytes, tcp_written_fn *written) {
    if (buf_len(bytes) == 0)
        return 0;
    uv_buf_t all = uv_buf_init((char *)buf_data(bytes), (unsigned)buf_len(bytes));
    int n = uv_try_write((uv_stream_t *)tcp, &all, 1);
    if (n < 0 && n != UV_EAGAIN) {
        buf_clear(bytes);
        return n;
    }
    if (n > 0)
        buf_consume(bytes, (size_t)n);
    return buf_len(bytes) > 0 ? write_rest(tcp, bytes, written) : 0;
}

static void on_shutdown(uv_shutdown_t *req, int status) {
    (void)status;
    mem_free(req);
}

int tcp_shutdown(uv_tcp_t *tcp) {
    uv_shutdown_t *req = mem_new(uv_shutdown_t);
    int rc = uv_shutdown(req, (uv_stream_t *)tcp, on_shutdown);
    if (rc != 0)
        mem_free(req);
    return rc;
}

static void free_tcp(uv_handle_t *h) {
    mem_free(h);
}

/* The kernel answers a close with unread input by a reset, which may overtake our last bytes on their way to
 * the peer; so what has come is thrown away first (MSG_TRUNC: without copying it). */
static void drain(uv_tcp_t *tcp) {
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)tcp, &fd) != 0)
        return;
    for (int i = 0; i < DRAIN_ROUNDS; i++)
        if (recv(fd, NULL, DRAIN_LEN, MSG_DONTWAIT | MSG_TRUNC) <= 0)
            return;
}

void tcp_close(uv_tcp_t *tcp) {
    tcp->data = NULL;
    drain(tcp);
    uv_close((uv_handle_t *)tcp, free_tcp);
}
