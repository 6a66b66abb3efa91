/* SPDX-License-Identifier: MIT */
/* people: JID globs and did-you-mean for couplet.gate and couplet.help (require "couplet.core.people"). */
#include "base/mem.h"
#include "config/config.h"
#include "hook/table.h"
#include "lua/open.h"

#include <lauxlib.h>

/* prepare(glob) -> the glob as matches() wants it | nil: it is none */
static int l_prepare(lua_State *L) {
    char *prepared = hook_glob_prepare(luaL_checkstring(L, 1), NULL);
    lua_pushstring(L, prepared); /* nil for NULL */
    mem_free(prepared);
    return 1;
}

/* matches(prepared, jid) -> boolean; the JID is compared as it is */
static int l_matches(lua_State *L) {
    struct str jid;
    const char *glob = luaL_checkstring(L, 1);
    jid.s = luaL_checklstring(L, 2, &jid.len);
    lua_pushboolean(L, hook_glob_match(glob, jid));
    return 1;
}

/* near(word, names) -> the one that was meant, or nil */
static int l_near(lua_State *L) {
    const char *word = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t count = lua_rawlen(L, 2), n = 0;
    const char **names = lua_newuserdatauv(L, (count + 1) * sizeof(*names), 0);
    for (size_t i = 1; i <= count; i++) {
        if (lua_rawgeti(L, 2, (lua_Integer)i) == LUA_TSTRING)
            names[n++] = lua_tostring(L, -1); /* the table holds it */
        lua_pop(L, 1);
    }
    names[n] = NULL;
    lua_pushstring(L, config_did_you_mean(word, names));
    return 1;
}

int open_core_people(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"prepare", l_prepare}, {"matches", l_matches}, {"near", l_near}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
