/* SPDX-License-Identifier: MIT */
/* jid: preparation of addresses for lua/couplet/jid.lua; splitting and the rest is Lua. */
#include "base/jid.h"

#include "lua/open.h"

#include <lauxlib.h>

static void push_part(lua_State *L, const char *part) {
    lua_pushstring(L, part); /* NULL pushes nil */
}

/* prep(node|nil, host, resource|nil) -> node, host, resource | nil, reason */
static int l_prep(lua_State *L) {
    struct jid j;
    struct err err = ERR_INIT;
    const char *node = luaL_optstring(L, 1, NULL), *host = luaL_checkstring(L, 2),
               *resource = luaL_optstring(L, 3, NULL);
    if (jid_prep(node, host, resource, &j, &err) < 0) {
        lua_pushnil(L);
        lua_pushstring(L, err.text);
        return 2;
    }
    push_part(L, j.node);
    push_part(L, j.host);
    push_part(L, j.resource);
    jid_finish(&j);
    return 3;
}

int open_core_jid(lua_State *L) {
    static const luaL_Reg functions[] = {{"prep", l_prep}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
