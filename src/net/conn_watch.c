/* SPDX-License-Identifier: MIT */
/*
 * A stream may last longer than the certificate it began with (RFC 6120 13.7.2.3). The certificate is looked
 * at again when the first of its chain ends, and once a day: the machine may have slept, or its clock was
 * set, or the system's authorities have changed.
 */
#include "net/conn_internal.h"

#include "base/random.h"

#include <stddef.h>

enum { DAY_MS = 86400000, HOUR_MS = 3600000 };

static void watch(struct conn *c) {
    int64_t left_s = tls_good_for_s(c->tls);
    int64_t daily_ms = DAY_MS - (int64_t)random_below(HOUR_MS); /* not all accounts at once */
    int64_t delay_ms = left_s < daily_ms / 1000 ? (left_s < 0 ? 0 : left_s) * 1000 + 100 : daily_ms;
    loop_timer_in(c->loop, &c->watch, delay_ms);
}

static void on_watch(struct loop_timer *t) {
    struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, watch));
    struct err text;
    if (c->ending)
        return;
    if (tls_is_still_good(c->tls)) {
        watch(c);
        return;
    }
    tls_forget_tickets(c->tls);
    err_set(&text, "while connected, the certificate of %s %s", c->who, tls_why(c->tls));
    if (c->callbacks->distrusted == NULL) {
        conn_end(c, CONN_UNTRUSTED, "%s", text.text);
        return;
    }
    conn_enter(c);
    c->callbacks->distrusted(c->ctx, text.text);
    conn_leave(c);
}

void conn_watch_start(struct conn *c) {
    c->watch.fire = on_watch;
    watch(c);
}
