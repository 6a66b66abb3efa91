/* SPDX-License-Identifier: MIT */
/*
 * store: bot.store on its way to the disk (lua/couplet/store.lua has the values). A handler changes what is
 * in memory; when it returns, or waits, all that was changed is one transaction, and a handler that has
 * returned is over only when that is on disk: its answer goes out then.
 */
#ifndef COUPLET_LUA_STORE_H
#define COUPLET_LUA_STORE_H

#include "lua/bot.h"

/* (bot) -> { key, value, expires, key, … } | nil: nothing is kept on disk (no `storage:`). Waits for the
 * disk: once a bot. Raises when it cannot be read. */
int store_load(lua_State *L);
/* (bot): something was changed. */
int store_touch(lua_State *L);
/* (bot, key, value | nil, expires): for the batch that is made now; expires: seconds since 1970, 0: never. */
int store_put(lua_State *L);

/* After each step of a handler: what it changed goes to the disk. done (may be NULL) is called later when
 * all of it is there, also that of the steps before, or is not (failed: for people); false: nothing is to be
 * waited for. */
typedef void store_done(struct run *r, const struct err *failed);
bool store_settle(struct run *r, store_done *done);
/* The run is over. */
void store_forget(struct run *r);
/* The bot goes. */
void store_close(struct bot *b);

#endif
