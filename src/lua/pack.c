/* SPDX-License-Identifier: MIT */
#include "lua/pack.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { DEPTH_MOST = 32, SLOTS = 6, SMALL = 4096 };

/* ---- as bytes ---- */

struct packer {
    char *to; /* what does not fit is only measured */
    size_t cap, len;
    bool is_plain; /* what has a metatable is none that can be kept */
};

static void put(struct packer *p, const void *bytes, size_t len) {
    if (len <= p->cap && p->len <= p->cap - len)
        memcpy(p->to + p->len, bytes, len);
    p->len += len;
}

static void put_char(struct packer *p, char c) {
    put(p, &c, 1);
}

/* A letter and a number, the lowest byte first. */
static void put_little(struct packer *p, char kind, uint64_t n, int bytes) {
    unsigned char out[9] = {(unsigned char)kind};
    for (int i = 0; i < 8; i++)
        out[i + 1] = (unsigned char)(n >> (8 * i));
    put(p, out, 1 + (size_t)bytes);
}

static void put_number(struct packer *p, lua_State *L) {
    double d = lua_tonumber(L, -1);
    uint64_t bits;
    memcpy(&bits, &d, sizeof(bits));
    if (lua_isinteger(L, -1))
        put_little(p, 'i', (uint64_t)lua_tointeger(L, -1), 8);
    else
        put_little(p, 'd', bits, 8);
}

static void put_string(struct packer *p, lua_State *L) {
    size_t len;
    const char *s = lua_tolstring(L, -1, &len);
    put_little(p, 's', len, 4);
    put(p, s, len);
}

static bool pack(struct packer *p, lua_State *L, int depth);

static bool pack_table(struct packer *p, lua_State *L, int depth) {
    int top = lua_gettop(L);
    bool is_good = true;
    if (depth > DEPTH_MOST + !p->is_plain || !lua_checkstack(L, SLOTS))
        return false;
    if (p->is_plain && lua_getmetatable(L, top))
        return false;
    put_char(p, '{');
    for (lua_pushnil(L); is_good && lua_next(L, top); lua_settop(L, top + 1)) {
        lua_pushvalue(L, top + 1);
        is_good = !lua_istable(L, -1) && pack(p, L, depth + 1);
        lua_settop(L, top + 2);
        is_good = is_good && pack(p, L, depth + 1);
    }
    lua_settop(L, top);
    put_char(p, '}');
    return is_good;
}

/* The value on top. False: it is none that can be kept, and the stack may have more on it. */
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
        return pack_table(p, L, depth);
    default:
        return false;
    }
}

/* What is long is packed twice. The memory for it may call finalizers (__gc) in between, and they may do
 * anything, to what is packed too. */
static void push_long(lua_State *L, size_t len, bool is_plain) {
    luaL_Buffer out;
    struct packer p = {.to = luaL_buffinitsize(L, &out, len), .cap = len, .len = 1, .is_plain = is_plain};
    p.to[0] = PACK_VERSION;
    int top = lua_gettop(L);
    lua_pushvalue(L, 1);
    if (!pack(&p, L, 1) || p.len > p.cap)
        luaL_error(L, "what is to be packed was changed meanwhile, by a finalizer (__gc)");
    lua_settop(L, top);
    luaL_pushresultsize(&out, p.len);
}

/* Nothing here raises before all of it is packed. */
static bool push_packed(lua_State *L, bool is_plain) {
    char small[SMALL] = {PACK_VERSION};
    struct packer p = {.to = small, .cap = SMALL, .len = 1, .is_plain = is_plain};
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    if (!pack(&p, L, 1))
        return false;
    if (p.len <= SMALL)
        lua_pushlstring(L, small, p.len);
    else
        push_long(L, p.len, is_plain);
    return true;
}

int pack_value(lua_State *L) {
    if (!push_packed(L, false))
        return luaL_error(L, "what is to be packed is no value of bot.store");
    return 1;
}

int pack_plain(lua_State *L) {
    return push_packed(L, true) ? 1 : 0;
}

/* ---- from bytes ---- */

struct reader {
    const unsigned char *at, *end;
};

static void need(lua_State *L, const struct reader *r, size_t len) {
    if ((size_t)(r->end - r->at) < len)
        luaL_error(L, "what is on disk is not understood");
}

static uint64_t take_little(lua_State *L, struct reader *r, int bytes) {
    uint64_t n = 0;
    need(L, r, (size_t)bytes);
    for (int i = 0; i < bytes; i++)
        n |= (uint64_t)r->at[i] << (8 * i);
    r->at += bytes;
    return n;
}

static const char *take_string(lua_State *L, struct reader *r, size_t *len) {
    *len = (size_t)take_little(L, r, 4);
    need(L, r, *len);
    r->at += *len;
    return (const char *)r->at - *len;
}

static unsigned char take_kind(lua_State *L, struct reader *r) {
    need(L, r, 1);
    return *r->at++;
}

/* Over one value; of a table over its end. Nothing is checked but where it ends. */
static void skip(lua_State *L, struct reader *r) {
    size_t len;
    int depth = 0;
    do {
        unsigned char kind = take_kind(L, r);
        depth += kind == '{' ? 1 : kind == '}' ? -1 : 0;
        if (kind == 's')
            take_string(L, r, &len);
        else if (kind == 'i' || kind == 'd')
            take_little(L, r, 8);
    } while (depth > 0);
}

/* A table for what comes up to the next '}', of the right size. */
static void push_table(lua_State *L, struct reader ahead) {
    int array = 0, rest = 0;
    for (; ahead.at < ahead.end && *ahead.at != '}'; skip(L, &ahead)) {
        array += *ahead.at == 'i';
        rest += *ahead.at != 'i';
        skip(L, &ahead);
    }
    lua_createtable(L, array, rest);
}

static void unpack(lua_State *L, struct reader *r, int depth);

static void unpack_table(lua_State *L, struct reader *r, int depth) {
    if (depth > DEPTH_MOST + 1)
        luaL_error(L, "what is on disk is not understood");
    luaL_checkstack(L, SLOTS, "bot.store");
    push_table(L, *r);
    while (need(L, r, 1), *r->at != '}') {
        unpack(L, r, depth + 1);
        unpack(L, r, depth + 1);
        lua_rawset(L, -3);
    }
    r->at++;
}

static void unpack(lua_State *L, struct reader *r, int depth) {
    unsigned char kind = take_kind(L, r);
    const char *s;
    size_t len;
    uint64_t bits;
    double d;
    switch (kind) {
    case 'i':
        lua_pushinteger(L, (lua_Integer)take_little(L, r, 8));
        break;
    case 'd':
        bits = take_little(L, r, 8);
        memcpy(&d, &bits, sizeof(d));
        lua_pushnumber(L, d);
        break;
    case 's':
        s = take_string(L, r, &len);
        lua_pushlstring(L, s, len);
        break;
    case 'T':
    case 'F':
        lua_pushboolean(L, kind == 'T');
        break;
    case '{':
        unpack_table(L, r, depth);
        break;
    default:
        luaL_error(L, "what is on disk is not understood");
    }
}

int pack_unpack(lua_State *L) {
    size_t len;
    const unsigned char *bytes = (const unsigned char *)luaL_checklstring(L, 1, &len);
    struct reader r = {bytes + 1, bytes + len};
    if (len == 0 || bytes[0] != PACK_VERSION)
        return luaL_error(L, "what is on disk was written by another version");
    unpack(L, &r, 1);
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
