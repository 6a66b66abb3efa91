/* SPDX-License-Identifier: MIT */
/*
 * Where DNS has no SRV record of the domain and the domain itself does not answer, its host-meta may name
 * WebSocket endpoints (XEP-0156 2.2.3: only after what RFC 6120 says). It is fetched over HTTPS from the
 * domain and believed for that reason alone. What was found is used until an attempt fails; then all begins
 * anew, with the next of the endpoints. They stand in no order: each search begins one further.
 */
#include "session/internal.h"

#include "session/hostmetas.h"

#include <stdio.h>

bool session_must_discover(const struct session *s) {
    return s->config->transport == CONFIG_WEBSOCKET && !session_is_websocket(s);
}

bool session_may_discover(const struct session *s) {
    return s->is_nowhere && !s->stopping && s->config->tls == CONFIG_TLS_AUTO && !session_is_bosh(s) &&
           s->config->host == NULL && s->config->proxy.kind == PROXY_NONE;
}

void session_forget_discovery(struct session *s) {
    hostmetas_cancel(s->search);
    s->search = NULL;
    ws_url_finish(&s->found);
    s->found = (struct ws_url){.host = NULL};
}

/* What TCP said, if that was tried, stays in front. */
static void fail(struct session *s, const char *why) {
    struct stream_reason reason = {.end = STREAM_END_TRANSPORT};
    if (s->is_nowhere)
        snprintf(reason.text, sizeof(reason.text), "%.250s; %.250s", session_reason(s)->text, why);
    else
        snprintf(reason.text, sizeof(reason.text), "%s", why);
    s->is_nowhere = false;
    session_keep_reason(s, &reason);
    session_conclude(s);
}

static void on_found(void *ctx, const struct hostmeta *found, const char *why) {
    struct session *s = ctx;
    struct err err = ERR_INIT;
    s->search = NULL;
    if (found == NULL) {
        fail(s, why);
    } else if (ws_url_read(&s->found, found->websockets[s->discoveries++ % found->count], &err) < 0) {
        fail(s, err.text);
    } else {
        log_info(s->shared.log, session_name(s), "the host-meta of %s leads to a WebSocket at %s:%u",
                 s->config->jid.host, s->found.host, (unsigned)s->found.port);
        session_attempt(s);
    }
}

void session_discover(struct session *s) {
    const struct hostmetas_options options = {.domain = s->config->jid.host,
                                              .ca_file = s->config->ca_file.path,
                                              .crl_file = s->config->crl_file.path,
                                              .min_version = s->config->tls_min_version,
                                              .timeout_ms = (uint32_t)(s->config->timeout * 1000)};
    s->phase = DISCOVERING;
    s->was_online = false;
    log_debug(s->shared.log, session_name(s), "%s%sasking for the host-meta of %s",
              s->is_nowhere ? session_reason(s)->text : "", s->is_nowhere ? "; " : "", s->config->jid.host);
    s->search = hostmetas_ask(s->shared.hostmetas, &options, on_found, s);
}
