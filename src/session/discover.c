/* SPDX-License-Identifier: MIT */
/*
 * Where DNS has no SRV record of the domain and the domain itself does not answer, its host-meta may name
 * WebSocket endpoints (XEP-0156 2.2.3: only after what RFC 6120 says). It is fetched over HTTPS from the
 * domain and believed for that reason alone. What was found is used until an attempt fails; then all begins
 * anew, with the next of the endpoints. They stand in no order: each search begins one further.
 */
#include "session/internal.h"

#include "base/mem.h"
#include "net/https.h"
#include "xmpp/hostmeta.h"

#include <stdio.h>

bool session_must_discover(const struct session *s) {
    return s->config->is_websocket && !session_is_websocket(s);
}

bool session_may_discover(const struct session *s) {
    return s->is_nowhere && !s->stopping && s->config->tls == CONFIG_TLS_AUTO && s->config->host == NULL;
}

void session_forget_discovery(struct session *s) {
    https_cancel(s->https);
    s->https = NULL;
    ws_url_finish(&s->found);
    s->found = (struct ws_url){.host = NULL};
}

/* What TCP said, if that was tried, stays in front. */
static void fail(struct session *s, const char *why) {
    struct stream_reason reason = {.end = STREAM_END_TRANSPORT};
    if (s->is_nowhere)
        snprintf(reason.text, sizeof(reason.text), "%.250s; %.250s", s->reason.text, why);
    else
        snprintf(reason.text, sizeof(reason.text), "%s", why);
    s->is_nowhere = false;
    s->reason = reason;
    session_conclude(s);
}

static int choose(struct session *s, const struct hostmeta *m, struct err *err) {
    if (m->count == 0)
        return err_set(err, "the host-meta of %s names no WebSocket", s->config->jid.host);
    return ws_url_read(&s->found, m->websockets[s->discoveries++ % m->count], err);
}

static void on_document(void *ctx, const char *bytes, size_t len, const char *why) {
    struct session *s = ctx;
    struct err err = ERR_INIT;
    struct hostmeta m = {.count = 0};
    s->https = NULL;
    if (bytes == NULL)
        err_set(&err, "%s", why);
    else if (hostmeta_parse(bytes, len, &m, &err) < 0)
        err_context(&err, "the host-meta of %s", s->config->jid.host);
    else
        choose(s, &m, &err);
    hostmeta_finish(&m);
    if (err.text[0] != '\0') {
        fail(s, err.text);
        return;
    }
    log_info(s->shared.log, session_name(s), "the host-meta of %s leads to a WebSocket at %s:%u",
             s->config->jid.host, s->found.host, (unsigned)s->found.port);
    session_attempt(s);
}

void session_discover(struct session *s) {
    const struct https_options options = {.ca_file = s->config->ca_file.path,
                                          .min_version = s->config->tls_min_version,
                                          .accept = HOSTMETA_TYPE,
                                          .timeout_ms = (uint32_t)(s->config->timeout * 1000)};
    char *url = hostmeta_url(s->config->jid.host);
    s->phase = DISCOVERING;
    s->was_online = false;
    log_debug(s->shared.log, session_name(s), "%s%sasking for the host-meta of %s",
              s->is_nowhere ? s->reason.text : "", s->is_nowhere ? "; " : "", s->config->jid.host);
    if (url != NULL)
        s->https = https_get(s->shared.loop, s->shared.dns, url, &options, on_document, s);
    else
        fail(s, "the domain can have no host-meta");
    mem_free(url);
}
