/* SPDX-License-Identifier: MIT */
/*
 * fuzz_pattern: a pattern, a newline, a text. The oracle is the string.match of the liblua that this program
 * has inside itself. Promised: the same captures as Lua's, wherever Lua comes to an end in reasonable time;
 * what Lua takes is taken; the literal that a pattern is known to need stands in each text that matches.
 */
#include "fuzz.h"
#include "hook/pattern.h"

#include <lauxlib.h>
#include <lualib.h>

enum { REPEATS_MOST = 3, TEXT_MOST = 60 }; /* else Lua may need years */

static bool is_cheap(const char *pattern, size_t text_len) {
    int repeats = 0;
    for (const char *p = pattern; *p != '\0'; p++)
        repeats += strchr("*+-?", *p) != NULL;
    return repeats <= REPEATS_MOST && text_len <= TEXT_MOST;
}

static void check_capture(lua_State *L, int at, struct str ours) {
    size_t len;
    if (ours.s == NULL) {
        demand(lua_isinteger(L, at) && lua_tointeger(L, at) == (lua_Integer)ours.len, "a position is Lua's");
        return;
    }
    const char *theirs = lua_tolstring(L, at, &len);
    demand(theirs != NULL && !lua_isinteger(L, at) && len == ours.len && memcmp(theirs, ours.s, len) == 0,
           "a capture is Lua's");
}

static void compare(lua_State *L, const char *pattern, struct str text, bool found,
                    const struct pattern_match *m) {
    lua_settop(L, 0);
    lua_getglobal(L, "string");
    lua_getfield(L, -1, "match");
    lua_remove(L, 1);
    lua_pushlstring(L, text.s, text.len);
    lua_pushstring(L, pattern);
    if (lua_pcall(L, 2, LUA_MULTRET, 0) != LUA_OK) { /* Lua counts steps of its own, in depth */
        demand(strstr(lua_tostring(L, -1), "too complex") != NULL, "what we take is a pattern for Lua");
        return;
    }
    demand(lua_isnil(L, 1) == !found, "it matches where Lua's does");
    if (!found)
        return;
    demand(lua_gettop(L) == (m->count > 0 ? m->count : 1), "as many captures as Lua's");
    for (int i = 0; i < lua_gettop(L); i++)
        check_capture(L, i + 1, m->count > 0 ? m->captures[i] : m->whole);
}

static void check_literal(const char *pattern, struct str text, bool found) {
    bool at_start = false;
    char *run = mem_alloc(strlen(pattern) + 1);
    size_t len = pattern_literal(pattern, run, &at_start);
    demand(len <= strlen(pattern), "a literal is no longer than its pattern");
    if (found && len > 0) {
        const char *at = memmem(text.s, text.len, run, len);
        demand(at != NULL, "what matches holds the literal");
        demand(!at_start || memcmp(text.s, run, len) == 0, "where it must, at the start");
    }
    mem_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static lua_State *L; /* one for all */
    struct pattern_match m;
    struct err err = ERR_INIT;
    const uint8_t *newline = len > 0 ? memchr(data, '\n', len) : NULL;
    if (newline == NULL)
        return 0;
    if (L == NULL)
        luaL_openlibs(L = luaL_newstate());
    char *pattern = fuzz_text(data, (size_t)(newline - data));
    struct str text = fuzz_bytes(newline + 1, len - (size_t)(newline + 1 - data));
    if (pattern_check(pattern, &err) == 0) {
        bool found = pattern_find(pattern, text, &m);
        demand(found == pattern_find(pattern, text, NULL), "captures change nothing");
        check_literal(pattern, text, found);
        if (is_cheap(pattern, text.len))
            compare(L, pattern, text, found, &m);
    } else {
        demand(err.text[0] != '\0', "a refusal has a reason");
    }
    fuzz_bytes_free(text);
    mem_free(pattern);
    return 0;
}
