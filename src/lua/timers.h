/* SPDX-License-Identifier: MIT */
/*
 * timers: what runs a function of a bot later: once, again and again, or by a pattern of cron. timer_verbs.c
 * is the Lua side: bot:after(seconds, f), bot:every(seconds, options?, f), bot:cron(pattern, options?, f) ->
 * handle with handle:stop() (lua_CFunctions).
 */
#ifndef COUPLET_LUA_TIMERS_H
#define COUPLET_LUA_TIMERS_H

#include "base/schedule.h"
#include "loop/loop.h"
#include "lua/bot.h"

struct timer {
    struct loop_timer due;
    struct bot *bot;
    struct timer *next, **link;
    struct binding *binding; /* owned; NULL for a hook's */
    struct hook *hook;       /* referenced; NULL for a script's */
    struct schedule *plan;   /* owned; NULL: it is no cron */
    int64_t every_ms;        /* 0: once, or as planned */
    uint64_t event;          /* that it goes on with, in the log; 0: it begins one */
    int64_t turn_ms;         /* of every: when its turn is, without jitter */
    int64_t jitter_ms;
    bool running;        /* a run of it goes on */
    bool stopped;        /* to be freed when that run ends */
    struct timer **slot; /* in the Lua handle: cleared when the timer goes */
};

/* Owned by the bot; not started. */
struct timer *timer_new(struct bot *b, double every, double jitter);
void timer_start(struct timer *t);
void timer_start_once(struct timer *t, int64_t delay_ms);
/* It goes when no run of it is left. */
void timer_stop(struct timer *t);

int timers_after(lua_State *L);
int timers_every(lua_State *L);
int timers_cron(lua_State *L);

#endif
