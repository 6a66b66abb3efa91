/* SPDX-License-Identifier: MIT */
/* loops: keeps a bot from answering one that answers it (hook/echoes.h); the feature `loop_guard`. */
#ifndef COUPLET_LUA_LOOPS_H
#define COUPLET_LUA_LOOPS_H

#include "lua/bot.h"

/* The bot answered what that address had said. */
void loops_answered(struct bot *b, struct str from);
/* The bot sends to an address by itself: an answer when that is whose message the running handler was given.
 */
void loops_sends(struct bot *b, lua_State *L, struct str to);
/* True: the message is not to be heard. */
bool loops_stop(struct bot *b, const struct hook_facts *f);

#endif
