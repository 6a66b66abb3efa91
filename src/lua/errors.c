/* SPDX-License-Identifier: MIT */
/* errors: { type, condition, text, by }, the one shape of errors that can happen (lua/couplet/errors.lua). */
#include "lua/bot.h"

static void set(lua_State *L, const char *field, const char *value) {
    if (value == NULL)
        return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

int errors_push(lua_State *L, const char *type, const char *condition, const char *text, const char *by) {
    luaL_checkstack(L, 5, "error");
    lua_pushnil(L);
    lua_createtable(L, 0, 4);
    set(L, "type", type);
    set(L, "condition", condition);
    set(L, "text", text);
    set(L, "by", by);
    script_push_error_mt(script_of(L), L);
    lua_setmetatable(L, -2);
    return 2;
}

struct str errors_field(lua_State *L, int idx, const char *name) {
    struct str v = STR_NONE;
    idx = lua_absindex(L, idx);
    lua_pushstring(L, name);
    lua_rawget(L, idx);
    if (lua_type(L, -1) == LUA_TSTRING)
        v.s = lua_tolstring(L, -1, &v.len);
    lua_pop(L, 1); /* the table holds it */
    return v;
}
