/* SPDX-License-Identifier: MIT */
/*
 * rooms: what matching needs to know of a bot's rooms, from Lua: which JIDs are rooms, and under which nick
 * we are there. Everything else about rooms is lua/couplet/xep/muc.lua's, which is loaded for bots that have
 * rooms, and is told here what the session tells.
 */
#ifndef COUPLET_LUA_ROOMS_H
#define COUPLET_LUA_ROOMS_H

#include "lua/bot.h"

/* lua_CFunctions; none of them waits. jid: bare and prepared. */
int rooms_put(lua_State *L);     /* (bot, jid, nick): adds it, or renames us there */
int rooms_drop(lua_State *L);    /* (bot, jid): stanzas from there are not of a room any more */
int rooms_empty(lua_State *L);   /* (bot, jid): what its occupants say is news again */
int rooms_said(lua_State *L);    /* (bot, jid, nick) -> show, status: what that occupant says, or nil */
int rooms_idle(lua_State *L);    /* (bot, jid) -> seconds since anything came from there; nil: no room */
int rooms_options(lua_State *L); /* (bot) -> a list of tables: `rooms:` as configured, passwords included;
                                  * with nick, show and status of the bot */

/* Calls that function of couplet.xep.muc with the bot and the text (NULL: nil); nothing when there are no
 * rooms, and no bookmarks are asked for. */
void rooms_tell(struct bot *b, const char *function, const char *text);

#endif
