/* SPDX-License-Identifier: MIT */
#include "lua/webhook.h"

#include "base/mem.h"
#include "lua/durable.h"
#include "lua/webhook_asked.h"

struct place { /* a route: whose hook it is */
    struct webhooks *all;
    struct bot *bot;
    struct hook *hook; /* the bot's */
    struct place *next;
};

/* ---- a request ---- */

static struct asked *asked_new(const struct place *p, struct http_request *request, uint64_t event) {
    struct asked *a = mem_new(struct asked);
    *a = (struct asked){.request = request,
                        .all = p->all,
                        .bot = p->bot,
                        .label = ((struct binding *)p->hook->owner)->label,
                        .event = event,
                        .lost = durable_lost(p->bot),
                        .log = p->bot->script->log,
                        .name = bot_name(p->bot)};
    log_debug(a->log, a->name, "%s %.*s from %s", http_request_method(request),
              (int)http_request_path(request).len, http_request_path(request).s,
              http_request_source(request));
    return a;
}

static void run_hook(const struct place *p, struct run *r, struct asked *a) {
    r->answer = asked_end;
    r->done = asked_done;
    r->done_ctx = a;
    asked_watch(a, r);
    origin_of_event(&r->origin, HOOK_WEBHOOK);
    asked_push_event(r->co, p->bot, a->request);
    hook_ref(p->hook);
    run_start(r, &p->hook, 1);
}

static void on_request(void *ctx, struct http_request *request) {
    struct place *p = ctx;
    struct run *r = run_new(p->bot);
    struct log *log = p->bot->script->log;
    uint64_t before = log_enter(log, r->event);
    struct asked *a = asked_new(p, request, r->event);
    a->writes += webhook_memory_mark(p->all->memory, request, asked_written, a);
    if (asked_is_again(a))
        run_cancel(r);
    else
        run_hook(p, r, a);
    log_leave(log, before);
}

/* ---- routes ---- */

struct webhooks *webhooks_new(struct http_server *server, struct database *db, struct log *log) {
    struct webhooks *w = mem_new(struct webhooks);
    w->server = server;
    w->memory = webhook_memory_new(server, db, log);
    return w;
}

void webhooks_start(struct webhooks *w) {
    if (w->places != NULL)
        webhook_memory_load(w->memory);
}

void webhooks_free(struct webhooks *w) {
    while (w != NULL && w->places != NULL) {
        struct place *p = w->places;
        w->places = p->next;
        mem_free(p);
    }
    if (w != NULL)
        webhook_memory_free(w->memory);
    mem_free(w);
}

struct auth_options webhook_auth(const struct config_auth *c) {
    static const enum auth_kind kinds[] = {
        [CONFIG_AUTH_UNSAID] = AUTH_NONE,   [CONFIG_AUTH_NONE] = AUTH_NONE,
        [CONFIG_AUTH_BEARER] = AUTH_BEARER, [CONFIG_AUTH_BASIC] = AUTH_BASIC,
        [CONFIG_AUTH_TOKEN] = AUTH_TOKEN,   [CONFIG_AUTH_HMAC] = AUTH_HMAC};
    return (struct auth_options){.kind = kinds[c->kind],
                                 .secret = c->secret,
                                 .user = c->user,
                                 .header = c->header,
                                 .timestamp_header = c->timestamp_header,
                                 .id_header = c->id_header,
                                 .signs = c->signs,
                                 .is_standard = c->is_standard,
                                 .window_s = (int64_t)c->window};
}

/* A configuration that is only checked may lack its secret, and one with mistakes more. */
static bool is_whole(const struct config_webhook *c) {
    return c->path != NULL && c->method != NULL &&
           (c->auth.kind <= CONFIG_AUTH_NONE || c->auth.secret != NULL);
}

void webhook_add(struct bot *b, const struct config_webhook *c, struct hook *hook) {
    struct webhooks *w = b->script->webhooks;
    struct err err = ERR_INIT;
    if (w == NULL || !is_whole(c))
        return;
    struct place *p = mem_new(struct place);
    *p = (struct place){w, b, hook, w->places};
    w->places = p;
    struct auth_options auth = webhook_auth(&c->auth);
    struct http_route route = {.method = c->method,
                               .path = c->path,
                               .auth = &auth,
                               .networks = c->networks.list,
                               .network_count = c->networks.count,
                               .max_body = c->max_body,
                               .content = c->content,
                               .rate_count = (unsigned)c->rate_count,
                               .rate_ms = (int64_t)(c->rate_seconds * 1000),
                               .handle = on_request,
                               .ctx = p};
    http_server_route(w->server, &route, &err); /* one that is there twice was told by config_load */
}
