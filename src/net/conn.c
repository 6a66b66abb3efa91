/* SPDX-License-Identifier: MIT */
/*
 * The life of a connection: route (where to), then tcp, then perhaps tls, and the end. A connection that is
 * up and idle holds its struct, libuv's handle and OpenSSL's session, and no buffer.
 *
 * Every way to the end goes through conn_end: it notes kind and reason, and report() tells them at the end of
 * the turn; unless it was a direct TLS handshake that failed, of which the owner knows nothing: then report()
 * goes on to the next target. Callbacks run between conn_enter and conn_leave: conn_free inside one takes the
 * transport away at once and leaves the memory to conn_leave.
 */
#include "net/conn_internal.h"

#include "base/mem.h"

#include <assert.h>
#include <stddef.h>

static void report(struct loop_defer *d);
static void on_handshake_timer(struct loop_timer *t);

/* ---- life ---- */

struct conn *conn_new(struct loop *l, struct dns *dns, const struct conn_callbacks *callbacks, void *ctx) {
    struct conn *c = mem_new(struct conn);
    c->loop = l;
    c->dns = dns;
    c->callbacks = callbacks;
    c->ctx = ctx;
    c->report.run = report;
    c->unhold.run = conn_unhold;
    c->handshake.fire = on_handshake_timer;
    return c;
}

static void drop_text(char **text) {
    mem_free(*text);
    *text = NULL;
}

/* What belongs to one target. */
static void drop_tcp(struct conn *c) {
    loop_timer_stop(c->loop, &c->handshake);
    loop_timer_stop(c->loop, &c->watch);
    loop_defer_cancel(c->loop, &c->unhold);
    buf_finish(&c->held);
    if (c->tcp != NULL && !c->good)
        route_blame(c->route);
    tls_free(c->tls);
    if (c->tcp != NULL)
        tcp_close(c->tcp);
    c->tls = NULL;
    c->tcp = NULL;
    buf_finish(&c->out);
    drop_text(&c->who);
    drop_text(&c->peer);
    dane_free(c->dane);
    c->dane = NULL;
    c->direct = c->ending = c->cut = c->shut = c->flush_wanted = false;
}

static void drop_transport(struct conn *c) {
    loop_defer_cancel(c->loop, &c->report);
    drop_tcp(c);
    route_free(c->route);
    c->route = NULL;
    drop_text(&c->domain);
    drop_text(&c->alpn);
    drop_text(&c->why);
    c->state = CONN_IDLE;
    c->good = false;
}

void conn_free(struct conn *c) {
    if (c == NULL)
        return;
    drop_transport(c);
    c->freed = true;
    if (c->depth == 0)
        mem_free(c);
}

void conn_enter(struct conn *c) {
    c->depth++;
}

void conn_leave(struct conn *c) {
    if (--c->depth == 0 && c->freed)
        mem_free(c);
}

/* ---- the end ---- */

void conn_end(struct conn *c, enum conn_kind kind, const char *fmt, ...) {
    struct err text;
    va_list ap;
    if (c->ending)
        return;
    va_start(ap, fmt);
    err_setv(&text, fmt, ap);
    va_end(ap);
    c->ending = true;
    c->kind = kind;
    c->why = mem_strdup(text.text);
    if (c->state == CONN_CONNECTING) { /* it must not come any more */
        route_free(c->route);
        c->route = NULL;
    }
    if (c->tcp != NULL)
        uv_read_stop((uv_stream_t *)c->tcp);
    loop_defer(c->loop, &c->report);
}

/* The target is no good; the owner has not heard of it. */
static void try_next_target(struct conn *c, const char *why) {
    drop_tcp(c);
    c->state = CONN_CONNECTING;
    route_next(c->route, why);
}

static void report(struct loop_defer *d) {
    struct conn *c = (struct conn *)((char *)d - offsetof(struct conn, report));
    char *why = c->why;
    c->why = NULL;
    if (c->direct) {
        try_next_target(c, why);
        mem_free(why);
        return;
    }
    drop_transport(c);
    conn_enter(c);
    c->callbacks->closed(c->ctx, c->kind, why);
    conn_leave(c);
    mem_free(why);
}

/* ---- opening and shutting ---- */

static void on_handshake_timer(struct loop_timer *t) {
    struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, handshake));
    conn_end(c, CONN_FAILED, "%s does not answer the TLS handshake", c->who);
}

static void on_route(void *ctx, const struct route_reached *at, const char *why) {
    struct conn *c = ctx;
    if (at == NULL) { /* CONN_FAILED, or what the handshake with the last target said */
        bool is_nowhere = c->kind == CONN_FAILED && route_was_a_guess(c->route);
        conn_end(c, is_nowhere ? CONN_NOWHERE : c->kind, "%s", why);
        return;
    }
    c->tcp = at->tcp;
    c->tcp->data = c;
    c->who = mem_strdup(at->who);
    c->peer = mem_strdup(at->peer);
    c->dane = at->dane != NULL ? dane_copy(at->dane) : NULL;
    c->state = CONN_CLEAR;
    c->kind = CONN_FAILED;
    conn_start_reading(c);
    if (at->direct_tls) {
        c->direct = true;
        loop_timer_at(c->loop, &c->handshake, at->until_ms);
        conn_start_tls(c, c->alpn[0] != '\0' ? c->alpn : NULL);
        return;
    }
    conn_enter(c);
    c->callbacks->connected(c->ctx);
    conn_flush_if_wanted(c);
    conn_leave(c);
}

void conn_is_good(struct conn *c) {
    c->good = true;
    route_praise(c->route);
    route_free(c->route); /* it has nothing more to do */
    c->route = NULL;
}

void conn_open(struct conn *c, const struct conn_target *target, struct tls_context *tls) {
    struct conn_target to = *target;
    assert(c->state == CONN_IDLE);
    if (tls == NULL)
        to.mode = CONN_STARTTLS;
    c->tls_context = tls;
    c->domain = mem_strdup(target->domain);
    c->alpn = mem_strdup(target->alpn != NULL ? target->alpn : "xmpp-client"); /* XEP-0368 3.8 */
    c->state = CONN_CONNECTING;
    c->kind = CONN_FAILED;
    c->route = route_new(c->loop, c->dns, &to, on_route, c);
}

void conn_shutdown(struct conn *c) {
    if (c->state == CONN_IDLE || c->ending || c->shut)
        return;
    if (c->state == CONN_CONNECTING || c->state == CONN_HANDSHAKE) {
        conn_end(c, CONN_FAILED, "closed before the connection was up");
        c->direct = false;
        return;
    }
    conn_write_last(c);
    c->shut = true;
    if (!c->cut)
        tcp_shutdown(c->tcp);
}

const char *conn_peer(const struct conn *c) {
    return c->peer ? c->peer : "";
}
