/* SPDX-License-Identifier: MIT */
#include "lua/extensions.h"

#include "base/mem.h"
#include "lua/features.h"
#include "lua/script.h"

#include <stdlib.h>

struct entry {
    char kind;
    char *name, *module; /* owned */
};

struct extensions {
    struct entry *list; /* sorted; owned */
    size_t count;
};

static const struct {
    char kind;
    const char *table;
} kinds[] = {
    {'o', "objects"}, {'p', "parts"}, {'m', "methods"}, {'e', "event_methods"}, {'f', "event_fields"}};

static int compare(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    return x->kind != y->kind ? x->kind - y->kind : strcmp(x->name, y->name);
}

static void push_tables(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.extensions");
    lua_call(L, 1, 1);
}

/* The table of a kind is on top. */
static void read_table(lua_State *L, struct extensions *e, char kind) {
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *name = luaL_checkstring(L, -2), *module = luaL_checkstring(L, -1);
        e->list = mem_array(e->list, e->count + 1, sizeof(*e->list));
        e->list[e->count++] = (struct entry){kind, mem_strdup(name), mem_strdup(module)};
    }
}

struct extensions *extensions_read(lua_State *L) {
    struct extensions *e = mem_new(struct extensions);
    push_tables(L);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        lua_getfield(L, -1, kinds[i].table);
        luaL_checktype(L, -1, LUA_TTABLE);
        read_table(L, e, kinds[i].kind);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    qsort(e->list, e->count, sizeof(*e->list), compare);
    return e;
}

void extensions_free(struct extensions *e) {
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->count; i++) {
        mem_free(e->list[i].name);
        mem_free(e->list[i].module);
    }
    mem_free(e->list);
    mem_free(e);
}

/* Pushes the module; false: there is none. */
static bool push_module(lua_State *L, const struct extensions *e, char kind, const char *name) {
    const struct entry key = {.kind = kind, .name = (char *)(uintptr_t)name};
    const struct entry *found =
        e->count > 0 ? bsearch(&key, e->list, e->count, sizeof(*e->list), compare) : NULL;
    if (found != NULL)
        lua_pushstring(L, found->module);
    return found != NULL;
}

/* The same from the Lua table itself, where nothing was compiled (`couplet lua`). */
static bool push_module_slowly(lua_State *L, char kind, const char *name) {
    push_tables(L);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].kind == kind)
            lua_getfield(L, -1, kinds[i].table);
    lua_getfield(L, -1, name);
    return lua_isstring(L, -1);
}

int extensions_find(lua_State *L) {
    const struct features *f = script_of(L)->features;
    const char *kind = luaL_checkstring(L, 1);
    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    const char *name = lua_tostring(L, 2);
    for (; *kind != '\0'; kind++) {
        if (f != NULL ? push_module(L, features_extensions(f), *kind, name)
                      : push_module_slowly(L, *kind, name)) {
            lua_pushlstring(L, kind, 1);
            return 2;
        }
    }
    return 0;
}
