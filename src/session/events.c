/* SPDX-License-Identifier: MIT */
/* events: what the stream and the connection tell. Marks are set here; session.c acts on them. */
#include "session/internal.h"

#include <inttypes.h>
#include <limits.h>

/* ---- what the stream tells ---- */

static void on_starttls(void *ctx) {
    struct session *s = ctx;
    conn_start_tls(s->conn);
}

static void on_ready(void *ctx, const char *jid) {
    struct session *s = ctx;
    if (s->phase != CONNECTING)
        return;
    s->phase = ONLINE;
    s->was_online = true;
    s->online_since_ms = session_now_ms(s);
    log_info(s->shared.log, session_name(s), "online as %s", jid);
    session_announce(s);
    s->callbacks.online(s->ctx, jid);
}

static bool is_answer(const struct xml_node *stanza) {
    if (stanza->name.atom != ATOM_IQ)
        return false;
    struct str type = xml_attr_atom(stanza, ATOM_TYPE);
    return str_is(type, "result") || str_is(type, "error");
}

static void on_stanza(void *ctx, const struct xml_node *stanza) {
    struct session *s = ctx;
    if (s->phase != ONLINE)
        return;
    if (is_answer(stanza)) {
        if (!iq_answer(s->iqs, stanza, session_jid(s)))
            log_debug(s->shared.log, session_name(s), "an iq answer that nobody waits for is ignored");
        return;
    }
    s->callbacks.stanza(s->ctx, stanza);
}

static void on_stream_closed(void *ctx, const struct stream_reason *reason) {
    struct session *s = ctx;
    s->stream_over = true;
    s->reason = *reason;
    loop_timer_stop(s->shared.loop, &s->stream_timer);
    session_at_turn_end(s);
}

static void on_trace(void *ctx, bool in, const char *text, size_t len) {
    struct session *s = ctx;
    int n = len > INT_MAX ? INT_MAX : (int)len;
    log_trace(s->shared.log, session_name(s), "%s %.*s", in ? "<-" : "->", n, text);
}

/* ---- what the connection tells ---- */

static void on_connected(void *ctx) {
    struct session *s = ctx;
    log_debug(s->shared.log, session_name(s), "connected to %s", conn_peer(s->conn));
    stream_open(s->stream, session_now_ms(s));
    session_after_stream(s);
}

static void on_secured(void *ctx, const char *version, const char *cipher) {
    struct session *s = ctx;
    struct stream_tls_info info = {.version = version};
    log_debug(s->shared.log, session_name(s), "%s with %s, certificate verified", version, cipher);
    stream_secured(s->stream, &info, session_now_ms(s));
    session_after_stream(s);
}

static void on_received(void *ctx, const char *bytes, size_t len) {
    struct session *s = ctx;
    if (s->stream_over)
        return;
    stream_feed(s->stream, bytes, len, session_now_ms(s));
    session_after_stream(s);
}

static void on_conn_closed(void *ctx, enum conn_kind kind, const char *text) {
    struct session *s = ctx;
    s->conn_over = true;
    if (!s->stream_over) {
        stream_lost(s->stream, text);
        if (kind == CONN_UNTRUSTED)
            s->reason.end = STREAM_END_TLS_REFUSED;
    }
    session_at_turn_end(s);
}

static const struct stream_callbacks plain_events = {on_starttls, on_ready, on_stanza, on_stream_closed,
                                                     NULL};
static const struct stream_callbacks traced_events = {on_starttls, on_ready, on_stanza, on_stream_closed,
                                                      on_trace};
const struct conn_callbacks session_conn_events = {on_connected, on_secured, on_received, on_conn_closed};

const struct stream_callbacks *session_stream_events(bool traced) {
    return traced ? &traced_events : &plain_events;
}
