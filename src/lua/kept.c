/* SPDX-License-Identifier: MIT */
#include "lua/kept.h"

#include "store/remember.h"

/* Opened when the first asks: most bots keep nothing. */
static struct remember *open_kept(struct bot *b) {
    struct err err = ERR_INIT;
    struct buf name = BUF_INIT;
    if (b->kept != NULL)
        return b->kept;
    buf_addf(&name, "%s-library", bot_name(b));
    b->kept = remember_new(b->script->state_folder, buf_data(&name), &err);
    buf_finish(&name);
    if (err.text[0] != '\0')
        log_warn(b->script->log, bot_name(b), "what the library should remember is not saved: %s", err.text);
    return b->kept;
}

struct str kept_on_disk(struct bot *b, struct str key) {
    return b->script->state_folder != NULL ? remember_get(open_kept(b), key) : STR_NONE;
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
