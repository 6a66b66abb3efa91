/* SPDX-License-Identifier: MIT */
/* timers: bot:after(seconds, f) and bot:every(seconds, f) -> handle with handle:stop() (lua_CFunctions). */
#ifndef COUPLET_LUA_TIMERS_H
#define COUPLET_LUA_TIMERS_H

#include "lua/bot.h"

int timers_after(lua_State *L);
int timers_every(lua_State *L);

#endif
