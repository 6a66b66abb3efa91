/* SPDX-License-Identifier: MIT */
/*
 * watchdog: stops a handler that runs too long, without slowing those that do not.
 *
 * A count hook on each handler would halve Lua's speed. So a timer that advances only with the thread's own
 * processor time (an idle process is never woken) ticks every 10 ms; a handler that two ticks find running
 * gets a count hook from the signal handler (lua_sethook is made for that), and from then on is held to its
 * limits of time and instructions. What it did before, at most 20 ms, is not counted as instructions.
 *
 * It cannot stop one long call of a C function. Time is processor time: a machine that is busy
 * with other things does not get handlers killed.
 */
#ifndef COUPLET_LUA_WATCHDOG_H
#define COUPLET_LUA_WATCHDOG_H

#include "base/err.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct watch_limits {
    double time;           /* seconds of processor time; 0: no limit */
    uint64_t instructions; /* 0: no limit */
};

enum watch_end { WATCH_GOOD, WATCH_TIME, WATCH_INSTRUCTIONS };

struct watchdog;

/* One for a process: it takes a real-time signal. NULL with the reason. */
struct watchdog *watchdog_new(struct err *err);
void watchdog_free(struct watchdog *w);

/* Around each run of a handler on thread L. Not nested. */
void watchdog_begin(struct watchdog *w, lua_State *L, const struct watch_limits *limits);
/* Whether the run was stopped, and for which of its limits. */
enum watch_end watchdog_end(struct watchdog *w);
/* A coroutine of the script's own begins or goes on (returns the one that ran before, for watchdog_leave). */
lua_State *watchdog_enter(struct watchdog *w, lua_State *co);
void watchdog_leave(struct watchdog *w, lua_State *before);

#endif
