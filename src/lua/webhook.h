/* SPDX-License-Identifier: MIT */
/*
 * webhook: a request over HTTP to a hook's function, and what that returns to an answer.
 *
 *   nothing, true      202, once everything that the handler accepted is on disk
 *   a string, a table  200 with it, as text or JSON
 *   nil, err           400 bad-request, 403 forbidden, 404 item-not-found, 422 not-acceptable, 503
 * resource-constraint and whatever is of type `wait`; else 500 raised             500
 *
 * Where something was not accepted (the disk is full, the outbox is), the answer is 503 whatever was
 * returned: the sender must come again.
 */
#ifndef COUPLET_LUA_WEBHOOK_H
#define COUPLET_LUA_WEBHOOK_H

#include "http/auth.h"
#include "lua/bot.h"

struct http_server;
struct webhooks; /* the process's; NULL: nothing listens */

/* db NULL: nothing outlives the process. */
struct webhooks *webhooks_new(struct http_server *server, struct database *db, struct log *log);
/* When the bots have loaded, before the loop runs. */
void webhooks_start(struct webhooks *w);
void webhooks_free(struct webhooks *w); /* after the bots and the database; NULL accepted */
/* Of a configuration that is whole; the strings are its. */
struct auth_options webhook_auth(const struct config_auth *c);
/* The hook becomes a route. */
void webhook_add(struct bot *b, const struct config_webhook *config, struct hook *hook);

#endif
