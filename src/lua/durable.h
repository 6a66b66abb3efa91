/* SPDX-License-Identifier: MIT */
/*
 * durable: messages that are accepted only once they are on disk: bot:send(stanza, { durable = true }), and
 * bot:say where `storage:` is set. Such a call waits for the disk; where nothing can wait, it returns at
 * once. What becomes of them is told by the events message.delivered and message.failed.
 */
#ifndef COUPLET_LUA_DURABLE_H
#define COUPLET_LUA_DURABLE_H

#include "lua/bot.h"

/* Before the loop runs, when the bot has its session: what an earlier process left. */
void durable_load(struct bot *b);
/* It is online: the rooms that something waits for, and that the bot does not know, are entered. */
void durable_online(struct bot *b);
void durable_close(struct bot *b); /* the bot goes */
/* Do the options at idx of bot:send ask for it? */
bool durable_is_wanted(lua_State *L, int idx);
/* (bot, stanza, { durable = true, expires = seconds }) -> id | nil, err (lua_CFunction) */
int durable_send(lua_State *L);
/* (bot) -> the bot's `long_text`, where texts are durable; else nil (lua_CFunction) */
int durable_longest(lua_State *L);
/* What was sent without a wait (from where nothing can wait) and is not on disk yet: done is called once it
 * is, or was refused. False: there is nothing of the kind. */
typedef void durable_settled(void *ctx, bool is_accepted);
bool durable_settle(struct bot *b, durable_settled *done, void *ctx);
/* How many of these the disk has refused until now. */
unsigned durable_lost(const struct bot *b);
/* A stanza came: it may be the proof of one, or an error for one. */
void durable_heard(struct bot *b, const struct hook_facts *facts);

#endif
