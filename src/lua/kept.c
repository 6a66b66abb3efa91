/* SPDX-License-Identifier: MIT */
#include "lua/kept.h"

#include "base/mem.h"

static char *name_of(const struct bot *b) {
    struct buf name = BUF_INIT;
    buf_addf(&name, "%s-library", bot_name(b));
    return buf_detach(&name);
}

/* Opened when the first asks: most bots keep nothing. */
static struct remember *open_kept(struct bot *b) {
    struct err err = ERR_INIT;
    if (b->kept != NULL)
        return b->kept;
    char *name = name_of(b);
    b->kept = remember_new(b->script->state_folder, name, &err);
    mem_free(name);
    if (err.text[0] != '\0')
        log_warn(b->script->log, bot_name(b), "what the library should remember is not saved: %s", err.text);
    return b->kept;
}

struct remember *kept_peek(const struct bot *b) {
    if (b->script->state_folder == NULL)
        return NULL;
    char *name = name_of(b);
    struct remember *r = remember_peek(b->script->state_folder, name);
    mem_free(name);
    return r;
}

static struct str text(lua_State *L, int arg) {
    struct str s = STR_NONE;
    if (!lua_isnil(L, arg))
        s.s = luaL_checklstring(L, arg, &s.len);
    return s;
}

int kept_remember(lua_State *L) {
    struct err err = ERR_INIT;
    struct bot *b = bot_check(L, 1);
    luaL_checktype(L, 2, LUA_TSTRING);
    struct str key = text(L, 2);
    if (lua_gettop(L) < 3) {
        struct str value = remember_get(open_kept(b), key);
        if (value.s == NULL)
            return 0;
        lua_pushlstring(L, value.s, value.len);
        return 1;
    }
    struct str value = text(L, 3);
    if (remember_put(open_kept(b), key, value, &err) < 0)
        return errors_push(L, "wait", "resource-constraint", err.text, NULL);
    lua_pushboolean(L, 1);
    return 1;
}
