/* SPDX-License-Identifier: MIT */
/*
 * timers: `event: timer` hooks, bot:after and bot:every. A timer belongs to its bot. No pile-up: while a run
 * of a repeated timer goes on, its next turn is left out; turns are counted from the start, so they do not
 * drift.
 */
#include "lua/timers.h"

#include "base/mem.h"

#include <math.h>
#include <stddef.h>

struct timer {
    struct loop_timer due;
    struct bot *bot;
    struct timer *next, **link;
    struct binding *binding; /* owned; NULL for a hook's */
    struct hook *hook;       /* referenced; NULL for a script's */
    int64_t every_ms;        /* 0: once */
    bool running;            /* a run of it goes on */
    bool stopped;            /* to be freed when that run ends */
    struct timer **slot;     /* in the Lua handle: cleared when the timer goes */
};

static void timer_free(struct timer *t) {
    loop_timer_stop(t->bot->script->loop, &t->due);
    *t->link = t->next;
    if (t->next != NULL)
        t->next->link = t->link;
    if (t->slot != NULL)
        *t->slot = NULL;
    if (t->binding != NULL)
        binding_free(t->binding);
    if (t->hook != NULL)
        hook_unref(t->hook);
    mem_free(t);
}

static void timer_stop(struct timer *t) {
    t->stopped = true;
    loop_timer_stop(t->bot->script->loop, &t->due);
    if (!t->running)
        timer_free(t);
}

static void on_done(struct run *r) {
    struct timer *t = r->done_ctx;
    t->running = false;
    if (t->stopped || t->every_ms == 0)
        timer_free(t);
}

static void run_timer(struct timer *t) {
    struct run *r = run_new(t->bot);
    t->running = true;
    r->done = on_done;
    r->done_ctx = t;
    origin_of_event(&r->origin, HOOK_TIMER);
    event_push(r->co, t->bot, HOOK_TIMER);
    if (t->hook != NULL) {
        hook_ref(t->hook);
        run_start(r, &t->hook, 1);
    } else {
        run_function(r, t->binding);
    }
}

static void on_due(struct loop_timer *due) {
    struct timer *t = (struct timer *)((char *)due - offsetof(struct timer, due));
    struct loop *loop = t->bot->script->loop;
    if (t->hook != NULL && t->hook->removed) {
        timer_stop(t);
        return;
    }
    if (t->every_ms > 0) {
        int64_t late = loop_now_ms(loop) - due->due_ms;
        loop_timer_at(loop, due, due->due_ms + (late / t->every_ms + 1) * t->every_ms);
    }
    if (!t->running)
        run_timer(t);
}

static struct timer *timer_new(struct bot *b, double every) {
    struct timer *t = mem_new(struct timer);
    t->bot = b;
    t->every_ms = (int64_t)ceil(every * 1000);
    t->due.fire = on_due;
    t->next = b->timers;
    t->link = &b->timers;
    if (t->next != NULL)
        t->next->link = &t->next;
    b->timers = t;
    return t;
}

void timers_add_hook(struct bot *b, struct hook *h) {
    struct timer *t = timer_new(b, h->spec->every);
    hook_ref(h);
    t->hook = h;
    if (b->timers_started)
        loop_timer_in(b->script->loop, &t->due, t->every_ms);
}

void timers_start_config(struct bot *b) {
    b->timers_started = true;
    for (struct timer *t = b->timers; t != NULL; t = t->next)
        if (t->hook != NULL)
            loop_timer_in(b->script->loop, &t->due, t->every_ms);
}

void timers_free(struct bot *b) {
    while (b->timers != NULL)
        timer_free(b->timers);
}

/* ---- the Lua side ---- */

static const char handle_type[] = "couplet.timer";

static int handle_stop(lua_State *L) {
    struct timer **slot = luaL_checkudata(L, 1, handle_type);
    bool was = *slot != NULL && !(*slot)->stopped;
    if (was)
        timer_stop(*slot);
    lua_pushboolean(L, was);
    return 1;
}

static int handle_gc(lua_State *L) {
    struct timer **slot = luaL_checkudata(L, 1, handle_type);
    if (*slot != NULL)
        (*slot)->slot = NULL; /* the timer goes on without its handle */
    return 0;
}

static void push_handle(lua_State *L, struct timer *t) {
    struct timer **slot = lua_newuserdatauv(L, sizeof(*slot), 0);
    *slot = t;
    t->slot = slot;
    if (luaL_newmetatable(L, handle_type)) {
        lua_pushcfunction(L, handle_gc);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, handle_stop);
        lua_setfield(L, -2, "stop");
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    lua_setmetatable(L, -2);
}

/* (bot, seconds, function) -> handle */
static int start(lua_State *L, bool repeat, double least) {
    char label[LUA_IDSIZE + 16];
    struct bot *b = bot_check(L, 1);
    double seconds = luaL_checknumber(L, 2);
    luaL_argcheck(L, seconds >= least && seconds <= 1e9, 2,
                  repeat ? "seconds from 0.01 to 1e9 are expected" : "seconds from 0 to 1e9 are expected");
    luaL_checktype(L, 3, LUA_TFUNCTION);
    lua_settop(L, 3);
    struct watch_limits limits = bot_limits(b, NULL);
    struct timer *t = timer_new(b, repeat ? seconds : 0);
    binding_label(L, label, sizeof(label));
    t->binding = binding_new(L, label, &limits);
    loop_timer_in(b->script->loop, &t->due, (int64_t)ceil(seconds * 1000));
    push_handle(L, t);
    return 1;
}

int timers_after(lua_State *L) {
    return start(L, false, 0);
}

int timers_every(lua_State *L) {
    return start(L, true, 0.01);
}
