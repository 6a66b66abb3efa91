/* SPDX-License-Identifier: MIT */
/*
 * dispatch: from what is known of a stanza (or of an event that was raised) to the handlers that want it: the
 * library's watchers, who do not stand in anybody's way; the bot's own hooks; behind them the library's
 * answers.
 */
#ifndef COUPLET_LUA_DISPATCH_H
#define COUPLET_LUA_DISPATCH_H

#include "lua/bot.h"

/* Now; not from inside a handler. Returns how many hooks may answer it. */
size_t dispatch_stanza(struct bot *b, const struct hook_facts *facts);
/* At the end of this turn. The event is the table on top of L (popped). From inside a handler: raises when
 * handlers cause each other without end. */
size_t dispatch_later(struct bot *b, const struct hook_facts *facts, lua_State *L);

/* Raises where dispatch_later would. */
void dispatch_check(lua_State *L);

#endif
