/* SPDX-License-Identifier: MIT */
#include "lua/signal.h"

#include "base/mem.h"

#include <stddef.h>

struct waiter { /* wait_ctx of a run in signal_wait */
    char *name;
    int value; /* registry reference; LUA_NOREF until it is woken */
};

static void forget(struct run *r) {
    struct waiter *w = r->wait_ctx;
    loop_timer_stop(r->script->loop, &r->timer);
    luaL_unref(r->script->L, LUA_REGISTRYINDEX, w->value);
    mem_free(w->name);
    mem_free(w);
    r->cancel = NULL;
    r->wait_ctx = NULL;
}

static void on_due(struct loop_timer *t) {
    struct run *r = (struct run *)((char *)t - offsetof(struct run, timer));
    const struct waiter *w = r->wait_ctx;
    if (w->value == LUA_NOREF)
        lua_pushnil(r->co);
    else
        lua_rawgeti(r->co, LUA_REGISTRYINDEX, w->value);
    forget(r);
    run_wake(r, 1);
}

int signal_wait(lua_State *L) {
    bot_check(L, 1);
    const char *name = luaL_checkstring(L, 2);
    lua_Number seconds = luaL_checknumber(L, 3);
    luaL_argcheck(L, seconds >= 0 && seconds <= 1e9, 3, "seconds from 0 to 1e9 are expected");
    struct run *r = run_check_wait(L, "this");
    struct waiter *w = mem_new(struct waiter);
    *w = (struct waiter){mem_strdup(name), LUA_NOREF};
    r->wait_ctx = w;
    r->cancel = forget;
    r->timer.fire = on_due;
    loop_timer_in(r->script->loop, &r->timer, (int64_t)(seconds * 1000));
    return lua_yield(L, 0);
}

static bool is_waiting_for(const struct run *r, const char *name) {
    const struct waiter *w = r->cancel == forget ? r->wait_ctx : NULL;
    return w != NULL && w->value == LUA_NOREF && strcmp(w->name, name) == 0;
}

/* Nobody is resumed from within a handler: the timer does it. */
int signal_wake(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    const char *name = luaL_checkstring(L, 2);
    lua_Integer woken = 0;
    luaL_checkany(L, 3);
    for (struct run *r = b->runs; r != NULL; r = r->next) {
        if (!is_waiting_for(r, name))
            continue;
        lua_pushvalue(L, 3);
        ((struct waiter *)r->wait_ctx)->value = luaL_ref(L, LUA_REGISTRYINDEX);
        loop_timer_in(b->script->loop, &r->timer, 0);
        woken++;
    }
    lua_pushinteger(L, woken);
    return 1;
}

int signal_can_wait(lua_State *L) {
    const struct run *current = script_of(L)->current;
    bot_check(L, 1);
    lua_pushboolean(L, current != NULL && current->co == L && lua_isyieldable(L));
    return 1;
}
