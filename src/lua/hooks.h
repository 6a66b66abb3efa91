/* SPDX-License-Identifier: MIT */
/* hooks: bot:hook{ event =, …, call = function(event) end } -> handle with handle:remove() (lua_CFunction),
 * and conditions as a Lua table states them. */
#ifndef COUPLET_LUA_HOOKS_H
#define COUPLET_LUA_HOOKS_H

#include "lua/bot.h"

int hooks_add(lua_State *L);
/* Reads the conditions of the table at idx (absolute) into spec, which is the caller's to finish, also when
 * this raises: an unknown condition (but for the NULL-ended others), a wrong type, a hook that can never
 * fire. */
void hooks_read_spec(lua_State *L, int idx, struct hook_spec *spec, const char *const *others);

#endif
