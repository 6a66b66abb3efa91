/* SPDX-License-Identifier: MIT */
#include "lua/guard.h"

#include "lua/value.h"

const char *const guard_keys[] = {"call", "with",    "allow",   "rate", "args",
                                  "help", "example", "confirm", NULL};

static void push_function(lua_State *L, bool is_command, const char *name) {
    lua_getglobal(L, "require");
    lua_pushstring(L, is_command ? "couplet.command" : "couplet.gate");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

void guard_wrap(lua_State *L, struct bot *b, enum hook_event event) {
    push_function(L, event == HOOK_COMMAND, "bind");
    lua_insert(L, -3);
    bot_push(L, b);
    lua_insert(L, -3);
    lua_call(L, 3, 2);
}

void guard_forget(lua_State *L, struct bot *b) {
    push_function(L, true, "forget");
    bot_push(L, b);
    lua_rotate(L, -3, 2);
    lua_call(L, 2, 0);
}

static int l_wrap(lua_State *L) {
    struct bot *b = lua_touserdata(L, 1);
    const struct config_hook *h = lua_touserdata(L, 2);
    lua_pushvalue(L, 3);
    value_push(L, h->guard);
    guard_wrap(L, b, h->spec.event);
    return 2;
}

static lua_Integer field(lua_State *L, const char *name) {
    lua_getfield(L, -1, name);
    lua_Integer value = lua_tointeger(L, -1);
    lua_pop(L, 1);
    return value;
}

/* The mistake, a table, is on top of the stack. */
static void add_mistake(lua_State *L, const struct config_hook *h, const char *file,
                        struct config_mistakes *m) {
    struct config_mark mark = h->mark;
    lua_Integer index = field(L, "index"), column = field(L, "column");
    lua_getfield(L, -1, "key");
    const char *key = luaL_optstring(L, -1, "");
    lua_getfield(L, -2, "text");
    if (strcmp(key, "args") == 0)
        mark = h->args_mark;
    else if (index >= 1 && (size_t)index <= h->example_count)
        mark = h->example_marks[index - 1];
    if (column > 1)
        mark.column += (int)column - 1;
    config_mistake_add(m, file, mark, "%s: %s", key, luaL_optstring(L, -1, ""));
    lua_pop(L, 2);
}

static int add_mistakes(lua_State *L, const struct config_hook *h, const char *file,
                        struct config_mistakes *m) {
    size_t count = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i);
        add_mistake(L, h, file, m);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return count > 0 ? -1 : 0;
}

int guard_load(struct bot *b, const struct config_hook *h, const char *file, struct config_mistakes *m) {
    lua_State *L = b->script->L;
    if (h->guard == NULL)
        return 0;
    lua_pushcfunction(L, l_wrap);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, b);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, (void *)h);
    lua_insert(L, -2);
    if (lua_pcall(L, 3, 2, 0) == LUA_OK)
        return add_mistakes(L, h, file, m);
    config_mistake_add(m, file, h->mark, "%s", lua_tostring(L, -1));
    return -1;
}
