/* SPDX-License-Identifier: MIT */
/*
 * coroutine: resume, wrap and close as Lua 5.4 has them (manual 6.2), except that the watchdog is told which
 * thread runs: a count hook belongs to one thread, and a runaway inside a script's own coroutine must be
 * found too.
 */
#include "lua/open.h"
#include "lua/script.h"

/* Resumes co with the n arguments on top of L. Results (or the error) are moved to L. The number of results,
 * or -1. */
static int resume(lua_State *L, lua_State *co, int n) {
    struct watchdog *dog = script_of(L)->dog;
    int results, status;
    if (!lua_checkstack(co, n)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, n);
    lua_State *before = dog ? watchdog_enter(dog, co) : NULL;
    status = lua_resume(co, L, n, &results);
    if (dog)
        watchdog_leave(dog, before);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static int l_resume(lua_State *L) {
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    int n = resume(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, n >= 0);
    lua_insert(L, n >= 0 ? -(n + 1) : -2);
    return (n >= 0 ? n : 1) + 1;
}

static int wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int n = resume(L, co, lua_gettop(L));
    if (n >= 0)
        return n;
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD && lua_resetthread(co) != LUA_OK) {
        lua_pop(L, 1); /* closing its variables failed with an error of its own */
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int l_wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

int open_core_coroutine(lua_State *L) {
    static const luaL_Reg functions[] = {{"resume", l_resume}, {"wrap", l_wrap}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
