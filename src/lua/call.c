/* SPDX-License-Identifier: MIT */
#include "lua/call.h"

#include "base/mem.h"

struct call {
    struct binding *binding; /* owned */
    call_done *done;         /* NULL: forgotten */
    void *ctx;
    int event; /* registry reference */
    bool is_starting, is_over;
};

static struct str result_of(lua_State *L, int event) {
    struct str result = STR_NONE;
    lua_rawgeti(L, LUA_REGISTRYINDEX, event);
    lua_pushliteral(L, "result");
    lua_rawget(L, -2);
    if (lua_type(L, -1) == LUA_TSTRING)
        result.s = lua_tolstring(L, -1, &result.len);
    return result; /* two values are left on the stack: it stays valid */
}

static void on_done(struct run *r) {
    struct call *c = r->done_ctx;
    lua_State *L = r->script->L;
    int top = lua_gettop(L);
    struct str result = result_of(L, c->event);
    if (c->done != NULL)
        c->done(c->ctx, result);
    lua_settop(L, top);
    luaL_unref(L, LUA_REGISTRYINDEX, c->event);
    binding_free(c->binding);
    c->is_over = true;
    if (!c->is_starting)
        mem_free(c);
}

/* The event is on top of L. */
static int push_event(lua_State *L, struct bot *b, struct str request) {
    lua_createtable(L, 0, 1);
    lua_pushlstring(L, request.s, request.len);
    lua_setfield(L, -2, "request");
    event_push_fields(L, b, "call", lua_gettop(L));
    lua_remove(L, -2);
    lua_pushvalue(L, -1);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

struct call *call_library(struct bot *b, const char *module, const char *function, struct str request,
                          call_done *done, void *ctx) {
    lua_State *L = b->script->L;
    struct err err = ERR_INIT;
    struct watch_limits limits = bot_limits(b, NULL);
    if (script_require(b->script, module, &err) < 0) {
        log_error(b->script->log, bot_name(b), "%s: %s", module, err.text);
        done(ctx, STR_NONE);
        return NULL;
    }
    lua_getfield(L, -1, function);
    lua_remove(L, -2);
    struct call *c = mem_new(struct call);
    *c = (struct call){.done = done, .ctx = ctx, .is_starting = true};
    c->binding = binding_new(L, module, &limits);
    struct run *r = run_new(b);
    c->event = push_event(L, b, request);
    lua_xmove(L, r->co, 1);
    origin_of_event(&r->origin, HOOK_NAMED);
    r->watches = true; /* what it returns is of no account */
    r->done = on_done;
    r->done_ctx = c;
    run_function(r, c->binding);
    c->is_starting = false;
    if (!c->is_over)
        return c;
    mem_free(c);
    return NULL;
}

void call_forget(struct call *c) {
    c->done = NULL;
}
