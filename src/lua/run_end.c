/* SPDX-License-Identifier: MIT */
/* What a handler returned or raised: answered, counted, said in the log. */
#include "lua/run_internal.h"

#include "lua/answer.h"
#include "lua/bot.h"
#include "lua/calls.h"

bool run_is_asked(const struct run *r) {
    return !r->watches && origin_is_request(&r->origin);
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
bool run_after_failure(struct run *r, int status, enum run_end how) {
    report_failure(r, status);
    count(r, end_of(r, status));
    if (r->answer != NULL)
        r->answered |= r->answer(r, how, 0);
    bool is_request = run_is_asked(r), failed_command = is_command(r);
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

bool run_after_return(struct run *r, int results) {
    bool failed = results >= 2 && !lua_toboolean(r->co, -results) && !lua_isnil(r->co, 1 - results);
    count(r, failed ? CALL_FAILED : CALL_GOOD);
    bool answered = take_results(r, results);
    bool go_on = r->at < r->count && r->hooks[r->at]->spec->go_on;
    lua_pop(r->co, results);
    r->answered |= answered;
    return !answered || (go_on && r->origin.event != HOOK_IQ);
}
