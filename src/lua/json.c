/* SPDX-License-Identifier: MIT */
/*
 * json: text to values and back (require "couplet.core.json"), by jansson, which is loaded with the module
 * and stays. couplet.json gives the functions their names.
 *
 * Either way there is a tree of jansson's in between; a userdata (struct tree) owns it, so that an error of
 * Lua's leaves nothing behind. An array is a table with the metatable that couplet.json hands in, or one with
 * elements; null is json.null in an array, and nothing in an object.
 */
#include "base/library.h"
#include "lua/open.h"

#include <jansson.h>
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { DEPTH_MOST = 200 };

struct jansson {
    __typeof__(json_loadb) *loadb;
    __typeof__(json_dumpb) *dumpb;
    __typeof__(json_delete) *delete;
    __typeof__(json_object) *object;
    __typeof__(json_object_iter) *iter;
    __typeof__(json_object_iter_next) *iter_next;
    __typeof__(json_object_iter_key) *iter_key;
    __typeof__(json_object_iter_value) *iter_value;
    __typeof__(json_object_size) *object_size;
    __typeof__(json_object_set_new) *object_set_new;
    __typeof__(json_array) *array;
    __typeof__(json_array_size) *array_size;
    __typeof__(json_array_get) *array_get;
    __typeof__(json_array_append_new) *array_append_new;
    __typeof__(json_stringn) *stringn;
    __typeof__(json_string_value) *string_value;
    __typeof__(json_string_length) *string_length;
    __typeof__(json_integer) *integer;
    __typeof__(json_integer_value) *integer_value;
    __typeof__(json_real) *real;
    __typeof__(json_real_value) *real_value;
    __typeof__(json_true) *is_true;
    __typeof__(json_false) *is_false;
    __typeof__(json_null) *null;
};

#define SYMBOL(member, function) LIBRARY_SYMBOL(struct jansson, member, function)

static const struct library_symbol symbols[] = {SYMBOL(loadb, json_loadb),
                                                SYMBOL(dumpb, json_dumpb),
                                                SYMBOL(delete, json_delete),
                                                SYMBOL(object, json_object),
                                                SYMBOL(iter, json_object_iter),
                                                SYMBOL(iter_next, json_object_iter_next),
                                                SYMBOL(iter_key, json_object_iter_key),
                                                SYMBOL(iter_value, json_object_iter_value),
                                                SYMBOL(object_size, json_object_size),
                                                SYMBOL(object_set_new, json_object_set_new),
                                                SYMBOL(array, json_array),
                                                SYMBOL(array_size, json_array_size),
                                                SYMBOL(array_get, json_array_get),
                                                SYMBOL(array_append_new, json_array_append_new),
                                                SYMBOL(stringn, json_stringn),
                                                SYMBOL(string_value, json_string_value),
                                                SYMBOL(string_length, json_string_length),
                                                SYMBOL(integer, json_integer),
                                                SYMBOL(integer_value, json_integer_value),
                                                SYMBOL(real, json_real),
                                                SYMBOL(real_value, json_real_value),
                                                SYMBOL(is_true, json_true),
                                                SYMBOL(is_false, json_false),
                                                SYMBOL(null, json_null),
                                                {NULL, 0}};
static const struct library library = {"libjansson.so.4", "libjansson4", symbols};

struct tree {
    const struct jansson *lib;
    json_t *root; /* owned; NULL: none */
};

static const char tree_type[] = "couplet.json.tree";

static const struct jansson *lib_of(lua_State *L) {
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* json_decref of jansson.h calls into the library by name; we have no other references. */
static void release(const struct jansson *lib, json_t *j) {
    if (j != NULL && j->refcount != (size_t)-1 && --j->refcount == 0)
        lib->delete (j);
}

static int tree_gc(lua_State *L) {
    struct tree *t = luaL_checkudata(L, 1, tree_type);
    release(t->lib, t->root);
    t->root = NULL;
    return 0;
}

/* It holds on to the functions that its end needs: both may be garbage at the same time. */
static struct tree *push_tree(lua_State *L) {
    struct tree *t = lua_newuserdatauv(L, sizeof(*t), 1);
    *t = (struct tree){.lib = lib_of(L)};
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setiuservalue(L, -2, 1);
    if (luaL_newmetatable(L, tree_type)) {
        lua_pushcfunction(L, tree_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return t;
}

/* ---- from text; the metatable of arrays is at 2 ---- */

static void push_value(lua_State *L, const struct jansson *lib, json_t *j, int depth);

static void push_array(lua_State *L, const struct jansson *lib, json_t *j, int depth) {
    size_t count = lib->array_size(j);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_value(L, lib, lib->array_get(j, i), depth + 1);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushvalue(L, 2);
    lua_setmetatable(L, -2);
}

static void push_object(lua_State *L, const struct jansson *lib, json_t *j, int depth) {
    lua_createtable(L, 0, (int)lib->object_size(j));
    for (void *at = lib->iter(j); at != NULL; at = lib->iter_next(j, at)) {
        json_t *value = lib->iter_value(at);
        if (json_is_null(value))
            continue;
        lua_pushstring(L, lib->iter_key(at));
        push_value(L, lib, value, depth + 1);
        lua_rawset(L, -3);
    }
}

static void push_value(lua_State *L, const struct jansson *lib, json_t *j, int depth) {
    luaL_checkstack(L, 6, "JSON");
    if (depth > DEPTH_MOST)
        luaL_error(L, "nested too deep");
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        push_object(L, lib, j, depth);
        break;
    case JSON_ARRAY:
        push_array(L, lib, j, depth);
        break;
    case JSON_STRING:
        lua_pushlstring(L, lib->string_value(j), lib->string_length(j));
        break;
    case JSON_INTEGER:
        lua_pushinteger(L, lib->integer_value(j));
        break;
    case JSON_REAL:
        lua_pushnumber(L, lib->real_value(j));
        break;
    case JSON_NULL:
        lua_pushlightuserdata(L, NULL);
        break;
    default:
        lua_pushboolean(L, json_is_true(j));
    }
}

/* decode(text, array_mt) -> value | nil, reason. Depth is limited by raising, which couplet.json catches. */
static int l_decode(lua_State *L) {
    const struct jansson *lib = lib_of(L);
    json_error_t error;
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    struct tree *t = push_tree(L);
    t->root = lib->loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (t->root == NULL) {
        lua_pushnil(L);
        lua_pushfstring(L, "line %d, column %d: %s", error.line, error.column, error.text);
        return 2;
    }
    push_value(L, lib, t->root, 1);
    release(lib, t->root); /* now, not when Lua finds the time */
    t->root = NULL;
    return 1;
}

/* ---- to text; each new value goes into the tree before anything can raise ---- */

static json_t *scalar(lua_State *L, const struct jansson *lib, int idx) {
    size_t len;
    const char *text;
    switch (lua_type(L, idx)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, idx, &len);
        return lib->stringn(text, len);
    case LUA_TNUMBER:
        if (lua_isinteger(L, idx))
            return lib->integer(lua_tointeger(L, idx));
        return isfinite(lua_tonumber(L, idx)) ? lib->real(lua_tonumber(L, idx)) : NULL;
    case LUA_TBOOLEAN:
        return lua_toboolean(L, idx) ? lib->is_true() : lib->is_false();
    case LUA_TLIGHTUSERDATA:
        return lua_touserdata(L, idx) == NULL ? lib->null() : NULL;
    default:
        return NULL;
    }
}

static bool is_array(lua_State *L, int idx) {
    bool is_marked = lua_getmetatable(L, idx) && lua_rawequal(L, -1, 2);
    lua_settop(L, idx);
    return is_marked || lua_rawlen(L, idx) > 0;
}

static void fill(lua_State *L, const struct jansson *lib, json_t *to, int depth);

/* The value on top, which goes, as an empty container or a scalar; NULL: it is none. */
static json_t *make(lua_State *L, const struct jansson *lib) {
    int top = lua_gettop(L);
    if (!lua_istable(L, top))
        return scalar(L, lib, top);
    return is_array(L, top) ? lib->array() : lib->object();
}

static void no_value(lua_State *L) {
    int type = lua_type(L, -1);
    const char *what = type == LUA_TSTRING   ? "a string that is not UTF-8"
                       : type == LUA_TNUMBER ? "a number that is none"
                                             : luaL_typename(L, -1);
    luaL_error(L, "JSON has no way to write %s", what);
}

static void fill_array(lua_State *L, const struct jansson *lib, json_t *to, int depth) {
    int table = lua_gettop(L);
    lua_Integer count = (lua_Integer)lua_rawlen(L, table);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, table, i);
        json_t *value = make(L, lib);
        if (value == NULL || lib->array_append_new(to, value) < 0)
            no_value(L);
        fill(L, lib, value, depth + 1);
        lua_settop(L, table);
    }
}

static void fill_object(lua_State *L, const struct jansson *lib, json_t *to, int depth) {
    int table = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        size_t len = 0;
        const char *key = lua_type(L, table + 1) == LUA_TSTRING ? lua_tolstring(L, table + 1, &len) : NULL;
        if (key == NULL || strlen(key) != len)
            luaL_error(L, "JSON has no way to write a key that is no text");
        json_t *value = make(L, lib);
        if (value == NULL)
            no_value(L);
        if (lib->object_set_new(to, key, value) < 0) /* it has let the value go */
            luaL_error(L, "JSON has no way to write a key that is not UTF-8");
        fill(L, lib, value, depth + 1);
        lua_settop(L, table + 1);
    }
}

/* What is in the table on top goes into `to`; of a scalar nothing. */
static void fill(lua_State *L, const struct jansson *lib, json_t *to, int depth) {
    luaL_checkstack(L, 6, "JSON");
    if (depth > DEPTH_MOST)
        luaL_error(L, "nested too deep (or in itself)");
    if (json_is_array(to))
        fill_array(L, lib, to, depth);
    else if (json_is_object(to))
        fill_object(L, lib, to, depth);
}

/* encode(value, array_mt) -> text; raises at what JSON cannot say. Keys in their order. */
static int l_encode(lua_State *L) {
    enum { FLAGS = JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS };
    const struct jansson *lib = lib_of(L);
    luaL_Buffer out;
    luaL_checkany(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    struct tree *t = push_tree(L);
    lua_pushvalue(L, 1);
    t->root = make(L, lib);
    if (t->root == NULL)
        no_value(L);
    fill(L, lib, t->root, 1);
    size_t len = lib->dumpb(t->root, NULL, 0, FLAGS);
    char *to = luaL_buffinitsize(L, &out, len);
    lib->dumpb(t->root, to, len, FLAGS);
    luaL_pushresultsize(&out, len);
    return 1;
}

int open_core_json(lua_State *L) {
    static const luaL_Reg functions[] = {{"decode", l_decode}, {"encode", l_encode}, {NULL, NULL}};
    struct err err = ERR_INIT;
    luaL_newlibtable(L, functions);
    struct jansson *lib = lua_newuserdatauv(L, sizeof(*lib), 0);
    if (library_open_kept(&library, lib, &err) == NULL)
        return luaL_error(L, "%s", err.text);
    luaL_setfuncs(L, functions, 1);
    return 1;
}
