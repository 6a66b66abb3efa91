/* SPDX-License-Identifier: MIT */
#include "lua/value.h"

#include <lauxlib.h>

static void push_list(lua_State *L, const struct config_value *v) {
    lua_createtable(L, (int)v->count, 0);
    for (size_t i = 0; i < v->count; i++) {
        value_push(L, &v->items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_map(lua_State *L, const struct config_value *v) {
    lua_createtable(L, 0, (int)v->count);
    for (size_t i = 0; i < v->count; i++) {
        lua_pushstring(L, v->keys[i]);
        value_push(L, &v->items[i]);
        lua_rawset(L, -3);
    }
}

void value_push(lua_State *L, const struct config_value *v) {
    luaL_checkstack(L, 4, "configuration");
    switch (v->kind) {
    case CONFIG_NULL:
        lua_pushnil(L);
        break;
    case CONFIG_BOOL:
        lua_pushboolean(L, v->boolean);
        break;
    case CONFIG_INT:
        lua_pushinteger(L, v->integer);
        break;
    case CONFIG_FLOAT:
        lua_pushnumber(L, v->number);
        break;
    case CONFIG_STRING:
        lua_pushstring(L, v->string);
        break;
    case CONFIG_LIST:
        push_list(L, v);
        break;
    case CONFIG_MAP:
        push_map(L, v);
        break;
    }
}
