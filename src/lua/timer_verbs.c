/* SPDX-License-Identifier: MIT */
#include "lua/timers.h"

#include "base/mem.h"

#include <math.h>

enum { JITTER_MOST = 86400 };

static const char handle_type[] = "couplet.timer";

static int handle_stop(lua_State *L) {
    struct timer **slot = luaL_checkudata(L, 1, handle_type);
    bool was = *slot != NULL && !(*slot)->stopped;
    if (was)
        timer_stop(*slot);
    lua_pushboolean(L, was);
    return 1;
}

static int handle_gc(lua_State *L) {
    struct timer **slot = luaL_checkudata(L, 1, handle_type);
    if (*slot != NULL)
        (*slot)->slot = NULL; /* the timer goes on without its handle */
    return 0;
}

static void push_handle(lua_State *L, struct timer *t) {
    struct timer **slot = lua_newuserdatauv(L, sizeof(*slot), 0);
    *slot = t;
    t->slot = slot;
    if (luaL_newmetatable(L, handle_type)) {
        lua_pushcfunction(L, handle_gc);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, handle_stop);
        lua_setfield(L, -2, "stop");
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    lua_setmetatable(L, -2);
}

/* The function on top of the stack is the timer's. Leaves the handle. */
static void bind(lua_State *L, struct timer *t) {
    char label[LUA_IDSIZE + 16];
    struct watch_limits limits = bot_limits(t->bot, NULL);
    binding_label(L, "timer", label, sizeof(label));
    t->binding = binding_new(L, label, &limits);
    push_handle(L, t);
}

int timers_after(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    double seconds = luaL_checknumber(L, 2);
    luaL_argcheck(L, seconds >= 0 && seconds <= 1e9, 2, "seconds from 0 to 1e9 are expected");
    luaL_checktype(L, 3, LUA_TFUNCTION);
    lua_settop(L, 3);
    struct timer *t = timer_new(b, 0, 0);
    bind(L, t);
    timer_start_once(t, (int64_t)ceil(seconds * 1000));
    return 1;
}

/* (…, options?, function): the function is at 4 afterwards, and the options at 3, or nil there. */
static void settle(lua_State *L, const char *const *known) {
    if (lua_isfunction(L, 3)) {
        lua_settop(L, 3);
        lua_pushnil(L);
        lua_insert(L, 3);
    }
    luaL_checktype(L, 4, LUA_TFUNCTION);
    lua_settop(L, 4);
    if (lua_isnil(L, 3))
        return;
    luaL_checktype(L, 3, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
        size_t i = 0;
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        while (known[i] != NULL && strcmp(known[i], name) != 0)
            i++;
        if (known[i] == NULL)
            luaL_error(L, "a timer has no option '%s'", name);
    }
}

static double jitter_option(lua_State *L, double most) {
    if (lua_isnil(L, 3))
        return 0;
    lua_getfield(L, 3, "jitter");
    double jitter = luaL_optnumber(L, -1, 0);
    if (!(jitter >= 0 && jitter <= JITTER_MOST && jitter < most))
        luaL_error(L, "jitter: seconds from 0 to %d are expected, and less than from run to run",
                   JITTER_MOST);
    lua_pop(L, 1);
    return jitter;
}

int timers_every(lua_State *L) {
    static const char *const known[] = {"jitter", NULL};
    struct bot *b = bot_check(L, 1);
    double seconds = luaL_checknumber(L, 2);
    luaL_argcheck(L, seconds >= 0.01 && seconds <= 1e9, 2, "seconds from 0.01 to 1e9 are expected");
    settle(L, known);
    struct timer *t = timer_new(b, seconds, jitter_option(L, seconds));
    bind(L, t);
    timer_start(t);
    return 1;
}

int timers_cron(lua_State *L) {
    static const char *const known[] = {"jitter", "tz", NULL};
    struct bot *b = bot_check(L, 1);
    const char *pattern = luaL_checkstring(L, 2), *tz = NULL;
    struct schedule plan;
    struct err err = ERR_INIT;
    settle(L, known);
    double jitter = jitter_option(L, HUGE_VAL);
    if (!lua_isnil(L, 3)) {
        lua_getfield(L, 3, "tz");
        tz = luaL_optstring(L, -1, NULL); /* the options hold it */
        lua_pop(L, 1);
    }
    if (schedule_init(&plan, pattern, tz, jitter, &err) < 0)
        return luaL_error(L, "bot:cron: %s", err.text);
    struct timer *t = timer_new(b, 0, 0);
    t->plan = mem_new(struct schedule);
    *t->plan = plan;
    bind(L, t);
    timer_start(t);
    return 1;
}
