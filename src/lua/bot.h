/* SPDX-License-Identifier: MIT */
/*
 * bot: one account as its scripts see it: its hooks, rooms, timers and running handlers, and the Lua table
 * `bot`. Whatever a bot registers, the bot owns: bot_free undoes all of it.
 *
 *   session --stanza--> facts -> hook table (C) -> nobody: dropped | run with the Lua event
 */
#ifndef COUPLET_LUA_BOT_H
#define COUPLET_LUA_BOT_H

#include "config/config.h"
#include "hook/table.h"
#include "lua/run.h"
#include "lua/script.h"
#include "session/session.h"

struct calls;
struct timer; /* timers.c */
struct remember;
struct echoes;
struct database;
struct delivery;
struct sending;     /* durable.c */
struct settling;    /* likewise */
struct store_flush; /* store.c */
struct pairs_batch;

struct bot {
    struct script *script;
    const struct config_bot *config; /* borrowed */
    struct config_limits limits;     /* defaults of the process */
    struct session *session;         /* borrowed; NULL until bot_attach, and again when it has ended */
    struct hook_table *hooks;
    struct hook_self self; /* bare, full, nick, prefix, rooms */
    char *bare, *full;     /* owned; full is NULL while offline */
    struct run *runs;
    struct timer *timers;
    struct echoes *echoes;     /* loops.c; NULL until the bot answers something */
    struct remember *kept;     /* kept.c; NULL until it is asked for */
    struct database *database; /* borrowed; NULL: nothing is durable */
    struct delivery *delivery; /* durable.c; NULL until something is */
    struct sending *sendings;
    struct settling *settlings;
    struct store_flush *flushes; /* of bot.store, on their way to the disk */
    struct pairs_batch *batch;   /* the one that is made now */
    struct bot *next_dirty;      /* of the script's list */
    int table;                   /* registry reference of the Lua table */
    const char *payload;         /* of our presence; borrowed from the features, or own_payload */
    char *own_payload;           /* owned; NULL: it is what the features announce */
    uint64_t features;           /* bits of features.h that are on */
    uint64_t unneeded;           /* those that are off until there is a hook of their event */
    struct calls *calls;         /* NULL: nobody counts */
    unsigned lost;               /* messages that were refused when nobody waited for them any more */
    bool timers_started, stop_asked, is_store_dirty;
    int programs_running, requests_waiting; /* couplet.process, couplet.http */
    void (*on_stop)(void *ctx);             /* bot:stop() was called */
    void *on_stop_ctx;
};

struct bot *bot_new(struct script *script, const struct config_bot *config,
                    const struct config_limits *defaults);
void bot_free(struct bot *b); /* NULL accepted */
/* Loads the modules and finds the functions that the hooks name; each mistake is added (config_path is the
 * file whose places the hooks carry). -1 when there was one. */
int bot_load(struct bot *b, const char *config_path, struct config_mistakes *mistakes);
void bot_attach(struct bot *b, struct session *session);
/* Switches bits of features.h on or off; our presence follows. */
void bot_switch(struct bot *b, uint64_t bits, bool on);
/* What our presence carries besides, as XML; copied. Who sees our presence is told at once. */
void bot_set_payload(struct bot *b, const char *text);

/* ---- what the session tells (session_callbacks) ---- */
/* A new session: the address is known, rooms are entered again. */
void bot_bound(struct bot *b, const char *jid);
void bot_online(struct bot *b);
void bot_offline(struct bot *b, const char *why);
void bot_resumed(struct bot *b); /* the old session, after a break */
/* What became of a stanza with a mark (session.h). */
void bot_proven(struct bot *b, uint64_t mark, bool is_proven);
void bot_stanza(struct bot *b, const struct xml_node *stanza);
void bot_roster(struct bot *b, const struct xml_node *iq);

/* Raises an event that is no stanza to its hooks. done (may be NULL) is called once, when every handler has
 * returned; at once when there is none. Timers of the configuration start with the first HOOK_START. */
void bot_raise(struct bot *b, enum hook_event event, void (*done)(void *ctx), void *ctx);

/* ---- for the other files of this room ---- */
const char *bot_name(const struct bot *b);
struct script *bot_script(const struct bot *b);
struct run **bot_runs(struct bot *b);
struct bot *bot_check(lua_State *L, int arg); /* the bot of a Lua `bot`; raises when it is none, or gone */
void bot_push(lua_State *L, const struct bot *b);
/* The limits of a hook: its own where stated, else the process's. */
struct watch_limits bot_limits(const struct bot *b, const struct config_limits *own);
/* timers.c */
/* of HOOK_TIMER; it starts with timers_start_config, or at once after that. -1: there is no such time zone */
int timers_add_hook(struct bot *b, struct hook *h, struct err *err);
void timers_start_config(struct bot *b);
void timers_free(struct bot *b);
/* event.c: pushes the event of a stanza, or of something else, on L */
void event_push_stanza(lua_State *L, const struct bot *b, const struct hook_facts *facts);
void event_push(lua_State *L, const struct bot *b, enum hook_event event);
/* The same with the fields of the table at idx of L, which may set any but bot and kind; name: its kind. */
void event_push_fields(lua_State *L, const struct bot *b, const char *name, int idx);
/* Sets what differs from hook to hook: with, captures. */
void bot_set_hook_fields(lua_State *L, const struct bot *b, int event, const struct binding *binding,
                         const struct hook *hook, const struct origin *o);
/* Pushes nil and an error table { type, condition, text, by } (returns 2, for `return errors_push(…)`). */
int errors_push(lua_State *L, const char *type, const char *condition, const char *text, const char *by);
/* A string field of an error table, raw; .s == NULL when absent. */
struct str errors_field(lua_State *L, int idx, const char *name);

#endif
