/* SPDX-License-Identifier: MIT */
/*
 * Two queues, the attempts under way, one timer. An attempt that is given up is cut loose (dial == NULL) and
 * freed when libuv calls back for it. The end, too, comes from the timer: some addresses fail while
 * tcp_dial_add has not returned yet.
 */
#include "net/tcp_dial.h"

#include "base/mem.h"
#include "net/tcp.h"

enum { HEAD_START_MS = 250 }; /* RFC 8305 8, Connection Attempt Delay */
enum { SIX, FOUR };

struct attempt {
    uv_connect_t req; /* first: the request's address is the attempt's */
    uv_tcp_t *tcp;
    struct tcp_dial *dial;
    union address to;
    struct attempt *next;
};

struct queue {
    union address *list; /* owned */
    size_t count, next;
};

struct tcp_dial {
    struct loop *loop;
    struct queue queues[2]; /* SIX, FOUR */
    int turn;               /* whose it is, if it has any */
    bool is_complete;
    struct attempt *live;
    int64_t begun_ms; /* the last attempt */
    struct loop_timer timer;
    tcp_dialled_fn *done;
    void *ctx;
    union address failed; /* the last address that failed, and how */
    int status;
};

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
    mem_free(d->queues[SIX].list);
    mem_free(d->queues[FOUR].list);
    mem_free(d);
}

void tcp_dial_cancel(struct tcp_dial *d) {
    if (d != NULL)
        free_dial(d);
}

/* ---- one attempt ---- */

static void go_on(struct tcp_dial *d, bool at_once);

static void win(struct tcp_dial *d, struct attempt *a) {
    tcp_dialled_fn *done = d->done;
    void *ctx = d->ctx;
    unlink_attempt(a);
    free_dial(d);
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
        go_on(d, true);
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

/* ---- which is next, and when ---- */

static bool has_next(const struct tcp_dial *d) {
    return d->queues[SIX].next < d->queues[SIX].count || d->queues[FOUR].next < d->queues[FOUR].count;
}

static const union address *take_next(struct tcp_dial *d) {
    struct queue *q = &d->queues[d->turn];
    if (q->next == q->count)
        q = &d->queues[1 - d->turn];
    const union address *to = &q->list[q->next++];
    d->turn = to->any.sa_family == AF_INET6 ? FOUR : SIX;
    return to;
}

/* at_once: the head start of the last attempt is over, or it has failed. */
static void go_on(struct tcp_dial *d, bool at_once) {
    while (has_next(d) && (at_once || d->live == NULL)) {
        struct attempt *before = d->live;
        d->begun_ms = loop_now_ms(d->loop);
        begin(d, take_next(d));
        at_once = d->live == before; /* it failed within the call */
    }
    if (has_next(d))
        loop_timer_at(d->loop, &d->timer, d->begun_ms + HEAD_START_MS);
    else if (d->live == NULL && d->is_complete)
        loop_timer_in(d->loop, &d->timer, 0);
    else
        loop_timer_stop(d->loop, &d->timer);
}

static void on_timer(struct loop_timer *t) {
    struct tcp_dial *d = (struct tcp_dial *)((char *)t - offsetof(struct tcp_dial, timer));
    if (has_next(d)) {
        go_on(d, true);
        return;
    }
    tcp_dialled_fn *done = d->done;
    void *ctx = d->ctx;
    union address failed = d->failed;
    const char *why = d->status != 0 ? uv_strerror(d->status) : "there is no address";
    free_dial(d);
    done(ctx, NULL, &failed, why);
}

/* ---- verbs ---- */

struct tcp_dial *tcp_dial_new(struct loop *l, tcp_dialled_fn *done, void *ctx) {
    struct tcp_dial *d = mem_new(struct tcp_dial);
    d->loop = l;
    d->turn = SIX;
    d->timer.fire = on_timer;
    d->done = done;
    d->ctx = ctx;
    return d;
}

void tcp_dial_add(struct tcp_dial *d, const union address *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct queue *q = &d->queues[list[i].any.sa_family == AF_INET6 ? SIX : FOUR];
        q->list = mem_array(q->list, q->count + 1, sizeof(*q->list));
        q->list[q->count++] = list[i];
    }
    go_on(d, false);
}

void tcp_dial_no_more(struct tcp_dial *d) {
    d->is_complete = true;
    go_on(d, false);
}
