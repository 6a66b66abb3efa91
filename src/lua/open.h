/* SPDX-License-Identifier: MIT */
/* open: the C parts of the Lua library, each opened by `require "couplet.core.NAME"` (lua_CFunction, Lua 5.4
 * manual 6.3). */
#ifndef COUPLET_LUA_OPEN_H
#define COUPLET_LUA_OPEN_H

#include <lua.h>

int open_core_bot(lua_State *L);       /* methods of a bot: core/bot.c */
int open_core_event(lua_State *L);     /* event.c */
int open_core_jid(lua_State *L);       /* jid.c */
int open_core_stanza(lua_State *L);    /* stanza_core.c: the parser and the writer */
int open_core_codec(lua_State *L);     /* codec.c: digests, base64 */
int open_core_scan(lua_State *L);      /* scan.c: what needs no closer look */
int open_core_people(lua_State *L);    /* people.c: globs, did-you-mean */
int open_core_random(lua_State *L);    /* ids */
int open_core_terminal(lua_State *L);  /* terminal.c */
int open_core_json(lua_State *L);      /* json.c */
int open_core_clock(lua_State *L);     /* clock.c: time zones */
int open_core_process(lua_State *L);   /* process.c: programs */
int open_core_web(lua_State *L);       /* web.c: HTTP(S) */
int open_core_coroutine(lua_State *L); /* coroutine.c: resume and wrap that the watchdog can follow */

#endif
