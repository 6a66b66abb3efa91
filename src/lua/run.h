/* SPDX-License-Identifier: MIT */
/*
 * run: one event on its way through the hooks that want it. Each handler is a task: a coroutine that may
 * wait.
 *
 *   run_event ── hook 1 ──returns an answer──> answered, the chain ends (unless `continue: true`)
 *                  │ nil: next hook            raises: logged, next hook (an iq: answered with an error)
 *                  └ waits: the run is kept; run_wake() goes on from there
 *   the end: an iq get/set that nobody answered gets service-unavailable (RFC 6120 8.4), exactly once
 *
 * This file has the only call that lets a script run. It is never nested: wake-ups come from the loop.
 * A run belongs to its bot: unloading the bot ends its runs.
 */
#ifndef COUPLET_LUA_RUN_H
#define COUPLET_LUA_RUN_H

#include "hook/table.h"
#include "lua/binding.h"
#include "lua/origin.h"
#include "lua/script.h"

struct bot;
struct store_watch;

enum { RUN_FEW = 4 };

/* How a handler ended. */
enum run_end {
    RUN_RETURNED,
    RUN_RAISED,
    RUN_UNWRITTEN /* it returned, and what it put into bot.store could not be written */
};

struct run {
    struct script *script;
    struct bot *bot;          /* NULL while spare */
    struct run *next, **link; /* among the bot's runs, or the spare ones */
    lua_State *co;
    int co_ref;
    struct hook **hooks, *few[RUN_FEW];
    size_t count, at;
    const struct binding *binding; /* of the handler that runs now */
    int event_ref;                 /* the event, kept for the hooks that follow; LUA_NOREF */
    struct origin origin;          /* whom to answer */
    bool answered;
    bool watches; /* the handlers look on: what they return is of no account */
    bool waiting;
    unsigned char stopped; /* enum watch_end of the last step */
    bool refused;          /* something that was to be durable was not accepted */
    /* Gets what a handler returned (the n results on top of r->co), or raised (n: 0), in place of whoever
     * sent a stanza; NULL: they get it. True: that was an answer. */
    bool (*answer)(struct run *r, enum run_end how, int n);
    /* The handler returned the n results on top of r->co, and what it put into bot.store goes to the disk in
     * this turn; before anybody looks at them. May be NULL. */
    void (*returned)(struct run *r, int n);
    /* A message of this run goes to the outbox; NULL: nobody asks. Said before: true when a run before this
     * one, for the same cause, had it accepted; else it is noted on disk with the message, in one
     * transaction. */
    bool (*is_said)(struct run *r, struct str message);
    void (*says)(struct run *r);
    /* Of the wait: what ends it early, when the bot goes. NULL: nothing to undo. */
    void (*cancel)(struct run *r);
    void *wait_ctx;             /* of whoever set cancel */
    struct store_watch *stored; /* store.c; NULL: it has changed nothing in bot.store */
    struct loop_timer timer;
    struct loop_defer defer; /* run_start_later, store_settle */
    unsigned depth;          /* of events that handlers raised one out of the other, without a wait */
    uint64_t iq;
    uint64_t event; /* in the log (base/log.h) */
    uint64_t began; /* the handler that runs now, by calls_clock; where calls are counted */
    /* Called once when all is done, before the run is given back; may be NULL. */
    void (*done)(struct run *r);
    void *done_ctx; /* of whoever set done, and answer */
};

/* A fresh run of the bot's; its coroutine's stack is empty: push the event (a table) on run->co, then
 * run_start. */
struct run *run_new(struct bot *bot);
/* Takes the references in hooks over. The run may be over, and gone, when this returns. */
void run_start(struct run *r, struct hook *const *hooks, size_t count);
/* The same at the end of this turn: for what a handler causes, which runs after it, not inside of it. */
void run_start_later(struct run *r, struct hook *const *hooks, size_t count);
/* The same for one function: bot:after, bot:every. The binding is borrowed until the run is done. */
void run_function(struct run *r, const struct binding *binding);

/* From a C function called by a handler: the run that may wait now, or an error is raised with `verb` in its
 * text (outside of a handler, inside a coroutine of the script's own). */
struct run *run_check_wait(lua_State *L, const char *verb);
/* Ends the wait; the n values on top of r->co are what the waiting call returns. */
void run_wake(struct run *r, int n);
/* Ends the run wherever it is: its wait is undone, its coroutine closed, an unanswered iq answered. Not for a
 * run that is running. */
void run_cancel(struct run *r);
void run_free_spare(struct script *s);

#endif
