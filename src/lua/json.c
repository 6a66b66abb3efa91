/* SPDX-License-Identifier: MIT */
/*
 * json: values to text (require "couplet.core.json"), by jansson, which is loaded with the module and stays;
 * and back (json_read.h). couplet.json gives the functions their names.
 *
 * On the way to text there is a tree of jansson's in between; a userdata (struct tree) owns it, so that an
 * error of Lua's leaves nothing behind. An array is a table with the metatable that couplet.json hands in, or
 * one with elements; null is json.null in an array, and nothing in an object.
 */
#include "base/library.h"
#include "lua/json_read.h"
#include "lua/open.h"

#include <jansson.h>
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

struct jansson {
    __typeof__(json_dumpb) *dumpb;
    __typeof__(json_delete) *delete;
    __typeof__(json_object) *object;
    __typeof__(json_object_set_new) *object_set_new;
    __typeof__(json_array) *array;
    __typeof__(json_array_append_new) *array_append_new;
    __typeof__(json_stringn) *stringn;
    __typeof__(json_integer) *integer;
    __typeof__(json_real) *real;
    __typeof__(json_true) *is_true;
    __typeof__(json_false) *is_false;
    __typeof__(json_null) *null;
};

#define SYMBOL(member, function) LIBRARY_SYMBOL(struct jansson, member, function)

static const struct library_symbol symbols[] = {SYMBOL(dumpb, json_dumpb),
                                                SYMBOL(delete, json_delete),
                                                SYMBOL(object, json_object),
                                                SYMBOL(object_set_new, json_object_set_new),
                                                SYMBOL(array, json_array),
                                                SYMBOL(array_append_new, json_array_append_new),
                                                SYMBOL(stringn, json_stringn),
                                                SYMBOL(integer, json_integer),
                                                SYMBOL(real, json_real),
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

static struct tree *push_tree(lua_State *L) {
    struct tree *t = lua_newuserdatauv(L, sizeof(*t), 0);
    *t = (struct tree){.lib = lib_of(L)};
    if (luaL_newmetatable(L, tree_type)) {
        lua_pushcfunction(L, tree_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return t;
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
    if (depth > JSON_DEPTH_MOST)
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
    static const luaL_Reg functions[] = {{"decode", json_decode}, {"encode", l_encode}, {NULL, NULL}};
    struct err err = ERR_INIT;
    luaL_newlibtable(L, functions);
    struct jansson *lib = lua_newuserdatauv(L, sizeof(*lib), 0);
    if (library_open_kept(&library, lib, &err) == NULL)
        return luaL_error(L, "%s", err.text);
    luaL_setfuncs(L, functions, 1);
    return 1;
}
