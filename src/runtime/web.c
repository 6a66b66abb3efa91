/* SPDX-License-Identifier: MIT */
#include "runtime/web.h"

#include "base/mem.h"
#include "net/conn.h"

void web_init(struct web *w, struct loop *loop, struct log *log, struct database *db,
              const struct config *config) {
    const struct config_http *h = w->config = &config->http;
    if (!h->is_stated || h->listen == NULL)
        return;
    struct http_options options = {.listen = h->listen,
                                   .certificate = h->certificate,
                                   .key = h->key,
                                   .networks = h->networks.list,
                                   .network_count = h->networks.count,
                                   .max_body = h->max_body,
                                   .connections = (unsigned)h->connections,
                                   .per_address = (unsigned)h->connections_per_address,
                                   .waiting = (unsigned)h->waiting,
                                   .timeout_ms = (int64_t)(h->timeout * 1000),
                                   .idle_ms = (int64_t)(h->idle * 1000)};
    w->server = http_server_new(loop, log, &options);
    w->webhooks = webhooks_new(w->server, db, log);
}

void web_finish(struct web *w) {
    http_server_free(w->server);
    webhooks_free(w->webhooks);
    w->server = NULL;
    w->webhooks = NULL;
}

/* OpenSSL says more of what is wrong with them than the library that will use them. */
int web_load(const struct config *config, struct config_mistakes *mistakes) {
    const struct config_http *h = &config->http;
    struct tls_options options = {.certificate = h->certificate, .key = h->key, .min_version = 0x0303};
    enum tls_part part = TLS_PART_NONE;
    struct err err = ERR_INIT;
    if (h->certificate == NULL || h->key == NULL)
        return 0;
    struct tls_context *context = tls_context_new(&options, &part, &err);
    if (context == NULL)
        config_mistake_add(mistakes, config->path, part == TLS_PART_KEY ? h->key_mark : h->certificate_mark,
                           "%s", err.text);
    tls_context_free(context);
    return context != NULL ? 0 : -1;
}

void web_route(struct web *w, const char *path, void (*handle)(void *ctx, struct http_request *r),
               void *ctx) {
    struct err err = ERR_INIT;
    if (w->server == NULL)
        return;
    struct auth_options auth = webhook_auth(&w->config->auth);
    struct http_route route = {.method = "GET", .path = path, .auth = &auth, .handle = handle, .ctx = ctx};
    http_server_route(w->server, &route, &err); /* a webhook of that path goes first */
}

int web_listen(struct web *w, struct err *err) {
    if (w->server == NULL)
        return 0;
    webhooks_start(w->webhooks);
    return http_server_listen(w->server, err);
}

void web_stop(struct web *w, void (*on_idle)(void *ctx), void *ctx) {
    if (w->server != NULL)
        http_server_stop(w->server, on_idle, ctx);
}

bool web_is_busy(const struct web *w) {
    return w->server != NULL && http_server_waiting(w->server) > 0;
}
