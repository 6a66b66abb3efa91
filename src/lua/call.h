/* SPDX-License-Identifier: MIT */
/*
 * call: a function of the library that the runtime wants run for a bot, as a task that may wait, like any
 * handler: with text in and text out (JSON, mostly). The function gets an event with `request`, and says what
 * came of it in event.result: as early as something is sure, and again when there is more.
 */
#ifndef COUPLET_LUA_CALL_H
#define COUPLET_LUA_CALL_H

#include "lua/bot.h"

/* result: the last that it said, borrowed; .s == NULL: nothing (it failed, which was logged, or the bot
 * went). */
typedef void call_done(void *ctx, struct str result);

struct call;
/* done is called once, perhaps before this returns; then NULL comes back. */
struct call *call_library(struct bot *b, const char *module, const char *function, struct str request,
                          call_done *done, void *ctx);
void call_forget(struct call *c); /* it goes on, and nobody is told */

#endif
