/* SPDX-License-Identifier: MIT */
#include "lua/pack.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { DEPTH_MOST = 32, SLOTS = 6 };

/* ---- as bytes ---- */

struct packer {
    char *at; /* NULL: only measured */
    size_t len;
};

static void put(struct packer *p, const void *bytes, size_t len) {
    if (p->at != NULL)
        memcpy(p->at + p->len, bytes, len);
    p->len += len;
}

static void put_char(struct packer *p, char c) {
    put(p, &c, 1);
}

static void put_little(struct packer *p, uint64_t n, int bytes) {
    for (int i = 0; i < bytes; i++)
        put_char(p, (char)(n >> (8 * i)));
}

static void put_number(struct packer *p, lua_State *L) {
    double d = lua_tonumber(L, -1);
    uint64_t bits;
    if (lua_isinteger(L, -1)) {
        put_char(p, 'i');
        put_little(p, (uint64_t)lua_tointeger(L, -1), 8);
        return;
    }
    memcpy(&bits, &d, sizeof(bits));
    put_char(p, 'd');
    put_little(p, bits, 8);
}

static void put_string(struct packer *p, lua_State *L) {
    size_t len;
    const char *s = lua_tolstring(L, -1, &len);
    put_char(p, 's');
    put_little(p, len, 4);
    put(p, s, len);
}

/* The value on top. False: it is none that can be kept. */
static bool pack(struct packer *p, lua_State *L, int depth) {
    switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
        put_number(p, L);
        return true;
    case LUA_TSTRING:
        put_string(p, L);
        return true;
    case LUA_TBOOLEAN:
        put_char(p, lua_toboolean(L, -1) ? 'T' : 'F');
        return true;
    case LUA_TTABLE:
        break;
    default:
        return false;
    }
    if (depth > DEPTH_MOST + 1 || !lua_checkstack(L, SLOTS))
        return false;
    put_char(p, '{');
    int top = lua_gettop(L);
    bool is_good = true;
    for (lua_pushnil(L); is_good && lua_next(L, top);) {
        lua_pushvalue(L, -2);
        is_good = pack(p, L, depth + 1);
        lua_pop(L, 1);
        is_good = is_good && pack(p, L, depth + 1);
        lua_pop(L, 1);
    }
    lua_settop(L, top);
    put_char(p, '}');
    return is_good;
}

int pack_value(lua_State *L) {
    struct packer p = {NULL, 0};
    luaL_Buffer out;
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    if (!pack(&p, L, 1))
        return luaL_error(L, "what is to be packed is no value of bot.store");
    char *to = luaL_buffinitsize(L, &out, p.len + 1);
    int top = lua_gettop(L);
    to[0] = PACK_VERSION;
    p = (struct packer){to + 1, 0};
    lua_pushvalue(L, 1);
    pack(&p, L, 1);
    lua_settop(L, top);
    luaL_pushresultsize(&out, p.len + 1);
    return 1;
}

/* ---- as a copy ---- */

static int count(lua_State *L, int table) {
    int n = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n++;
    return n;
}

static bool is_plain(lua_State *L, int idx) {
    int type = lua_type(L, idx);
    return type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN;
}

static bool copy(lua_State *L, int depth);

/* The pairs of the table at `from` into the one at from + 1. */
static bool copy_pairs(lua_State *L, int from, int depth) {
    for (lua_pushnil(L); lua_next(L, from);) {
        if (!is_plain(L, -2) || (!is_plain(L, -1) && !copy(L, depth + 1)))
            return false;
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, from + 1);
    }
    return true;
}

/* In place of the value on top; false: it is no plain table, and the stack is in disorder. */
static bool copy(lua_State *L, int depth) {
    int from = lua_gettop(L);
    if (depth > DEPTH_MOST || !lua_istable(L, from) || !lua_checkstack(L, SLOTS))
        return false;
    if (lua_getmetatable(L, from))
        return false;
    int array = (int)lua_rawlen(L, from), all = count(L, from);
    lua_createtable(L, array, all > array ? all - array : 0);
    if (!copy_pairs(L, from, depth))
        return false;
    lua_remove(L, from);
    return true;
}

int pack_copy(lua_State *L) {
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    return copy(L, 1) ? 1 : 0;
}
