/* SPDX-License-Identifier: MIT */
/*
 * script: one Lua state, which one bot or several (`state: NAME`) share: its memory, its libraries, where it
 * finds modules, and the handlers that run in it.
 *
 * The runtime calls Lua only through run.c: that is the single protected call. The heap's cap binds only
 * there, so that the runtime's own work on the state cannot fail half way.
 */
#ifndef COUPLET_LUA_SCRIPT_H
#define COUPLET_LUA_SCRIPT_H

#include "base/buf.h"
#include "base/log.h"
#include "loop/loop.h"
#include "xml/atom.h"
#include "lua/heap.h"
#include "lua/watchdog.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

struct run;
struct bot;
struct binding;
struct features;
struct dns;
struct webhooks;

struct script {
    lua_State *L;
    struct heap heap;
    char *name;             /* of the bot, or of the shared state */
    bool shared;            /* `state: NAME`: more bots may come */
    char **paths;           /* directories of modules, borrowed, NULL-ended; NULL: none */
    struct loop *loop;      /* borrowed; NULL under `couplet lua` */
    struct dns *dns;        /* borrowed; with loop */
    struct log *log;        /* borrowed */
    struct watchdog *dog;   /* borrowed; NULL: no limits */
    struct bot *dirty;      /* whose bot.store was changed: store.c */
    struct run *current;    /* the handler that is running, NULL outside */
    struct run *spare_runs; /* freed, with their coroutines, for the next events */
    unsigned spare_count;
    int atoms, stanza_mt, event_mt;    /* registry references: interned names, metatables */
    int error_mt;                      /* LUA_NOREF until there is an error: script_push_error_mt */
    double started;                    /* seconds since 1970 */
    const char *state_folder;          /* borrowed; NULL: nothing is kept on disk */
    struct features *features;         /* borrowed; NULL: none */
    struct webhooks *webhooks;         /* borrowed; NULL: nothing listens */
    struct binding **feature_bindings; /* by row; NULL until one was wanted: features.c */
};

struct script_options {
    const char *name;
    bool shared;  /* several bots may live in it */
    char **paths; /* borrowed; must outlive the script */
    struct loop *loop;
    struct dns *dns; /* for what goes over HTTP */
    struct log *log;
    struct watchdog *dog;
    const char *state_folder;  /* borrowed; for what the library keeps; NULL: nowhere */
    struct features *features; /* borrowed; NULL: the library answers nothing by itself */
    size_t memory;             /* cap in bytes; 0: none */
    bool is_bot; /* false: a plain script with the library at hand (`couplet lua`); true: os.exit and debug
                    hooks are taken away */
};

struct script *script_new(const struct script_options *options);
/* The metatable of error tables. */
void script_push_error_mt(struct script *s, lua_State *L);
void script_free(struct script *s); /* no run may be waiting (asserted); NULL accepted */
/* The script that a thread belongs to. */
struct script *script_of(lua_State *L);

/* Loads `require name` and leaves the module on the stack. -1: err has the message, file and line (nothing on
 * the stack). Held to the limits, as a handler is. */
int script_require(struct script *s, const char *name, struct err *err);

/* Whether a module of that name ("couplet.alerts") is in the program. */
bool script_is_library(const char *name);

/* DIR/a/b.lua or DIR/a/b/init.lua for the module a.b; the caller owns the result, NULL when there is none. */
char *script_find_file(const char *dir, const char *module);

/* Pushes the interned string of an atom (cheaper than its text). */
void script_push_atom(lua_State *L, enum xml_atom atom);

#endif
