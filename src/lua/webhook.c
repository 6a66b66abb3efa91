/* SPDX-License-Identifier: MIT */
#include "lua/webhook.h"

#include "base/mem.h"
#include "http/http.h"
#include "http/target.h"
#include "lua/durable.h"

enum { RETRY_S = 10 };

struct webhooks {
    struct http_server *server; /* borrowed */
    struct place *places;
};

struct place { /* a route: whose hook it is */
    struct bot *bot;
    struct hook *hook; /* the bot's */
    struct place *next;
};

struct asked { /* a request, until it is answered */
    struct http_request *request;
    struct bot *bot;
    const char *label; /* of the hook's function */
    uint64_t event;    /* in the log */
    struct log *log;   /* the bot may be gone before the disk has answered; these are not */
    const char *name;
};

/* ---- answers ---- */

static const struct row {
    const char *condition;
    int status;
} rows[] = {{"bad-request", 400},    {"jid-malformed", 400},      {"forbidden", 403},
            {"not-authorized", 403}, {"not-allowed", 403},        {"item-not-found", 404},
            {"not-acceptable", 422}, {"resource-constraint", 503}};

static int status_of(struct str condition, struct str type) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (str_is(condition, rows[i].condition))
            return rows[i].status;
    return str_is(type, "wait") ? 503 : 500;
}

/* It was answered. */
static void forget(struct asked *a, int status) {
    uint64_t before = log_enter(a->log, a->event);
    log_debug(a->log, a->name, "answered %d", status);
    log_leave(a->log, before);
    mem_free(a);
}

static void accept(struct asked *a) {
    http_answer(a->request, &(struct http_answer){.status = 202});
    forget(a, 202);
}

static void answer_text(struct asked *a, const char *type, struct str text) {
    http_answer(a->request, &(struct http_answer){.status = 200, .type = type, .body = text});
    forget(a, 200);
}

/* What is wrong on our side is for the log, not for whoever asked. */
static void refuse(struct asked *a, int status, struct str why) {
    http_answer_problem(a->request, status, status < 500 ? why : STR_NONE);
    forget(a, status);
}

static void refuse_unwritten(struct asked *a) {
    http_answer_problem(a->request, 503, STR_LIT("it cannot be kept on disk for now"));
    forget(a, 503);
}

/* nil, err: the error at the top of L. */
static void answer_error(struct asked *a, lua_State *L) {
    struct str text = STR_NONE, condition = STR_NONE, type = STR_NONE;
    if (lua_istable(L, -1)) {
        text = errors_field(L, -1, "text");
        condition = errors_field(L, -1, "condition");
        type = errors_field(L, -1, "type");
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        text.s = lua_tolstring(L, -1, &text.len);
    }
    int status = status_of(condition, type);
    log_at(a->bot->script->log, status < 500 ? LOG_INFO : LOG_ERROR, bot_name(a->bot),
           "%s: answered %d: %.*s", a->label, status, (int)(text.s ? text.len : condition.len),
           text.s        ? text.s
           : condition.s ? condition.s
                         : "");
    refuse(a, status, text.s != NULL ? text : condition);
}

static void answer_json(struct asked *a, lua_State *L, int value) {
    struct str text;
    int top = lua_gettop(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.json");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "encode");
    lua_pushvalue(L, value);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) {
        text.s = lua_tolstring(L, -1, &text.len);
        answer_text(a, "application/json", text);
    } else {
        log_error(a->bot->script->log, bot_name(a->bot), "%s: its answer cannot be sent: %s", a->label,
                  lua_tostring(L, -1));
        refuse(a, 500, STR_NONE);
    }
    lua_settop(L, top);
}

static void on_settled(void *ctx, bool is_accepted) {
    if (is_accepted)
        accept(ctx);
    else
        refuse_unwritten(ctx);
}

/* first: the stack index of what was returned; n: how many values. */
static void answer_value(struct asked *a, lua_State *L, int first, int n) {
    int type = n > 0 ? lua_type(L, first) : LUA_TNIL;
    struct str text;
    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        text.s = lua_tolstring(L, first, &text.len);
        answer_text(a, "text/plain; charset=utf-8", text);
    } else if (type == LUA_TTABLE) {
        answer_json(a, L, first);
    } else if (!durable_settle(a->bot, on_settled, a)) {
        accept(a);
    }
}

static bool has_failed(lua_State *L, int first, int n) {
    return n > 1 && !lua_toboolean(L, first) && !lua_isnil(L, first + 1);
}

static bool on_end(struct run *r, enum run_end how, int n) {
    struct asked *a = r->done_ctx;
    int first = lua_gettop(r->co) - n + 1;
    luaL_checkstack(r->co, 8, "webhook");
    r->done_ctx = NULL;
    if (how == RUN_RAISED)
        refuse(a, 500, STR_NONE);
    else if (how == RUN_UNWRITTEN || r->refused)
        refuse_unwritten(a);
    else if (has_failed(r->co, first, n)) {
        lua_settop(r->co, first + 1);
        answer_error(a, r->co);
    } else
        answer_value(a, r->co, first, n);
    return true;
}

/* The bot goes before the handler came to its end. */
static void on_done(struct run *r) {
    struct asked *a = r->done_ctx;
    if (a != NULL)
        refuse(a, 503, STR_NONE);
}

/* ---- the event ---- */

static void set_field(lua_State *L, const char *name, struct str value) {
    lua_pushlstring(L, value.s, value.len);
    lua_setfield(L, -2, name);
}

/* Names in small letters; several of one name are one list (RFC 9110 5.3). */
static void add_header(void *ctx, const char *name, struct str value) {
    lua_State *L = ctx;
    luaL_Buffer b;
    char *small = luaL_buffinitsize(L, &b, strlen(name));
    for (const char *s = name; *s != '\0'; s++)
        *small++ = (char)(*s >= 'A' && *s <= 'Z' ? *s | 0x20 : *s);
    luaL_pushresultsize(&b, strlen(name));
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushlstring(L, value.s, value.len);
    } else {
        lua_pushliteral(L, ", ");
        lua_pushlstring(L, value.s, value.len);
        lua_concat(L, 3);
    }
    lua_rawset(L, -3);
}

static void set_query(lua_State *L, struct str query) {
    char memory[TARGET_MOST];
    struct target_field fields[TARGET_FIELDS_MOST];
    size_t count = query.s != NULL ? target_fields(query, memory, fields, TARGET_FIELDS_MOST) : 0;
    lua_createtable(L, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        lua_pushlstring(L, fields[i].name.s, fields[i].name.len);
        lua_pushlstring(L, fields[i].value.s, fields[i].value.len);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "query");
}

static void push_event(lua_State *L, const struct bot *b, const struct http_request *r) {
    event_push(L, b, HOOK_WEBHOOK);
    set_field(L, "path", http_request_path(r));
    set_field(L, "method", str_of(http_request_method(r)));
    set_field(L, "body", http_request_body(r));
    set_field(L, "source", str_of(http_request_source(r)));
    set_query(L, http_request_query(r));
    lua_createtable(L, 0, 8);
    http_request_headers(r, add_header, L);
    lua_setfield(L, -2, "headers");
}

static void on_request(void *ctx, struct http_request *request) {
    struct place *p = ctx;
    struct run *r = run_new(p->bot);
    struct asked *a = mem_new(struct asked);
    struct log *log = p->bot->script->log;
    *a = (struct asked){.request = request,
                        .bot = p->bot,
                        .label = ((struct binding *)p->hook->owner)->label,
                        .event = r->event,
                        .log = log,
                        .name = bot_name(p->bot)};
    uint64_t before = log_enter(log, r->event);
    log_debug(log, bot_name(p->bot), "%s %.*s from %s", http_request_method(request),
              (int)http_request_path(request).len, http_request_path(request).s,
              http_request_source(request));
    r->answer = on_end;
    r->done = on_done;
    r->done_ctx = a;
    origin_of_event(&r->origin, HOOK_WEBHOOK);
    push_event(r->co, p->bot, request);
    hook_ref(p->hook);
    run_start(r, &p->hook, 1);
    log_leave(log, before);
}

/* ---- routes ---- */

struct webhooks *webhooks_new(struct http_server *server) {
    struct webhooks *w = mem_new(struct webhooks);
    w->server = server;
    return w;
}

void webhooks_free(struct webhooks *w) {
    while (w != NULL && w->places != NULL) {
        struct place *p = w->places;
        w->places = p->next;
        mem_free(p);
    }
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
    *p = (struct place){b, hook, w->places};
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
