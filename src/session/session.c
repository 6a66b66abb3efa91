/* SPDX-License-Identifier: MIT */
/*
 * Two objects may end under each other's feet: conn and stream call back into us while they work. So no
 * callback frees them; it marks the attempt as over and the end of the loop turn (`turn`) does the rest:
 * write what is left, drop the attempt, tell the owner, decide on the next one.
 */
#include "session/session.h"

#include "base/mem.h"
#include "session/backoff.h"
#include "xml/write.h"
#include "xmpp/stream.h"

#include <inttypes.h>
#include <limits.h>

enum {
    CONFLICT_WAIT_MS = 60000, /* another client took our resource: no fight for it */
    CLOSE_WAIT_MS = 1500, /* for the peer to close TCP after the streams are closed; SIGTERM has 2 s in all */
    OUT_KEEP = 4096,
};

enum phase {
    IDLE,       /* not started, or ended */
    CONNECTING, /* conn is on its way, or the stream is being negotiated */
    ONLINE,
    CLOSING,  /* session_stop: the stream closes */
    DRAINING, /* the stream is over; its last bytes go out, the transport shuts down */
    WAITING,  /* for the next attempt */
};

struct session {
    struct session_shared shared;
    const struct config_bot *config;
    struct tls_context *tls;
    struct session_callbacks callbacks;
    void *ctx;

    enum phase phase;
    bool stopping;    /* session_stop was called: whatever ends now is the end */
    bool was_online;  /* offline() is owed */
    bool stream_over; /* stream reported closed; reason is set */
    bool conn_over;   /* conn reported closed */
    struct stream_reason reason;
    struct conn *conn;
    struct stream *stream;
    struct iq_table *iqs;
    struct backoff backoff;
    int64_t online_since_ms;
    struct loop_timer stream_timer, iq_timer, phase_timer;
    struct loop_defer turn;
};

static const char *name_of(const struct session *s) {
    return s->config->name;
}

static int64_t now_ms(const struct session *s) {
    return loop_now_ms(s->shared.loop);
}

static void at_turn_end(struct session *s) {
    loop_defer(s->shared.loop, &s->turn);
}

static void set_timer(struct session *s, struct loop_timer *t, int64_t due_ms) {
    if (due_ms == INT64_MAX)
        loop_timer_stop(s->shared.loop, t);
    else if (t->slot == 0 || t->due_ms != due_ms)
        loop_timer_at(s->shared.loop, t, due_ms);
}

/* After anything that may have changed the stream: its deadline may have moved, bytes may wait. */
static void after_stream(struct session *s) {
    if (s->stream != NULL && !s->stream_over)
        set_timer(s, &s->stream_timer, stream_deadline_ms(s->stream));
    at_turn_end(s);
}

/* ---- what the stream tells ---- */

static void on_starttls(void *ctx) {
    struct session *s = ctx;
    conn_start_tls(s->conn);
}

static void write_presence(struct buf *out, const struct config_presence *p) {
    buf_lit(out, "<presence>");
    if (p->show != NULL)
        buf_addf(out, "<show>%s</show>", p->show);
    if (p->status != NULL) {
        buf_lit(out, "<status>");
        xml_write_text(out, str_of(p->status));
        buf_lit(out, "</status>");
    }
    if (p->priority != 0)
        buf_addf(out, "<priority>%d</priority>", p->priority);
    buf_lit(out, "</presence>");
}

static void on_roster(void *ctx, enum iq_outcome outcome, const struct xml_node *answer) {
    struct session *s = ctx;
    if (outcome != IQ_ANSWER)
        return;
    if (str_is(xml_attr_atom(answer, ATOM_TYPE), "result"))
        s->callbacks.roster(s->ctx, answer);
    else
        log_warn(s->shared.log, name_of(s), "the server does not hand out the roster");
}

/* Roster before presence (RFC 6121 2.2), without waiting for the answer in between. */
static void announce(struct session *s) {
    char id[RANDOM_ID_LEN + 1];
    random_id(id);
    struct buf *out = session_out(s);
    size_t from = buf_len(out);
    session_iq(s, str_of(id), STR_NONE, s->config->iq_timeout, on_roster, s);
    buf_addf(out, "<iq type='get' id='%s'><query xmlns='jabber:iq:roster'/></iq>", id);
    session_sent(s, from);
    from = buf_len(out);
    write_presence(out, &s->config->presence);
    session_sent(s, from);
}

static void on_ready(void *ctx, const char *jid) {
    struct session *s = ctx;
    if (s->phase != CONNECTING)
        return;
    s->phase = ONLINE;
    s->was_online = true;
    s->online_since_ms = now_ms(s);
    log_info(s->shared.log, name_of(s), "online as %s", jid);
    announce(s);
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
            log_debug(s->shared.log, name_of(s), "an iq answer that nobody waits for is ignored");
        return;
    }
    s->callbacks.stanza(s->ctx, stanza);
}

static void on_stream_closed(void *ctx, const struct stream_reason *reason) {
    struct session *s = ctx;
    s->stream_over = true;
    s->reason = *reason;
    loop_timer_stop(s->shared.loop, &s->stream_timer);
    at_turn_end(s);
}

static void on_trace(void *ctx, bool in, const char *text, size_t len) {
    struct session *s = ctx;
    int n = len > INT_MAX ? INT_MAX : (int)len;
    log_trace(s->shared.log, name_of(s), "%s %.*s", in ? "<-" : "->", n, text);
}

/* ---- what the connection tells ---- */

static void on_connected(void *ctx) {
    struct session *s = ctx;
    log_debug(s->shared.log, name_of(s), "connected to %s", conn_peer(s->conn));
    stream_open(s->stream, now_ms(s));
    after_stream(s);
}

static void on_secured(void *ctx, const char *version, const char *cipher) {
    struct session *s = ctx;
    struct stream_tls_info info = {.version = version};
    log_debug(s->shared.log, name_of(s), "%s with %s, certificate verified", version, cipher);
    stream_secured(s->stream, &info, now_ms(s));
    after_stream(s);
}

static void on_received(void *ctx, const char *bytes, size_t len) {
    struct session *s = ctx;
    if (s->stream_over)
        return;
    stream_feed(s->stream, bytes, len, now_ms(s));
    after_stream(s);
}

static void on_conn_closed(void *ctx, enum conn_kind kind, const char *text) {
    struct session *s = ctx;
    s->conn_over = true;
    if (!s->stream_over) {
        stream_lost(s->stream, text);
        if (kind == CONN_UNTRUSTED)
            s->reason.end = STREAM_END_TLS_REFUSED;
    }
    at_turn_end(s);
}

static const struct stream_callbacks stream_events = {on_starttls, on_ready, on_stanza, on_stream_closed,
                                                      NULL};
static const struct stream_callbacks traced_events = {on_starttls, on_ready, on_stanza, on_stream_closed,
                                                      on_trace};
static const struct conn_callbacks conn_events = {on_connected, on_secured, on_received, on_conn_closed};

/* ---- an attempt ---- */

static struct stream *make_stream(struct session *s) {
    const struct config_bot *c = s->config;
    struct stream_options options = {
        .node = c->jid.node,
        .domain = c->jid.host,
        .resource = c->jid.resource,
        .password = c->password,
        .mechanisms = (const char *const *)c->sasl,
        .tls = c->tls == CONFIG_TLS_NONE ? STREAM_TLS_NONE : STREAM_TLS_REQUIRED,
        .timeout_ms = (uint32_t)(c->timeout * 1000),
        .keepalive_ms = (uint32_t)(c->keepalive * 1000),
    };
    return stream_new(&options, log_is(s->shared.log, LOG_TRACE) ? &traced_events : &stream_events, s);
}

static void attempt(struct session *s) {
    const struct config_bot *c = s->config;
    struct conn_target target = {
        .domain = c->jid.host, .host = c->host, .port = c->port, .loopback_only = c->tls == CONFIG_TLS_NONE};
    s->phase = CONNECTING;
    s->stream_over = s->conn_over = s->was_online = false;
    s->stream = make_stream(s);
    s->conn = conn_new(s->shared.loop, s->shared.dns, &conn_events, s);
    log_debug(s->shared.log, name_of(s), "connecting to %s", c->host ? c->host : c->jid.host);
    conn_open(s->conn, &target, s->tls);
}

static void drop_attempt(struct session *s) {
    loop_timer_stop(s->shared.loop, &s->stream_timer);
    loop_timer_stop(s->shared.loop, &s->phase_timer);
    conn_free(s->conn);
    stream_free(s->stream);
    s->conn = NULL;
    s->stream = NULL;
}

static void end(struct session *s, bool failed) {
    s->phase = IDLE;
    s->callbacks.ended(s->ctx, failed); /* may free s: the last act */
}

static const char *reason_text(const struct session *s) {
    return s->reason.text[0]        ? s->reason.text
           : s->reason.condition[0] ? s->reason.condition
                                    : "the connection ended";
}

static void wait_for_next(struct session *s) {
    int64_t least = strcmp(s->reason.condition, "conflict") == 0 ? CONFLICT_WAIT_MS
                    : s->reason.end == STREAM_END_FORGED         ? BACKOFF_MOST_MS
                                                                 : 0;
    if (s->was_online)
        backoff_was_stable(&s->backoff, now_ms(s) - s->online_since_ms);
    int64_t delay = backoff_next_ms(&s->backoff, least);
    s->phase = WAITING;
    loop_timer_in(s->shared.loop, &s->phase_timer, delay);
    log_warn(s->shared.log, name_of(s), "%s: %s; next attempt in %.1f s",
             s->was_online ? "offline" : "cannot connect", reason_text(s), (double)delay / 1000);
}

/* The attempt is over for good: tell, then decide. */
static void conclude(struct session *s) {
    bool online = s->was_online, final = s->reason.end == STREAM_END_AUTH_FINAL;
    drop_attempt(s);
    iq_drop_all(s->iqs, IQ_LOST);
    if (s->stopping)
        log_info(s->shared.log, name_of(s), "closed");
    else if (final)
        log_error(s->shared.log, name_of(s), "gives up: %s", reason_text(s));
    else
        wait_for_next(s);
    if (online)
        s->callbacks.offline(s->ctx, reason_text(s));
    if (s->stopping || final)
        end(s, !s->stopping);
}

static void push_out(struct session *s) {
    struct buf *from = stream_out(s->stream), *to = conn_out(s->conn);
    if (buf_len(from) == 0)
        return;
    if (buf_len(to) == 0) { /* the usual case: hand the bytes over without copying them */
        struct buf empty = *to;
        *to = *from;
        *from = empty;
        buf_clear(from);
    } else {
        buf_add(to, buf_data(from), buf_len(from));
        buf_release(from, OUT_KEEP);
    }
    conn_flush(s->conn);
}

/* The end of a loop turn in which something happened. */
static void on_turn(struct loop_defer *d) {
    struct session *s = (struct session *)((char *)d - offsetof(struct session, turn));
    if (s->stream == NULL)
        return;
    if (!s->conn_over)
        push_out(s);
    if (!s->stream_over)
        return;
    if (s->conn_over) {
        conclude(s);
    } else if (s->phase != DRAINING) {
        s->phase = DRAINING;
        loop_timer_in(s->shared.loop, &s->phase_timer, CLOSE_WAIT_MS);
        conn_shutdown(s->conn);
    }
}

static void on_stream_timer(struct loop_timer *t) {
    struct session *s = (struct session *)((char *)t - offsetof(struct session, stream_timer));
    stream_tick(s->stream, now_ms(s));
    after_stream(s);
}

static void on_phase_timer(struct loop_timer *t) {
    struct session *s = (struct session *)((char *)t - offsetof(struct session, phase_timer));
    if (s->phase == WAITING)
        attempt(s);
    else
        conclude(s); /* DRAINING: the peer does not close; we do */
}

static void on_iq_timer(struct loop_timer *t) {
    struct session *s = (struct session *)((char *)t - offsetof(struct session, iq_timer));
    iq_tick(s->iqs, now_ms(s));
    set_timer(s, &s->iq_timer, iq_deadline_ms(s->iqs));
}

/* ---- the owner's verbs ---- */

struct session *session_new(const struct session_shared *shared, const struct config_bot *config,
                            struct tls_context *tls, const struct session_callbacks *callbacks, void *ctx) {
    struct session *s = mem_new(struct session);
    s->shared = *shared;
    s->config = config;
    s->tls = tls;
    s->callbacks = *callbacks;
    s->ctx = ctx;
    s->iqs = iq_new();
    s->stream_timer.fire = on_stream_timer;
    s->phase_timer.fire = on_phase_timer;
    s->iq_timer.fire = on_iq_timer;
    s->turn.run = on_turn;
    return s;
}

void session_free(struct session *s) {
    if (s == NULL)
        return;
    s->phase = IDLE;
    drop_attempt(s);
    iq_drop_all(s->iqs, IQ_LOST);
    iq_free(s->iqs);
    loop_timer_stop(s->shared.loop, &s->iq_timer);
    loop_defer_cancel(s->shared.loop, &s->turn);
    mem_free(s);
}

void session_start(struct session *s) {
    if (s->phase == IDLE)
        attempt(s);
}

void session_stop(struct session *s) {
    s->stopping = true;
    if (s->phase == IDLE || s->phase == WAITING) {
        loop_timer_stop(s->shared.loop, &s->phase_timer);
        end(s, false);
        return;
    }
    if (s->phase == CONNECTING) { /* nothing to close in order yet */
        s->stream_over = s->conn_over = true;
    } else if (!s->stream_over) {
        s->phase = CLOSING;
        stream_close(s->stream, now_ms(s));
    }
    after_stream(s);
}

bool session_is_online(const struct session *s) {
    return s->phase == ONLINE && !s->stream_over;
}

const char *session_jid(const struct session *s) {
    return session_is_online(s) ? stream_jid(s->stream) : NULL;
}

struct buf *session_out(struct session *s) {
    return session_is_online(s) ? stream_stanza_out(s->stream) : NULL;
}

void session_sent(struct session *s, size_t from) {
    stream_sent(s->stream, from);
    at_turn_end(s);
}

uint64_t session_iq(struct session *s, struct str id, struct str to, double timeout, iq_done *done,
                    void *ctx) {
    uint64_t handle = iq_add_id(s->iqs, id, to, now_ms(s) + (int64_t)(timeout * 1000), done, ctx);
    set_timer(s, &s->iq_timer, iq_deadline_ms(s->iqs));
    return handle;
}

void session_iq_cancel(struct session *s, uint64_t handle) {
    iq_cancel(s->iqs, handle);
}
