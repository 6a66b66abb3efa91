/* SPDX-License-Identifier: MIT */
/* pack: values of bot.store (lua/couplet/store.lua), which are strings, numbers, booleans and tables of them:
 * as the bytes that are on disk, and as a copy. Access is raw. */
#ifndef COUPLET_LUA_PACK_H
#define COUPLET_LUA_PACK_H

#include <lua.h>

enum { PACK_VERSION = 1 }; /* the first byte on disk */

/* pack(value) -> bytes; raises at what cannot be kept. */
int pack_value(lua_State *L);
/* pack_plain(value) -> bytes | nil: there is something in it that is not plain, as pack_copy says. */
int pack_plain(lua_State *L);
/* unpack(bytes) -> value; raises at what pack did not write. */
int pack_unpack(lua_State *L);
/* copy(table) -> table | nil: it is none, too deep, or there is something in it that is not plain: a view, a
 * table with a metatable, a function. */
int pack_copy(lua_State *L);

#endif
