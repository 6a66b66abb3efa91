/* SPDX-License-Identifier: MIT */
/* webhook_answer: what a handler returned, or raised, made into an answer. */
#include "base/mem.h"
#include "lua/durable.h"
#include "lua/webhook_asked.h"

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

static void asked_free(struct asked *a) {
    mem_free(a->said);
    mem_free(a->text);
    mem_free(a);
}

/* It was answered. */
static void forget(struct asked *a, int status) {
    uint64_t before = log_enter(a->log, a->event);
    log_debug(a->log, a->name, "answered %d", status);
    log_leave(a->log, before);
    a->is_over = true;
    if (a->link != NULL) {
        *a->link = a->next;
        if (a->next != NULL)
            a->next->link = a->link;
        a->link = NULL;
    }
    if (a->writes == 0)
        asked_free(a);
}

void asked_repeat(struct asked *a) {
    http_answer(a->request, &(struct http_answer){.status = 202});
    forget(a, 202);
}

static void accept(struct asked *a) {
    a->is_accepted = true;
    if (a->writes == 0)
        asked_repeat(a);
}

static void answer_text(struct asked *a) {
    http_answer(a->request,
                &(struct http_answer){.status = 200, .type = a->type, .body = {a->text, a->text_len}});
    forget(a, 200);
}

void asked_written(void *ctx) {
    struct asked *a = ctx;
    if (--a->writes > 0)
        return;
    if (a->is_over)
        asked_free(a);
    else if (a->is_accepted)
        accept(a);
}

/* What is wrong on our side is for the log, not for whoever asked; 503 has a reason for both. */
void asked_refuse(struct asked *a, int status, struct str why) {
    webhook_memory_unmark(a->all->memory, a->request);
    http_answer_problem(a->request, status, why);
    forget(a, status);
}

static void refuse_unwritten(struct asked *a) {
    if (a->has_key)
        webhook_memory_undo(a->all->memory, a->key);
    asked_refuse(a, 503, STR_LIT("it cannot be kept on disk for now"));
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
    log_at(a->log, status < 500 ? LOG_INFO : LOG_ERROR, a->name, "%s: answered %d: %.*s", a->label, status,
           (int)(text.s ? text.len : condition.len),
           text.s        ? text.s
           : condition.s ? condition.s
                         : "");
    asked_refuse(a, status, status >= 500 ? STR_NONE : text.s != NULL ? text : condition);
}

static void on_settled(void *ctx, bool is_accepted) {
    struct asked *a = ctx;
    if (!is_accepted)
        refuse_unwritten(a);
    else if (a->text != NULL)
        answer_text(a);
    else
        accept(a);
}

/* Once all that was said without a wait is on disk. */
static void settle(struct asked *a) {
    if (!durable_settle(a->bot, on_settled, a))
        on_settled(a, true);
}

static void settle_text(struct asked *a, const char *type, struct str text) {
    a->type = type;
    a->text = mem_strndup(text.s, text.len);
    a->text_len = text.len;
    settle(a);
}

/* (value) -> text. What it is made with may not be there: nothing of it is asked for before. */
static int encode(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.json");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "encode");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static void answer_json(struct asked *a, lua_State *L, int value) {
    struct str text;
    int top = lua_gettop(L);
    lua_pushcfunction(L, encode);
    lua_pushvalue(L, value);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) {
        text.s = lua_tolstring(L, -1, &text.len);
        settle_text(a, "application/json", text);
    } else {
        log_error(a->log, a->name, "%s: its answer cannot be sent: %s", a->label, lua_tostring(L, -1));
        asked_refuse(a, 500, STR_NONE);
    }
    lua_settop(L, top);
}

/* first: the stack index of what was returned; n: how many values. */
static void answer_value(struct asked *a, lua_State *L, int first, int n) {
    struct str text;
    if (asked_is_taken(L, first, n)) {
        settle(a);
    } else if (lua_istable(L, first)) {
        answer_json(a, L, first);
    } else {
        text.s = lua_tolstring(L, first, &text.len);
        settle_text(a, "text/plain; charset=utf-8", text);
    }
}

static bool has_failed(lua_State *L, int first, int n) {
    return n > 1 && !lua_toboolean(L, first) && !lua_isnil(L, first + 1);
}

bool asked_is_taken(lua_State *L, int first, int n) {
    int type = n > 0 ? lua_type(L, first) : LUA_TNIL;
    return type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TTABLE && !has_failed(L, first, n);
}

bool asked_end(struct run *r, enum run_end how, int n) {
    struct asked *a = r->done_ctx;
    int first = lua_gettop(r->co) - n + 1;
    luaL_checkstack(r->co, 8, "webhook");
    r->done_ctx = NULL;
    if (how == RUN_RAISED)
        asked_refuse(a, 500, STR_NONE);
    else if (how == RUN_UNWRITTEN || r->refused || durable_lost(a->bot) != a->lost)
        refuse_unwritten(a);
    else if (has_failed(r->co, first, n)) {
        lua_pushvalue(r->co, first + 1);
        answer_error(a, r->co);
        lua_pop(r->co, 1);
    } else
        answer_value(a, r->co, first, n);
    return true;
}

/* The bot goes before the handler came to its end. */
void asked_done(struct run *r) {
    struct asked *a = r->done_ctx;
    if (a != NULL)
        asked_refuse(a, 503, STR_NONE);
}
