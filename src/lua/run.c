/* SPDX-License-Identifier: MIT */
#include "lua/run_internal.h"

#include "base/mem.h"
#include "lua/answer.h"
#include "lua/bot.h"
#include "lua/calls.h"
#include "lua/features.h"
#include "lua/store.h"

#include <assert.h>
#include <stddef.h>

static void finish(struct run *r) {
    for (; r->at < r->count; r->at++)
        hook_unref(r->hooks[r->at]);
    if (!r->answered && run_is_asked(r))
        answer_error(r->bot, &r->origin, "cancel", "service-unavailable", STR_NONE);
    if (r->done != NULL)
        r->done(r);
    run_recycle(r);
}

/* ---- the one protected call ---- */

static int resume(struct run *r, int args, int *results) {
    struct script *s = r->script;
    r->waiting = false;
    s->current = r;
    s->heap.enforce = true;
    if (s->dog != NULL)
        watchdog_begin(s->dog, r->co, &r->binding->limits);
    int status = lua_resume(r->co, s->L, args, results);
    if (s->dog != NULL)
        r->stopped = (unsigned char)watchdog_end(s->dog);
    s->heap.enforce = false;
    s->current = NULL;
    return status;
}

static void on_stored(struct run *r, const struct err *failed);

/* Runs the handler with args on the coroutine's stack. True: on to the next hook; false: the run is over or
 * waits. */
static bool step(struct run *r, int args, bool *waits) {
    int results = 0, status = resume(r, args, &results);
    *waits = status == LUA_YIELD && r->waiting;
    if (status == LUA_OK && r->returned != NULL)
        r->returned(r, lua_gettop(r->co) - 1);
    /* What it returned is looked at when bot.store is on disk. */
    *waits |= store_settle(r, status == LUA_OK ? on_stored : NULL);
    if (*waits) {
        r->depth = 0;
        origin_keep(&r->origin);
        return false;
    }
    if (status == LUA_OK) /* lua_resume counts all that is on the stack: the event below is no result */
        return run_after_return(r, lua_gettop(r->co) - 1);
    if (status == LUA_YIELD) { /* coroutine.yield outside of any coroutine of its own */
        lua_settop(r->co, 0);
        lua_pushliteral(r->co,
                        "a handler waits with bot:sleep, bot:iq and the like, not with coroutine.yield");
        status = LUA_ERRRUN;
    }
    bool on = run_after_failure(r, status, RUN_RAISED);
    /* What was put right when its variables were closed goes to the disk with the rest. */
    store_settle(r, NULL);
    return on;
}

/* Leaves function and event on the coroutine's stack, over the event that stays below. */
static void push_call(struct run *r) {
    lua_State *co = r->co;
    if (r->bot->calls != NULL || log_is(r->script->log, LOG_DEBUG))
        r->began = calls_clock();
    if (lua_gettop(co) == 0) /* a hook before failed and took the stack with it */
        lua_rawgeti(co, LUA_REGISTRYINDEX, r->event_ref);
    lua_settop(co, 1);
    bot_set_hook_fields(co, r->bot, 1, r->binding, r->at < r->count ? r->hooks[r->at] : NULL, &r->origin);
    lua_rawgeti(co, LUA_REGISTRYINDEX, r->binding->function);
    lua_pushvalue(co, 1);
}

static void next_hook(struct run *r) {
    hook_unref(r->hooks[r->at]);
    r->at++;
}

/* False: a function of the library's that cannot be loaded, for want of memory. */
static bool bind(struct run *r, const struct hook *h) {
    const struct feature_row *row = features_row(r->script->features, h);
    struct watch_limits limits = bot_limits(r->bot, NULL);
    r->binding = row != NULL ? features_bind(r->script, row, &limits) : h->owner;
    return r->binding != NULL;
}

/* Works the chain off from hooks[at] on. */
static void chain(struct run *r) {
    bool waits = false;
    while (r->at < r->count) {
        struct hook *h = r->hooks[r->at];
        if (!h->removed && bind(r, h)) {
            push_call(r);
            if (!step(r, 1, &waits))
                break;
        }
        next_hook(r);
    }
    if (!waits)
        finish(r);
}

/* The coroutine's first stack slot is the event; it survives a failing handler only when it is referenced. */
static void keep_event(struct run *r) {
    lua_pushvalue(r->co, 1);
    r->event_ref = luaL_ref(r->co, LUA_REGISTRYINDEX);
}

static void take_hooks(struct run *r, struct hook *const *hooks, size_t count) {
    r->hooks = count <= RUN_FEW ? r->few : mem_array(NULL, count, sizeof(*hooks));
    memcpy(r->hooks, hooks, count * sizeof(*hooks));
    r->count = count;
    if (count > 1)
        keep_event(r);
}

/* The run may be gone afterwards. */
static void chain_as_event(struct run *r) {
    struct log *log = r->script->log;
    uint64_t before = log_enter(log, r->event);
    chain(r);
    log_leave(log, before);
}

void run_start(struct run *r, struct hook *const *hooks, size_t count) {
    take_hooks(r, hooks, count);
    chain_as_event(r);
}

static void on_later(struct loop_defer *d) {
    struct run *r = (struct run *)((char *)d - offsetof(struct run, defer));
    r->cancel = NULL;
    chain_as_event(r);
}

static void cancel_later(struct run *r) {
    r->cancel = NULL;
    loop_defer_cancel(r->script->loop, &r->defer);
}

void run_start_later(struct run *r, struct hook *const *hooks, size_t count) {
    take_hooks(r, hooks, count);
    origin_keep(&r->origin);
    r->defer.run = on_later;
    r->cancel = cancel_later;
    loop_defer(r->script->loop, &r->defer);
}

void run_function(struct run *r, const struct binding *binding) {
    bool waits = false;
    struct log *log = r->script->log;
    uint64_t before = log_enter(log, r->event);
    r->hooks = r->few;
    r->binding = binding;
    push_call(r);
    step(r, 1, &waits);
    if (!waits)
        finish(r);
    log_leave(log, before);
}

/* ---- waiting ---- */

struct run *run_check_wait(lua_State *L, const char *verb) {
    struct script *s = script_of(L);
    if (s->current == NULL)
        luaL_error(L, "%s waits, so it can only be called from a handler", verb);
    if (s->current->co != L)
        luaL_error(L, "%s waits, so it cannot be called inside a coroutine of your own", verb);
    if (!lua_isyieldable(L))
        luaL_error(L, "%s cannot wait here: a C function (sort, gsub, require, a metamethod) is in between",
                   verb);
    s->current->waiting = true;
    return s->current;
}

/* The handler is over; `on`: others may have their turn. */
static void go_on(struct run *r, bool on) {
    if (on && r->at < r->count) {
        next_hook(r);
        chain(r);
    } else {
        finish(r);
    }
}

static void on_stored(struct run *r, const struct err *failed) {
    struct log *log = r->script->log;
    uint64_t before = log_enter(log, r->event);
    if (failed == NULL) {
        go_on(r, run_after_return(r, lua_gettop(r->co) - 1));
    } else {
        lua_pushfstring(r->co, "bot.store is not written: %s", failed->text);
        go_on(r, run_after_failure(r, LUA_ERRRUN, RUN_UNWRITTEN));
    }
    log_leave(log, before);
}

void run_wake(struct run *r, int n) {
    bool waits = false;
    struct log *log = r->script->log;
    uint64_t before = log_enter(log, r->event);
    bool on = step(r, n, &waits);
    if (!waits)
        go_on(r, on);
    log_leave(log, before);
}

void run_cancel(struct run *r) {
    if (r->cancel != NULL)
        r->cancel(r);
    lua_resetthread(r->co);
    finish(r);
}
