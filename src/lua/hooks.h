/* SPDX-License-Identifier: MIT */
/* hooks: bot:hook{ event =, …, call = function(event) end } -> handle with handle:remove() (lua_CFunction).
 */
#ifndef COUPLET_LUA_HOOKS_H
#define COUPLET_LUA_HOOKS_H

#include "lua/bot.h"

int hooks_add(lua_State *L);

#endif
