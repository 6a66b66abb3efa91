/* SPDX-License-Identifier: MIT */
/* json_decode: JSON (RFC 8259) as values of Lua, strictly and in one pass; what it makes of what stands in
 * lua/couplet/json.lua. */
#ifndef COUPLET_LUA_JSON_READ_H
#define COUPLET_LUA_JSON_READ_H

#include <lua.h>

enum { JSON_DEPTH_MOST = 200 };

/* decode(text, array_mt) -> value; raises what is wrong, and where. */
int json_decode(lua_State *L);

#endif
