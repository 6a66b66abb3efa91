/* SPDX-License-Identifier: MIT */
/*
 * The joint of HTTP and stream when the transport is BOSH (XEP-0124, XEP-0206):
 *
 *   the first lane is connected -> TLS (https) -> the stream opens
 *   stream_out    -> message by message -> bosh_write -> bosh_next: a body and its lane -> http_post_send
 *   an answer     -> bosh_answered -> message by message -> stream
 *   stream closed -> `terminate` -> its answer: nothing is left to be waited for
 *
 * A lane is a connection of its own (net/http_post); both are made as every transport's are, and the
 * certificate must be good for the host of the URL, which the owner of the bot named. A login is not bound to
 * TLS here: there are two connections, and others may come in their place.
 */
#include "session/internal.h"

#include "base/mem.h"
#include "net/http_post.h"
#include "xmpp/bosh.h"
#include "xmpp/bosh_body.h"

#include <stdio.h>

struct lane {
    struct session *session;
    size_t index;
    struct http_post *post;
};

struct session_bosh {
    struct session *session;
    struct bosh *bosh;
    struct lane lanes[BOSH_LANES];
    struct loop_timer timer;
};

bool session_is_bosh(const struct session *s) {
    return s->config->transport == CONFIG_BOSH;
}

/* ---- the end ---- */

static void lose(struct session *s, const char *why, enum conn_kind kind) {
    s->conn_over = true;
    if (!s->stream_over) {
        stream_lost(s->stream, why);
        if (kind == CONN_UNTRUSTED && s->reason != NULL)
            s->reason->end = STREAM_END_TLS_REFUSED;
    }
    session_at_turn_end(s);
}

/* ---- out ---- */

static void send_bodies(struct session *s) {
    struct session_bosh *b = s->bosh;
    size_t lane;
    struct str body;
    while (bosh_next(b->bosh, session_now_ms(s), &lane, &body)) {
        if (s->counts != NULL)
            s->counts->bytes_out += body.len;
        http_post_send(b->lanes[lane].post, body.s, body.len);
        if (http_post_is_sent(b->lanes[lane].post))
            bosh_sent(b->bosh, lane);
    }
    int64_t due_ms = bosh_due_ms(b->bosh);
    if (due_ms == INT64_MAX)
        loop_timer_stop(s->shared.loop, &b->timer);
    else
        loop_timer_at(s->shared.loop, &b->timer, due_ms);
}

void session_bosh_push(struct session *s) {
    struct buf *out = stream_out(s->stream);
    for (size_t len; (len = stream_next_message(s->stream)) > 0; buf_consume(out, len))
        bosh_write(s->bosh->bosh, buf_data(out), len);
    buf_release(out, 4096);
    send_bodies(s);
    if (s->stream_over && !bosh_is_closing(s->bosh->bosh))
        s->conn_over = true;
}

static void on_timer(struct loop_timer *t) {
    struct session_bosh *b = (struct session_bosh *)((char *)t - offsetof(struct session_bosh, timer));
    struct session *s = b->session;
    send_bodies(s);
    session_after_stream(s);
}

/* ---- in ---- */

static void on_message(void *ctx, const char *text, size_t len) {
    struct session *s = ctx;
    if (s->stream_over)
        return;
    stream_feed(s->stream, text, len, session_now_ms(s));
    if (len > 0 && !s->stream_over)
        stream_message_end(s->stream, session_now_ms(s));
}

static void on_lost(void *ctx, const char *why) {
    lose(ctx, why, CONN_FAILED);
}

static void on_answered(void *ctx, unsigned status, const char *bytes, size_t len) {
    struct lane *l = ctx;
    struct session *s = l->session;
    if (s->counts != NULL)
        s->counts->bytes_in += len;
    bosh_answered(s->bosh->bosh, l->index, status, bytes, len, session_now_ms(s));
    session_after_stream(s);
    s->shared.log->event = 0;
}

static void on_failed(void *ctx, enum conn_kind kind, const char *why) {
    struct lane *l = ctx;
    struct session *s = l->session;
    log_debug(s->shared.log, session_name(s), "a BOSH request: %s", why);
    if (!s->bosh_is_up || kind == CONN_UNTRUSTED)
        lose(s, why, kind);
    else
        bosh_failed(s->bosh->bosh, l->index, why, false, session_now_ms(s));
    session_after_stream(s);
}

static void on_sent(void *ctx) {
    struct lane *l = ctx;
    bosh_sent(l->session->bosh->bosh, l->index);
    send_bodies(l->session);
    session_after_stream(l->session);
}

/* ---- the way to it ---- */

static void on_ready(void *ctx, const struct conn_tls_info *tls) {
    struct lane *l = ctx;
    struct session *s = l->session;
    s->bosh_is_up = true;
    if (tls != NULL)
        session_note_tls(s, tls, http_post_peer(l->post));
    else
        log_debug(s->shared.log, session_name(s), "clear text to %s, for BOSH", http_post_peer(l->post));
    if (s->stream_over)
        return;
    if (tls != NULL)
        stream_secured(s->stream, NULL, session_now_ms(s));
    else
        stream_open(s->stream, session_now_ms(s));
    session_after_stream(s);
}

static const struct bosh_callbacks bosh_events = {on_message, on_lost};
static const struct http_post_callbacks post_events = {on_ready, on_answered, on_failed, on_sent};

static struct bosh *make_bosh(struct session *s) {
    const struct config_bot *c = s->config;
    struct buf from = BUF_INIT;
    if (c->jid.node != NULL && c->url.is_secure) /* RFC 6120 4.7.1: who we are is told under TLS only */
        buf_addf(&from, "%s@%s", c->jid.node, c->jid.host);
    const struct bosh_options options = {.domain = c->jid.host,
                                         .from = buf_len(&from) > 0 ? buf_data(&from) : NULL,
                                         .is_secure = c->url.is_secure,
                                         .timeout_ms = (uint32_t)(c->timeout * 1000)};
    struct bosh *made = bosh_new(&options, &bosh_events, s);
    buf_finish(&from);
    return made;
}

static struct http_post *make_post(struct session *s, struct lane *l, const struct conn_target *target,
                                   struct err *err) {
    const struct ws_url *url = &s->config->url;
    const struct http_post_options options = {.host = url->host,
                                              .port = url->port,
                                              .is_secure = url->is_secure,
                                              .resource = url->resource,
                                              .type = "text/xml; charset=utf-8",
                                              .most_len = BOSH_BODY_MOST,
                                              .target = *target,
                                              .tls = s->tls};
    return http_post_new(s->shared.loop, s->shared.dns, &options, &post_events, l, err);
}

void session_bosh_begin(struct session *s, const struct conn_target *target) {
    struct session_bosh *b = s->bosh = mem_new(struct session_bosh);
    struct err err = ERR_INIT;
    b->session = s;
    b->timer.fire = on_timer;
    b->bosh = make_bosh(s);
    s->bosh_is_up = false;
    for (size_t i = 0; i < BOSH_LANES; i++) {
        struct lane *l = &b->lanes[i];
        *l = (struct lane){.session = s, .index = i};
        if ((l->post = make_post(s, l, target, &err)) == NULL) {
            lose(s, err.text, CONN_FAILED);
            return;
        }
    }
    http_post_open(b->lanes[0].post);
}

void session_bosh_is_good(struct session *s) {
    for (size_t i = 0; i < BOSH_LANES; i++)
        http_post_is_good(s->bosh->lanes[i].post);
}

void session_bosh_free(struct session *s) {
    if (s->bosh == NULL)
        return;
    loop_timer_stop(s->shared.loop, &s->bosh->timer);
    for (size_t i = 0; i < BOSH_LANES; i++)
        http_post_free(s->bosh->lanes[i].post);
    bosh_free(s->bosh->bosh);
    mem_free(s->bosh);
    s->bosh = NULL;
}
