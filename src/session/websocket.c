/* SPDX-License-Identifier: MIT */
/*
 * The joint of connection and stream when the transport is WebSocket (RFC 7395):
 *
 *   conn connected -> TLS (wss) -> the upgrade -> the stream opens        one deadline for these, `timeout`
 *   conn received  -> websocket_feed -> a message's pieces, its end -> stream
 *   stream_out     -> message by message -> websocket_send -> conn_out
 *   stream closed  -> websocket_close -> the peer's close frame -> conn_shutdown
 *
 * The certificate must be good for the host of the URL (RFC 7395 6): the owner of the bot named it, or the
 * domain itself did (discover.c).
 */
#include "session/internal.h"

#include "net/websocket.h"

#include <stdio.h>

static const struct ws_url *url_of(const struct session *s) {
    return s->config->url.host != NULL ? &s->config->url : &s->found;
}

bool session_is_websocket(const struct session *s) {
    return s->config->transport != CONFIG_BOSH && url_of(s)->host != NULL;
}

void session_ws_target(const struct session *s, struct conn_target *target) {
    const struct ws_url *url = url_of(s);
    target->domain = target->host = url->host;
    target->port = url->port;
    target->mode = CONN_STARTTLS; /* begun here, once TCP is up, with HTTP as its protocol */
    target->loopback_only = !url->is_secure;
}

/* ---- the end ---- */

static void fail(struct session *s, const char *what) {
    const struct ws_url *url = url_of(s);
    char text[512];
    snprintf(text, sizeof(text), "the server %.100s:%u %.360s", url->host, (unsigned)url->port, what);
    if (!s->stream_over)
        stream_lost(s->stream, text);
    session_at_turn_end(s);
}

static void on_closed(void *ctx, const char *why) {
    struct session *s = ctx;
    s->ws_over = true;
    fail(s, why);
}

bool session_ws_close(struct session *s) {
    if (s->ws == NULL || s->ws_over || !websocket_close(s->ws))
        return false;
    session_ws_push(s);
    return true;
}

/* ---- in ---- */

static void on_opened(void *ctx) {
    struct session *s = ctx;
    if (s->stream_over) /* too late: the timer is that of the end by now */
        return;
    loop_timer_stop(s->shared.loop, &s->phase_timer);
    log_debug(s->shared.log, session_name(s), "the WebSocket is open");
    if (url_of(s)->is_secure)
        session_secure_stream(s);
    else
        stream_open(s->stream, session_now_ms(s));
    session_after_stream(s);
}

static void on_text(void *ctx, const char *bytes, size_t len) {
    struct session *s = ctx;
    if (!s->stream_over)
        stream_feed(s->stream, bytes, len, session_now_ms(s));
}

static void on_message_end(void *ctx) {
    struct session *s = ctx;
    if (!s->stream_over)
        stream_message_end(s->stream, session_now_ms(s));
}

void session_ws_received(struct session *s, const char *bytes, size_t len) {
    if (s->ws == NULL)
        return; /* nobody was asked anything yet */
    websocket_feed(s->ws, bytes, len);
    session_after_stream(s);
}

/* ---- out ---- */

static void send_messages(struct session *s) {
    struct buf *out = stream_out(s->stream);
    for (size_t len; (len = stream_next_message(s->stream)) > 0; buf_consume(out, len))
        websocket_send(s->ws, buf_data(out), len);
}

void session_ws_push(struct session *s) {
    if (s->ws == NULL)
        return;
    send_messages(s);
    session_move_out(s, websocket_out(s->ws));
}

/* ---- the way to it ---- */

static void begin_upgrade(struct session *s) {
    static const struct websocket_callbacks events = {on_opened, on_text, on_message_end, on_closed};
    const struct ws_url *url = url_of(s);
    const struct websocket_options options = {.host = url->host,
                                              .port = url->port,
                                              .is_secure = url->is_secure,
                                              .resource = url->resource,
                                              .protocol = "xmpp"};
    struct err err = ERR_INIT;
    s->ws = websocket_new(&options, &events, s, &err);
    if (s->ws == NULL)
        stream_lost(s->stream, err.text);
    session_at_turn_end(s);
}

void session_ws_connected(struct session *s) {
    loop_timer_in(s->shared.loop, &s->phase_timer, (int64_t)(s->config->timeout * 1000));
    if (url_of(s)->is_secure)
        conn_start_tls(s->conn, "http/1.1");
    else
        begin_upgrade(s);
}

void session_ws_secured(struct session *s) {
    begin_upgrade(s);
}

void session_ws_late(struct session *s) {
    fail(s,
         s->ws == NULL ? "does not finish the TLS handshake" : "does not answer the request for a WebSocket");
}
