/* SPDX-License-Identifier: MIT */
/* rooms: bot:join, bot:leave and the table behind bot.rooms (lua_CFunctions). None of them waits. */
#ifndef COUPLET_LUA_ROOMS_H
#define COUPLET_LUA_ROOMS_H

#include "lua/bot.h"

int rooms_join(lua_State *L);  /* (bot, room, { nick =, password = }) -> true | nil, err */
int rooms_leave(lua_State *L); /* (bot, room) -> true | nil, err */
int rooms_list(lua_State *L);  /* (bot) -> { [jid] = { jid =, nick =, joined = } }, made anew at each call */

#endif
