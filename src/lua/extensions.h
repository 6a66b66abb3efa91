/* SPDX-License-Identifier: MIT */
/*
 * extensions: lua/couplet/extensions.lua, read once a process: in which module of the library a name is that
 * bots and events have. A table of it in each Lua state would cost each of them more than most ever use.
 */
#ifndef COUPLET_LUA_EXTENSIONS_H
#define COUPLET_LUA_EXTENSIONS_H

#include <lua.h>

struct extensions;

/* From a state that has the library; raises when the table is malformed. */
struct extensions *extensions_read(lua_State *L);
void extensions_free(struct extensions *e); /* NULL accepted */
/* (kinds, name) -> module, kind | nothing (lua_CFunction). kinds: the first letters of the tables, as "pmo"
 * for a bot's, "ef" for an event's; the first of them that has the name. */
int extensions_find(lua_State *L);

#endif
