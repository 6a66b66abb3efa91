/* SPDX-License-Identifier: MIT */
/*
 * Straight from the text to tables: no tree in between, and nothing allocated but by Lua, so that whatever
 * raises leaves nothing behind. The first members of an array or an object wait on the stack, and their table
 * is made when it is known how many there are; of a long one the rest is added as it comes.
 *
 * Of an object the last of several members of one name counts. Numbers are integers of 64 bits where they
 * have neither fraction nor exponent; what does not fit is refused.
 */
#include "lua/json_read.h"

#include "lua/json_string.h"

#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WAIT_MOST = 32, SLOTS = 8, ARRAY_MT = 2 };

/* The next byte that is no white space; 0: there is none (or it is one of those that nothing begins with). */
static char peek(struct json_reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
    return r->at < r->end ? *r->at : '\0';
}

static void expect(struct json_reader *r, char c, const char *what) {
    if (peek(r) != c)
        json_wrong(r, what);
    r->at++;
}

/* ---- numbers and words ---- */

static bool is_digit(const struct json_reader *r) {
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static void skip_digits(struct json_reader *r) {
    if (!is_digit(r))
        json_wrong(r, "a digit is expected");
    while (is_digit(r))
        r->at++;
}

/* Over [frac] [exp]. False: there is neither. */
static bool skip_fraction(struct json_reader *r) {
    const char *begin = r->at;
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        skip_digits(r);
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
            r->at++;
        skip_digits(r);
    }
    return r->at > begin;
}

/* Lua's own reading knows the locale, and the cap on its memory. */
static void push_float(struct json_reader *r, const char *begin) {
    const char *text = lua_pushlstring(r->L, begin, (size_t)(r->at - begin));
    if (lua_stringtonumber(r->L, text) == 0 || isinf(lua_tonumber(r->L, -1)))
        json_wrong(r, "this number is too large");
    lua_remove(r->L, -2);
}

static void push_integer(struct json_reader *r, const char *begin) {
    bool is_negative = *begin == '-';
    uint64_t n = 0, most = (uint64_t)INT64_MAX + is_negative;
    for (const char *s = begin + is_negative; s < r->at; s++) {
        unsigned digit = (unsigned)(*s - '0');
        if (n > (most - digit) / 10)
            json_wrong(r, "this integer is too large");
        n = n * 10 + digit;
    }
    lua_pushinteger(r->L, (lua_Integer)(is_negative ? 0 - n : n));
}

static void push_number(struct json_reader *r) {
    const char *begin = r->at;
    r->at += *r->at == '-';
    if (r->at < r->end && *r->at == '0')
        r->at++;
    else
        skip_digits(r);
    if (is_digit(r))
        json_wrong(r, "a number does not begin with 0");
    if (skip_fraction(r))
        push_float(r, begin);
    else
        push_integer(r, begin);
}

static void skip_word(struct json_reader *r, const char *word) {
    size_t len = strlen(word);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        json_wrong(r, "a value is expected");
    r->at += len;
}

/* ---- arrays and objects ---- */

static void push_value(struct json_reader *r, int depth);

/* A member separator, or the end, which is passed over: false. */
static bool has_more(struct json_reader *r, char end, const char *what) {
    char c = peek(r);
    if (c != ',' && c != end)
        json_wrong(r, what);
    r->at++;
    return c == ',';
}

/* `count` elements that wait on the stack go into a table below them. */
static void gather_elements(lua_State *L, int count) {
    lua_createtable(L, count, 0);
    lua_insert(L, -count - 1);
    for (int i = count; i > 0; i--)
        lua_rawseti(L, -i - 1, i);
}

static void push_array(struct json_reader *r, int depth) {
    lua_State *L = r->L;
    lua_Integer n = 0;
    r->at++;
    bool more = peek(r) != ']';
    r->at += !more;
    for (; more && n < WAIT_MOST; n++) {
        push_value(r, depth);
        more = has_more(r, ']', "',' or ']' is expected");
    }
    gather_elements(L, (int)n);
    while (more) {
        push_value(r, depth);
        lua_rawseti(L, -2, ++n);
        more = has_more(r, ']', "',' or ']' is expected");
    }
    lua_pushvalue(L, ARRAY_MT);
    lua_setmetatable(L, -2);
}

/* name and value; null is nil. */
static bool push_member(struct json_reader *r, int depth) {
    size_t len;
    if (peek(r) != '"')
        json_wrong(r, "a name in quotes is expected");
    json_push_string(r);
    const char *name = lua_tolstring(r->L, -1, &len);
    if (memchr(name, '\0', len) != NULL)
        json_wrong(r, "a name with a NUL");
    expect(r, ':', "':' is expected");
    if (peek(r) == 'n') {
        skip_word(r, "null");
        lua_pushnil(r->L);
    } else {
        push_value(r, depth);
    }
    return has_more(r, '}', "',' or '}' is expected");
}

/* `count` names and values that wait on the stack, in their order, into a table in their place. */
static void gather_members(lua_State *L, int count) {
    int first = lua_gettop(L) - 2 * count + 1;
    lua_createtable(L, 0, count);
    for (int i = 0; i < count; i++) {
        lua_pushvalue(L, first + 2 * i);
        lua_pushvalue(L, first + 2 * i + 1);
        lua_rawset(L, -3);
    }
    lua_insert(L, first);
    lua_settop(L, first);
}

static void push_object(struct json_reader *r, int depth) {
    lua_State *L = r->L;
    int n = 0;
    r->at++;
    bool more = peek(r) != '}';
    r->at += !more;
    for (; more && n < WAIT_MOST; n++)
        more = push_member(r, depth);
    gather_members(L, n);
    while (more) {
        more = push_member(r, depth);
        lua_rawset(L, -3);
    }
}

static void push_nested(struct json_reader *r, int depth) {
    if (depth > JSON_DEPTH_MOST)
        json_wrong(r, "nested too deep");
    luaL_checkstack(r->L, 2 * WAIT_MOST + SLOTS, "JSON");
    if (*r->at == '[')
        push_array(r, depth);
    else
        push_object(r, depth);
}

static void push_value(struct json_reader *r, int depth) {
    char c = peek(r);
    switch (c) {
    case '"':
        json_push_string(r);
        break;
    case '[':
    case '{':
        push_nested(r, depth + 1);
        break;
    case 't':
    case 'f':
        skip_word(r, c == 't' ? "true" : "false");
        lua_pushboolean(r->L, c == 't');
        break;
    case 'n':
        skip_word(r, "null");
        lua_pushlightuserdata(r->L, NULL);
        break;
    default:
        if (c != '-' && !is_digit(r))
            json_wrong(r, "a value is expected");
        push_number(r);
    }
}

int json_decode(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    struct json_reader r = {.L = L, .begin = text, .at = text, .end = text + len};
    luaL_checktype(L, ARRAY_MT, LUA_TTABLE);
    lua_settop(L, ARRAY_MT);
    push_value(&r, 0);
    peek(&r);
    return r.at == r.end ? 1 : json_wrong(&r, "there is more behind the value");
}
