/* SPDX-License-Identifier: MIT */
/* guard: the function of a hook with what stands before it: who may and how often (couplet.gate), and of a
 * command its arguments, help and questions (couplet.command). */
#ifndef COUPLET_LUA_GUARD_H
#define COUPLET_LUA_GUARD_H

#include "lua/bot.h"

/* The keys of bot:hook that are theirs, NULL-ended, with call and with. */
extern const char *const guard_keys[];

/* A function and the table of its keys are on top of the stack, and replaced by the guarded function and a
 * list of mistakes, or nil: { key = "args" or "example", index =, column = (from 1), text = }. May raise. */
void guard_wrap(lua_State *L, struct bot *b, enum hook_event event);
/* The function on top of the stack is no command of the bot's any more. */
void guard_forget(lua_State *L, struct bot *b);
/* The same for a hook of the configuration: the function on top of the stack is replaced. -1: mistakes were
 * added. */
int guard_load(struct bot *b, const struct config_hook *h, const char *file, struct config_mistakes *m);

#endif
