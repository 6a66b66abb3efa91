/* SPDX-License-Identifier: MIT */
/*
 * signal: a handler waits until another one, or the library, says that what it waits for has happened. What
 * that is has a name, which is a string: "room:ops@conference.example.org". Names are one bot's own.
 */
#ifndef COUPLET_LUA_SIGNAL_H
#define COUPLET_LUA_SIGNAL_H

#include "lua/bot.h"

/* lua_CFunctions */
int signal_wait(lua_State *L); /* (bot, name, seconds) -> what wake was given | nil: nobody came in time */
int signal_wake(lua_State *L); /* (bot, name, value) -> how many waited; they go on after this turn */
int signal_can_wait(lua_State *L); /* (bot) -> would a waiting verb be legal here? */

#endif
