/* SPDX-License-Identifier: MIT */
/* events: what the stream and the connection tell. Marks are set here; session.c acts on them. */
#include "session/internal.h"

#include "base/mem.h"

#include <inttypes.h>
#include <limits.h>

/* ---- what the stream tells ---- */

static void on_starttls(void *ctx) {
    struct session *s = ctx;
    conn_start_tls(s->conn, NULL);
}

/* Who is told meanwhile that the session before is lost may stop us; the stream hears of that at the end of
 * the turn. */
static bool is_coming(const struct session *s) {
    return s->phase == CONNECTING && !s->stopping;
}

static void on_greet(void *ctx) {
    struct session *s = ctx;
    session_end_session(s, "the session was lost"); /* if there still was one */
    if (is_coming(s))
        session_greet(s);
}

static void come_online(struct session *s) {
    s->phase = ONLINE;
    s->was_online = true;
    session_keep_reason(s, NULL);
    if (s->bosh != NULL)
        session_bosh_is_good(s);
    else
        conn_is_good(s->conn);
    s->location_tried = false;
    s->online_since_ms = session_now_ms(s);
    if (s->is_inactive)
        stream_set_active(s->stream, false);
}

static void on_ready(void *ctx, const char *jid) {
    struct session *s = ctx;
    if (!is_coming(s))
        return;
    come_online(s);
    if (s->counts != NULL)
        s->counts->fresh++;
    s->is_up = true;
    s->is_resumed = false;
    s->jid = mem_strdup(jid);
    log_info(s->shared.log, session_name(s), "online as %s", jid);
    s->callbacks.bound(s->ctx, jid);
    session_resend(s);
    s->callbacks.online(s->ctx, jid);
}

/* A session of a process before this one is new to the owner. */
static void on_resumed(void *ctx, const char *jid) {
    struct session *s = ctx;
    if (!is_coming(s))
        return;
    log_info(s->shared.log, session_name(s), "resumed as %s", jid);
    s->is_resumed = true;
    if (s->counts != NULL)
        s->counts->resumed++;
    if (s->is_up) {
        come_online(s);
        if (s->callbacks.resumed != NULL)
            s->callbacks.resumed(s->ctx);
        return;
    }
    session_greet(s);
    on_ready(s, jid);
    if (s->counts != NULL)
        s->counts->fresh--; /* it is the one of a process before this */
    s->is_resumed = true;
}

static bool is_answer(const struct xml_node *stanza) {
    if (stanza->name.atom != ATOM_IQ)
        return false;
    struct str type = xml_attr_atom(stanza, ATOM_TYPE);
    return str_is(type, "result") || str_is(type, "error");
}

/* What is shown of a stanza comes before it. */
static void begin_event(struct session *s) {
    struct log *log = s->shared.log;
    if (!log_is(log, LOG_TRACE) || log->event == 0)
        log->event = log_event_new(log);
}

static void take_stanza(struct session *s, const struct xml_node *stanza) {
    if (s->counts != NULL)
        s->counts->in[stanza->name.s[0] == 'm'   ? COUNT_MESSAGE
                      : stanza->name.s[0] == 'p' ? COUNT_PRESENCE
                                                 : COUNT_IQ]++;
    if (s->phase != ONLINE)
        return;
    if (is_answer(stanza)) {
        if (!iq_answer(s->iqs, stanza, session_jid(s)))
            log_debug(s->shared.log, session_name(s), "an iq answer that nobody waits for is ignored");
        return;
    }
    if (!session_roster_push(s, stanza))
        s->callbacks.stanza(s->ctx, stanza);
}

static void on_stanza(void *ctx, const struct xml_node *stanza) {
    struct session *s = ctx;
    begin_event(s);
    take_stanza(s, stanza);
    s->shared.log->event = 0;
}

static void on_stream_closed(void *ctx, const struct stream_reason *reason) {
    struct session *s = ctx;
    s->stream_over = true;
    session_keep_reason(s, reason);
    if (s->conn != NULL &&
        strcmp(reason->condition, "reset") == 0) /* RFC 6120 4.9.3.16: TLS from the beginning */
        conn_forget_session(s->conn);
    loop_timer_stop(s->shared.loop, &s->stream_timer);
    session_at_turn_end(s);
}

static void on_trace(void *ctx, bool in, const char *text, size_t len) {
    struct session *s = ctx;
    int n = len > INT_MAX ? INT_MAX : (int)len;
    if (in)
        s->shared.log->event = log_event_new(s->shared.log);
    log_trace(s->shared.log, session_name(s), "%s %.*s", in ? "<-" : "->", n, text);
}

/* ---- what the connection tells ---- */

static void on_connected(void *ctx) {
    struct session *s = ctx;
    log_debug(s->shared.log, session_name(s), "connected to %s", conn_peer(s->conn));
    if (session_is_websocket(s)) {
        session_ws_connected(s);
        return;
    }
    stream_open(s->stream, session_now_ms(s));
    session_after_stream(s);
}

/* What conn can tell of its channel to the stream's login (RFC 5929, RFC 9266). */
void session_secure_stream(struct session *s) {
    static const char *const types[] = {[CONN_TLS_EXPORTER] = "tls-exporter",
                                        [CONN_TLS_SERVER_END_POINT] = "tls-server-end-point",
                                        [CONN_TLS_UNIQUE] = "tls-unique",
                                        [CONN_TLS_FINISHED] = STREAM_BINDING_FINISHED};
    enum { COUNT = sizeof(types) / sizeof(types[0]) };
    struct buf data[COUNT] = {BUF_INIT};
    struct stream_binding bindings[COUNT];
    struct stream_tls_info info = {.version = s->tls_version, .bindings = bindings};
    for (int i = 0; i < COUNT; i++)
        if (conn_channel_binding(s->conn, (enum conn_binding)i, &data[i]))
            bindings[info.binding_count++] =
                (struct stream_binding){types[i], {buf_data(&data[i]), buf_len(&data[i])}};
    stream_secured(s->stream, &info, session_now_ms(s));
    for (int i = 0; i < COUNT; i++)
        buf_finish(&data[i]);
}

void session_note_tls(struct session *s, const struct conn_tls_info *tls, const char *peer) {
    s->tls_version = tls->version;
    log_debug(s->shared.log, session_name(s), "%s with %s to %s, %s%s%s%s", tls->version, tls->cipher, peer,
              tls->resumed ? "session resumed" : "certificate verified",
              tls->tlsa ? " by its TLSA record " : "", tls->tlsa ? tls->tlsa : "",
              tls->proven ? " and not revoked (OCSP)" : "");
    if (tls->no_tlsa != NULL)
        log_info(s->shared.log, session_name(s), "without DANE: %s", tls->no_tlsa);
    if (tls->no_proof != NULL)
        log_info(s->shared.log, session_name(s),
                 "the server's proof that its certificate was not revoked (OCSP) counts for nothing: it %s",
                 tls->no_proof);
    if (tls->old_lists != NULL)
        log_warn(s->shared.log, session_name(s), "%s; the lists that were read before still count",
                 tls->old_lists);
}

static void on_secured(void *ctx, const struct conn_tls_info *tls) {
    struct session *s = ctx;
    session_note_tls(s, tls, conn_peer(s->conn));
    if (session_is_websocket(s)) {
        session_ws_secured(s);
        return;
    }
    session_secure_stream(s);
    session_after_stream(s);
}

/* Our own stanzas that wait are counted (sm.h). Twice as much is answers, to a server that goes on asking and
 * takes none of them: pings, requests for acks. */
static bool is_flooded(struct session *s) {
    enum { UNSENT_MOST = 2 * SM_BYTES_MAX };
    if (s->stream_over || conn_unsent(s->conn) <= UNSENT_MOST)
        return false;
    stream_lost(s->stream, "the server asks and asks, and does not read what it is answered");
    session_at_turn_end(s);
    return true;
}

static void receive(struct session *s, const char *bytes, size_t len) {
    if (s->counts != NULL)
        s->counts->bytes_in += len;
    if (is_flooded(s))
        return;
    if (session_is_websocket(s)) {
        session_ws_received(s, bytes, len);
        return;
    }
    if (s->stream_over)
        return;
    stream_feed(s->stream, bytes, len, session_now_ms(s));
    session_after_stream(s);
}

static void on_received(void *ctx, const char *bytes, size_t len) {
    struct session *s = ctx;
    struct log *log = s->shared.log;
    receive(s, bytes, len);
    log->event = 0;
}

static void on_conn_closed(void *ctx, enum conn_kind kind, const char *text) {
    struct session *s = ctx;
    s->conn_over = true;
    s->is_nowhere = kind == CONN_NOWHERE;
    if (!s->stream_over) {
        stream_lost(s->stream, text);
        if (kind == CONN_UNTRUSTED && s->reason != NULL)
            s->reason->end = STREAM_END_TLS_REFUSED;
    }
    session_at_turn_end(s);
}

static void on_distrusted(void *ctx, const char *text) {
    struct session *s = ctx;
    stream_reset(s->stream, text, session_now_ms(s));
    session_after_stream(s);
}

#define EVENTS                                                                                               \
    .starttls = on_starttls, .ready = on_ready, .stanza = on_stanza, .closed = on_stream_closed,             \
    .greet = on_greet, .resumed = on_resumed
static const struct stream_callbacks plain_events = {EVENTS};
static const struct stream_callbacks traced_events = {EVENTS, .trace = on_trace};
const struct conn_callbacks session_conn_events = {.connected = on_connected,
                                                   .secured = on_secured,
                                                   .received = on_received,
                                                   .closed = on_conn_closed,
                                                   .distrusted = on_distrusted};

const struct stream_callbacks *session_stream_events(bool traced) {
    return traced ? &traced_events : &plain_events;
}
