/* SPDX-License-Identifier: MIT */
/*
 * A stream may last longer than the certificate it began with (RFC 6120 13.7.2.3). The certificate is looked
 * at again when the first of its chain ends, and once a day: the machine may have slept, or its clock was
 * set, or the system's authorities have changed. With lists of the revoked (tls.crl_file) it is once an hour,
 * and when one of them ends.
 *
 * A proof that the certificate must have (must-staple) comes with a handshake alone. When it ends, a new
 * connection is wanted, at a moment when nothing comes or goes; in the last seconds of the slack that clocks
 * are given, at any moment.
 */
#include "net/conn_internal.h"

#include "base/random.h"

#include <stddef.h>

enum { DAY_MS = 86400000, HOUR_MS = 3600000, CALM_MS = 2000 };

static void watch(struct conn *c) {
    int64_t left_s = tls_good_for_s(c->tls);
    int64_t most_ms = tls_has_lists(c->tls) ? HOUR_MS : DAY_MS;
    int64_t usual_ms = most_ms - (int64_t)random_below((uint32_t)most_ms / 24); /* not all accounts at once */
    int64_t delay_ms = left_s < usual_ms / 1000 ? (left_s < 0 ? 0 : left_s) * 1000 + 100 : usual_ms;
    c->moved_then = UINT64_MAX;
    loop_timer_in(c->loop, &c->watch, delay_ms);
}

/* Since the last time that this was asked; the first time it never is. */
static bool is_calm(struct conn *c) {
    bool calm = c->moved == c->moved_then && conn_unsent(c) == 0;
    c->moved_then = c->moved;
    return calm;
}

/* True: for now, and the watch goes on. */
static bool is_good(struct conn *c) {
    enum tls_verdict verdict = tls_look_again(c->tls);
    if (verdict == TLS_STILL_GOOD)
        watch(c);
    else if (verdict == TLS_WANTS_PROOF && !is_calm(c))
        loop_timer_in(c->loop, &c->watch, CALM_MS);
    else
        return false;
    return true;
}

static void on_watch(struct loop_timer *t) {
    struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, watch));
    struct err text;
    if (c->ending || is_good(c))
        return;
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
