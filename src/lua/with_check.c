/* SPDX-License-Identifier: MIT */
#include "lua/with_check.h"

#include "base/mem.h"

/* Where the value stands that the path at the top of the stack leads to; the last that is found of it. */
static struct config_mark mark_at(lua_State *L, const struct config_hook *h) {
    struct config_mark mark = h->with_mark.line > 0 ? h->with_mark : h->call_mark;
    const struct config_value *v = h->with;
    size_t depth = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    for (size_t i = 1; v != NULL && i <= depth; i++) {
        const struct config_value *below = NULL;
        int type = lua_rawgeti(L, -1, (lua_Integer)i);
        lua_Integer index = lua_tointeger(L, -1);
        if (type == LUA_TSTRING && v->keys != NULL)
            for (size_t k = 0; k < v->count && below == NULL; k++)
                below = strcmp(v->keys[k], lua_tostring(L, -1)) == 0 ? &v->items[k] : NULL;
        else if (index >= 1 && (size_t)index <= v->count)
            below = &v->items[index - 1];
        lua_pop(L, 1);
        if (below != NULL)
            mark = below->mark;
        v = below;
    }
    return mark;
}

static void add_mistake(lua_State *L, const struct config_hook *h, const char *file,
                        struct config_mistakes *m) {
    lua_getfield(L, -1, "path");
    struct config_mark mark = mark_at(L, h);
    lua_getfield(L, -2, "text");
    config_mistake_add(m, file, mark, "%s", luaL_optstring(L, -1, "this is not as it should be"));
    lua_pop(L, 2);
}

static char *folder_of(const char *file) {
    const char *slash = file != NULL ? strrchr(file, '/') : NULL;
    return slash != NULL ? mem_strndup(file, (size_t)(slash - file + 1)) : mem_strdup("");
}

static void push_rooms(lua_State *L, const struct config_bot *b) {
    lua_createtable(L, (int)b->room_count, 0);
    for (size_t i = 0; i < b->room_count; i++) {
        lua_pushstring(L, b->rooms[i].jid);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* check_with, the function's name, with, the folder, the bot's rooms, the bot: what it returned is on the
 * stack in their place. */
static int call(lua_State *L, const struct bot *b, const struct config_hook *h, int with, const char *file) {
    char *folder = folder_of(file);
    lua_pushstring(L, h->function);
    lua_rawgeti(L, LUA_REGISTRYINDEX, with);
    lua_pushstring(L, folder);
    mem_free(folder);
    push_rooms(L, b->config);
    bot_push(L, b);
    return lua_pcall(L, 5, 1, 0);
}

int with_check(struct bot *b, const struct config_hook *h, int module, int with, const char *file,
               struct config_mistakes *m) {
    lua_State *L = b->script->L;
    int top = lua_gettop(L), result = 0;
    lua_getfield(L, module, "check_with");
    if (!lua_isfunction(L, -1)) {
        lua_settop(L, top);
        return 0;
    }
    if (call(L, b, h, with, file) != LUA_OK) {
        config_mistake_add(m, file, h->call_mark, "with: %s", luaL_tolstring(L, -1, NULL));
        result = -1;
    }
    size_t count = result == 0 && lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    for (size_t i = 1; i <= count; i++, result = -1) {
        lua_rawgeti(L, -1, (lua_Integer)i);
        add_mistake(L, h, file, m);
        lua_pop(L, 1);
    }
    lua_settop(L, top);
    return result;
}
