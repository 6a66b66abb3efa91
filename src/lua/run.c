/* SPDX-License-Identifier: MIT */
#include "lua/run.h"

#include "base/mem.h"
#include "lua/answer.h"
#include "lua/bot.h"
#include "lua/calls.h"
#include "lua/features.h"
#include "lua/store.h"

#include <assert.h>
#include <stddef.h>

enum { SPARE_MOST = 64 };

static void link_run(struct run *r, struct run **head) {
    r->next = *head;
    r->link = head;
    if (r->next != NULL)
        r->next->link = &r->next;
    *head = r;
}

static void unlink_run(struct run *r) {
    *r->link = r->next;
    if (r->next != NULL)
        r->next->link = r->link;
}

static struct run *make(struct script *s) {
    struct run *r = mem_new(struct run);
    r->script = s;
    r->co = lua_newthread(s->L);
    r->co_ref = luaL_ref(s->L, LUA_REGISTRYINDEX);
    r->event_ref = LUA_NOREF;
    return r;
}

static void destroy(struct run *r) {
    luaL_unref(r->script->L, LUA_REGISTRYINDEX, r->co_ref);
    mem_free(r);
}

struct run *run_new(struct bot *bot) {
    struct script *s = bot_script(bot);
    struct run *r = s->spare_runs;
    if (r != NULL) {
        unlink_run(r);
        s->spare_count--;
    } else {
        r = make(s);
    }
    r->bot = bot;
    r->event = s->log->event != 0 ? s->log->event : log_event_new(s->log);
    link_run(r, bot_runs(bot));
    return r;
}

void run_free_spare(struct script *s) {
    while (s->spare_runs != NULL) {
        struct run *r = s->spare_runs;
        unlink_run(r);
        destroy(r);
    }
    s->spare_count = 0;
}

/* Gives the run back. Its coroutine must be at rest. */
static void recycle(struct run *r) {
    struct script *s = r->script;
    unlink_run(r);
    origin_finish(&r->origin);
    luaL_unref(s->L, LUA_REGISTRYINDEX, r->event_ref);
    if (r->hooks != r->few)
        mem_free(r->hooks);
    lua_settop(r->co, 0);
    if (s->spare_count >= SPARE_MOST) {
        destroy(r);
        return;
    }
    *r = (struct run){.script = s, .co = r->co, .co_ref = r->co_ref, .event_ref = LUA_NOREF};
    link_run(r, &s->spare_runs);
    s->spare_count++;
}

static bool is_asked(const struct run *r) {
    return !r->watches && origin_is_request(&r->origin);
}

static void finish(struct run *r) {
    for (; r->at < r->count; r->at++)
        hook_unref(r->hooks[r->at]);
    if (!r->answered && is_asked(r))
        answer_error(r->bot, &r->origin, "cancel", "service-unavailable", STR_NONE);
    if (r->done != NULL)
        r->done(r);
    recycle(r);
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

/* A coroutine in which an error came out of the watchdog's hook never runs a hook again (Lua keeps allowhook
 * off), so one that failed is not used a second time. */
static void renew_coroutine(struct run *r) {
    lua_State *L = r->script->L;
    lua_resetthread(r->co); /* closes its to-be-closed variables */
    luaL_unref(L, LUA_REGISTRYINDEX, r->co_ref);
    r->co = lua_newthread(L);
    r->co_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* What was raised, as text: a string, or an error table's text or condition. Metamethods are not run. */
static const char *describe(lua_State *co) {
    if (lua_type(co, -1) == LUA_TTABLE) {
        struct str text = errors_field(co, -1, "text"), condition = errors_field(co, -1, "condition");
        return text.s ? text.s : condition.s ? condition.s : "(a table)";
    }
    return lua_isstring(co, -1) ? lua_tostring(co, -1) : luaL_typename(co, -1);
}

/* A handler that failed: said once, with traceback. */
static void report_failure(struct run *r, int status) {
    struct script *s = r->script;
    if (status == LUA_ERRMEM) {
        log_error(s->log, bot_name(r->bot), "%s: stopped at the limit of %zu MiB of memory",
                  r->binding->label, s->heap.cap >> 20);
        return;
    }
    luaL_traceback(s->L, r->co, describe(r->co), 0);
    log_error(s->log, bot_name(r->bot), "%s: %s", r->binding->label, lua_tostring(s->L, -1));
    lua_pop(s->L, 1);
}

static void count(struct run *r, enum call_end end) {
    log_debug(r->script->log, bot_name(r->bot), "%s %s after %.1f ms", r->binding->label,
              end == CALL_GOOD     ? "has ended"
              : end == CALL_FAILED ? "has failed"
                                   : "was stopped",
              (double)(calls_clock() - r->began) / 1e6);
    if (r->bot->calls != NULL)
        calls_add(r->bot->calls, r->binding->label, end, r->began);
}

static enum call_end end_of(const struct run *r, int status) {
    return status == LUA_ERRMEM               ? CALL_MEMORY
           : r->stopped == WATCH_TIME         ? CALL_TIME
           : r->stopped == WATCH_INSTRUCTIONS ? CALL_INSTRUCTIONS
                                              : CALL_FAILED;
}

static bool is_command(const struct run *r) {
    return !r->watches && r->at < r->count && r->hooks[r->at]->spec->event == HOOK_COMMAND;
}

/* True when the chain may go on with the next hook. A raised error table answers a request as a returned one
 * would. */
static bool after_failure(struct run *r, int status, enum run_end how) {
    report_failure(r, status);
    count(r, end_of(r, status));
    if (r->answer != NULL)
        r->answered |= r->answer(r, how, 0);
    bool is_request = is_asked(r), failed_command = is_command(r);
    if (is_request && status == LUA_ERRRUN && lua_istable(r->co, -1))
        answer_failure(r->bot, &r->origin, r->co, -1, r->binding->label);
    else if (is_request)
        answer_error(r->bot, &r->origin, "cancel", "internal-server-error", STR_NONE);
    if (failed_command)
        answer_text(r->bot, &r->origin, r->script->L, STR_NONE,
                    STR_LIT("This failed; the reason is in the log."), NULL);
    r->answered |= is_request;
    renew_coroutine(r);
    if (status == LUA_ERRMEM)
        lua_gc(r->script->L, LUA_GCCOLLECT, 0);
    return !is_request && !failed_command;
}

static bool take_results(struct run *r, int results) {
    if (r->answer != NULL)
        return r->answer(r, RUN_RETURNED, results);
    return !r->watches && answer_results(r->bot, &r->origin, r->co, results, r->binding->label);
}

static bool after_return(struct run *r, int results) {
    bool failed = results >= 2 && !lua_toboolean(r->co, -results) && !lua_isnil(r->co, 1 - results);
    count(r, failed ? CALL_FAILED : CALL_GOOD);
    bool answered = take_results(r, results);
    bool go_on = r->at < r->count && r->hooks[r->at]->spec->go_on;
    lua_pop(r->co, results);
    r->answered |= answered;
    return !answered || (go_on && r->origin.event != HOOK_IQ);
}

static void on_stored(struct run *r, const struct err *failed);

/* Runs the handler with args on the coroutine's stack. True: on to the next hook; false: the run is over or
 * waits. */
static bool step(struct run *r, int args, bool *waits) {
    int results = 0, status = resume(r, args, &results);
    *waits = status == LUA_YIELD && r->waiting;
    /* What it returned is looked at when bot.store is on disk. */
    *waits |= store_settle(r, status == LUA_OK ? on_stored : NULL);
    if (*waits) {
        r->depth = 0;
        origin_keep(&r->origin);
        return false;
    }
    if (status == LUA_OK) /* lua_resume counts all that is on the stack: the event below is no result */
        return after_return(r, lua_gettop(r->co) - 1);
    if (status == LUA_YIELD) { /* coroutine.yield outside of any coroutine of its own */
        lua_settop(r->co, 0);
        lua_pushliteral(r->co,
                        "a handler waits with bot:sleep, bot:iq and the like, not with coroutine.yield");
        status = LUA_ERRRUN;
    }
    return after_failure(r, status, RUN_RAISED);
}

/* Leaves function and event on the coroutine's stack, over the event that stays below. */
static void push_call(struct run *r) {
    lua_State *co = r->co;
    if (r->bot->calls != NULL || log_is(r->script->log, LOG_DEBUG))
        r->began = calls_clock();
    if (lua_gettop(co) == 0) /* a hook before failed and took the stack with it */
        lua_rawgeti(co, LUA_REGISTRYINDEX, r->event_ref);
    lua_settop(co, 1);
    bot_set_hook_fields(co, 1, r->binding, r->at < r->count ? r->hooks[r->at] : NULL, &r->origin);
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
        go_on(r, after_return(r, lua_gettop(r->co) - 1));
    } else {
        lua_pushfstring(r->co, "bot.store is not written: %s", failed->text);
        go_on(r, after_failure(r, LUA_ERRRUN, RUN_UNWRITTEN));
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
