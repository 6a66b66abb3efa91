/* SPDX-License-Identifier: MIT */
/*
 * attempt: the beginning of an attempt: where it goes to (the configuration, a place that the server named, a
 * WebSocket), and the stream and the connection that are made for it. What comes of it is session.c's.
 */
#include "session/internal.h"

#include "base/wall.h"
#include "session/place.h"
#include "xmpp/memory.h"

static struct stream *make_stream(struct session *s) {
    const struct config_bot *c = s->config;
    struct stream_options options = {
        .node = c->jid.node,
        .domain = c->jid.host,
        .resource = c->jid.resource,
        .password = s->password != NULL ? s->password : c->password,
        .mechanisms = (const char *const *)c->sasl,
        .tls = c->tls == CONFIG_TLS_NONE ? STREAM_TLS_NONE : STREAM_TLS_REQUIRED,
        .timeout_ms = (uint32_t)(c->timeout * 1000),
        .keepalive_ms = (uint32_t)(c->keepalive * 1000),
        .framing =
            session_is_websocket(s) || session_is_bosh(s) ? STREAM_FRAMING_WEBSOCKET : STREAM_FRAMING_TCP,
        .sm = s->sm,
        .memory = s->known,
        .has_certificate = c->certificate.path != NULL,
        .wall_offset_ms = wall_ms() - session_now_ms(s),
        .known = &s->offers,
        .no_resume = session_is_bosh(s),
        .is_patient = s->policy.is_patient,
        .is_component = c->is_component,
        .registration = s->registration,
        .legacy_auth = c->legacy_auth,
    };
    return stream_new(&options, session_stream_events(log_is(s->shared.log, LOG_TRACE)), s);
}

static enum conn_mode conn_mode_of(const struct config_bot *c) {
    return c->tls == CONFIG_TLS_AUTO ? CONN_AUTO : c->tls == CONFIG_TLS_DIRECT ? CONN_DIRECT : CONN_STARTTLS;
}

/* Where the server wants a session to be resumed (XEP-0198 3); when that fails, the usual way. */
static bool wants_location(const struct session *s) {
    return !s->location_tried && sm_can_resume(s->sm) && sm_location(s->sm) != NULL;
}

/* Who has to be there stays the same wherever it is: the domain, and how TLS begins. */
static void set_place(struct conn_target *target, const struct place *place) {
    target->host = place->host;
    target->port = place->port;
    target->dane = false; /* a host that somebody else has named vouches for nothing with its own records */
}

static void begin(struct session *s, const struct conn_target *target) {
    if (session_is_bosh(s)) {
        session_bosh_begin(s, target);
        return;
    }
    s->conn = conn_new(s->shared.loop, s->shared.dns, &session_conn_events, s);
    conn_open(s->conn, target, s->tls);
}

void session_attempt(struct session *s) {
    const struct config_bot *c = s->config;
    if (session_must_discover(s)) {
        session_discover(s);
        return;
    }
    /* A component is served by whom the configuration names: that is who TLS has to show. */
    struct conn_target target = {.domain = c->is_component ? c->host : c->jid.host,
                                 .host = c->host,
                                 .port = c->port,
                                 .mode = conn_mode_of(c),
                                 .dane = c->dane,
                                 .loopback_only = c->tls == CONFIG_TLS_NONE,
                                 .timeout_ms = (uint32_t)(c->timeout * 2000), /* to find and to reach it */
                                 .dead_after_ms = (uint32_t)((c->keepalive + c->timeout) * 1000),
                                 .memory = s->memory,
                                 .proxy = c->proxy.kind != PROXY_NONE ? &c->proxy : NULL};
    struct place place = {NULL, 0};
    if (session_is_websocket(s))
        session_ws_target(s, &target);
    else if (session_is_bosh(s))
        target.host = c->url.host;
    else if (s->policy.place.host != NULL)
        set_place(&target, &s->policy.place);
    else if (wants_location(s) && place_parse(str_of(sm_location(s->sm)), &place) == 0)
        set_place(&target, &place);
    if (s->counts != NULL)
        s->counts->attempts++;
    s->location_tried = true;
    s->phase = CONNECTING;
    s->stream_over = s->conn_over = s->was_online = s->is_nowhere = false;
    s->tls_version = NULL;
    s->stream = make_stream(s);
    log_debug(s->shared.log, session_name(s), "connecting to %s", target.host ? target.host : c->jid.host);
    begin(s, &target);
    place_finish(&place);
}
