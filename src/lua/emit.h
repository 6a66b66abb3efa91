/* SPDX-License-Identifier: MIT */
/* emit: events that Lua raises to the hooks of its bot (lua_CFunctions). Neither waits: the handlers run at
 * the end of this turn, in the order of raising. */
#ifndef COUPLET_LUA_EMIT_H
#define COUPLET_LUA_EMIT_H

#include "lua/bot.h"

/* (bot, name, fields) -> how many hooks want it. name: joined, left, room_changed, subscribed, or one with a
 * dot. fields (may be nil): of the event; from, room and nick are what conditions are held against,
 * own = true leaves it to hooks with `include: [own]`. */
int emit_event(lua_State *L);
/* (bot, stanza, { archive =, delayed =, own =, fields = {…} }) -> how many hooks may answer. Hands a message
 * or presence (a table) to the hooks as if it had come now; what is true in the options is so of the stanza
 * whatever it says; fields: more of the event. Raises when it is none. */
int emit_stanza(lua_State *L);

#endif
