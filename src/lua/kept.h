/* SPDX-License-Identifier: MIT */
/* kept: small facts that the library keeps for a bot from one process to the next (lua_CFunction). */
#ifndef COUPLET_LUA_KEPT_H
#define COUPLET_LUA_KEPT_H

#include "lua/bot.h"
#include "store/remember.h"

/* (bot, key) -> value | nil. (bot, key, value) -> true | nil, err; value nil: forgets. Strings; on disk when
 * it returns, where `storage:` is set. Does not wait. */
int kept_remember(lua_State *L);
/* What a process before this one has left on disk, to look at; owned by the caller. NULL: nothing is kept on
 * disk. The file is not held: who only checks a configuration must not keep it from a bot that runs. */
struct remember *kept_peek(const struct bot *b);

#endif
