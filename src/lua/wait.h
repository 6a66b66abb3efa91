/* SPDX-License-Identifier: MIT */
/* wait: bot:sleep and bot:iq, lua_CFunctions that wait (see wait.c for the shape of such a verb). */
#ifndef COUPLET_LUA_WAIT_H
#define COUPLET_LUA_WAIT_H

#include "lua/bot.h"

int wait_sleep(lua_State *L);
int wait_iq(lua_State *L);

#endif
