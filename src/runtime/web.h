/* SPDX-License-Identifier: MIT */
/*
 * web: the process's HTTP server, where `http:` is configured: the bots' webhooks, and what the process says
 * of itself.
 *
 *   web_new -> (bots load: webhook_add) -> web_route (metrics, health) -> web_listen -> web_stop -> web_free
 */
#ifndef COUPLET_RUNTIME_WEB_H
#define COUPLET_RUNTIME_WEB_H

#include "base/log.h"
#include "config/config.h"
#include "http/http.h"
#include "lua/webhook.h"

struct loop;

struct web { /* zeroed at first */
    const struct config_http *config;
    struct http_server *server; /* NULL: nothing is configured */
    struct webhooks *webhooks;
};

/* db NULL: none is configured. */
void web_init(struct web *w, struct loop *loop, struct log *log, struct database *db,
              const struct config *config);
void web_finish(struct web *w); /* after the bots and the database */
/* Looks at the certificate and key. -1 when mistakes were added. */
int web_load(const struct config *config, struct config_mistakes *mistakes);
/* GET path, with the `auth:` of `http:`. Nothing happens where nothing is configured. */
void web_route(struct web *w, const char *path, void (*handle)(void *ctx, struct http_request *r), void *ctx);
/* -1: err says which address cannot be had. */
int web_listen(struct web *w, struct err *err);
/* on_idle is called once the last request that was under way is answered. */
void web_stop(struct web *w, void (*on_idle)(void *ctx), void *ctx);
bool web_is_busy(const struct web *w);

#endif
