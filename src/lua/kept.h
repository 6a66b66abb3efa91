/* SPDX-License-Identifier: MIT */
/* kept: small facts that the library keeps for a bot from one process to the next (lua_CFunction). */
#ifndef COUPLET_LUA_KEPT_H
#define COUPLET_LUA_KEPT_H

#include "lua/bot.h"

/* (bot, key) -> value | nil. (bot, key, value) -> true | nil, err; value nil: forgets. Strings; on disk when
 * it returns, where `storage:` is set. Does not wait. */
int kept_remember(lua_State *L);
/* What is kept under a key on disk: borrowed until the next is. .s == NULL: nothing is, or nothing is kept on
 * disk. */
struct str kept_on_disk(struct bot *b, struct str key);

#endif
