/* SPDX-License-Identifier: MIT */
/*
 * wait: the verbs that block a handler and nobody else. Each is the same three steps: note in the run how to
 * end the wait, yield, and run_wake from the loop with what the call returns.
 */
#include "lua/wait.h"

#include "base/mem.h"
#include "base/random.h"
#include "lua/address.h"
#include "lua/stanza.h"
#include "xml/stanza_error.h"

#include <stddef.h>

/* ---- bot:sleep(seconds) ---- */

static void cancel_sleep(struct run *r) {
    loop_timer_stop(r->script->loop, &r->timer);
}

static void on_slept(struct loop_timer *t) {
    struct run *r = (struct run *)((char *)t - offsetof(struct run, timer));
    r->cancel = NULL;
    run_wake(r, 0);
}

int wait_sleep(lua_State *L) {
    bot_check(L, 1);
    lua_Number seconds = luaL_checknumber(L, 2);
    luaL_argcheck(L, seconds >= 0 && seconds <= 1e9, 2, "seconds from 0 to 1e9 are expected");
    struct run *r = run_check_wait(L, "bot:sleep");
    r->cancel = cancel_sleep;
    r->timer.fire = on_slept;
    loop_timer_in(r->script->loop, &r->timer, (int64_t)(seconds * 1000));
    return lua_yield(L, 0);
}

/* ---- bot:iq(stanza, { timeout = }) -> reply | nil, err ---- */

static void cancel_iq(struct run *r) {
    r->cancel = NULL;
    session_iq_cancel(r->bot->session, r->iq);
}

/* Sets extra = { tag = what the application added } of the error on top (RFC 6120 8.3.4). */
static void push_extra(lua_State *L, const struct xml_node *own) {
    if (own == NULL)
        return;
    luaL_checkstack(L, 4, "error");
    lua_createtable(L, 0, 1);
    stanza_push(L, own);
    lua_setfield(L, -2, "tag");
    lua_setfield(L, -2, "extra");
}

static int push_stanza_error(lua_State *L, const struct xml_node *answer) {
    struct stanza_error error;
    stanza_error_read(&error, answer);
    errors_push(L, error.type.s != NULL ? error.type.s : "cancel", stanza_error_condition(&error).s,
                error.text.s, xml_attr_atom(answer, ATOM_FROM).s);
    push_extra(L, error.own);
    return 2;
}

static int push_outcome(lua_State *L, enum iq_outcome outcome, const struct xml_node *answer) {
    if (outcome == IQ_TIMEOUT)
        return errors_push(L, "wait", "remote-server-timeout", "no answer came in time", NULL);
    if (outcome != IQ_ANSWER)
        return errors_push(L, "wait", "recipient-unavailable", "the connection was lost before the answer",
                           NULL);
    if (str_is(xml_attr_atom(answer, ATOM_TYPE), "error"))
        return push_stanza_error(L, answer);
    stanza_push(L, answer);
    return 1;
}

static void on_answered(void *ctx, enum iq_outcome outcome, const struct xml_node *answer) {
    struct run *r = ctx;
    if (outcome == IQ_CANCELLED)
        return; /* cancel_iq: the run ends without being woken */
    r->cancel = NULL;
    run_wake(r, push_outcome(r->co, outcome, answer));
}

static int send_request(lua_State *L, struct bot *b, struct run *r, double timeout, struct err *err) {
    char made[RANDOM_ID_LEN + 1];
    struct str id = stanza_attr(L, 2, "id"), to = stanza_attr(L, 2, "to"), from = stanza_attr(L, 2, "from");
    struct buf *out = session_out(b->session);
    if (address_check(b, STR_NONE, &from, to, err) < 0)
        return -1;
    if (id.s == NULL) {
        random_id(made);
        id = (struct str){made, RANDOM_ID_LEN};
    }
    const struct stanza_extra extra[] = {{"id", id}, {"from", from}, {NULL, STR_NONE}};
    size_t before = buf_len(out);
    if (stanza_write(L, 2, out, "jabber:client", extra, err) < 0)
        return -1;
    r->iq =
        session_iq(b->session, id, b->config->is_component ? from : STR_NONE, to, timeout, on_answered, r);
    if (r->iq == 0) {
        buf_cut(out, before);
        return err_set(err, "the id '%s' is already waiting for an answer, or too many requests are", id.s);
    }
    session_sent(b->session, before);
    return 0;
}

static double timeout_of(lua_State *L, const struct bot *b) {
    double timeout = b->config->iq_timeout;
    if (lua_istable(L, 3) && lua_getfield(L, 3, "timeout") != LUA_TNIL)
        timeout = luaL_checknumber(L, -1);
    luaL_argcheck(L, timeout > 0 && timeout <= 86400, 3,
                  "timeout must be seconds, more than 0 and at most 86400");
    return timeout;
}

int wait_iq(lua_State *L) {
    struct err err = ERR_INIT;
    struct bot *b = bot_check(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    struct str type = stanza_attr(L, 2, "type");
    luaL_argcheck(L, str_is(stanza_name(L, 2), "iq") && (str_is(type, "get") || str_is(type, "set")), 2,
                  "an iq of type get or set is expected");
    double timeout = timeout_of(L, b);
    if (b->session == NULL || session_out(b->session) == NULL)
        return errors_push(L, "wait", "recipient-unavailable", "the bot is not online", NULL);
    struct run *r = run_check_wait(L, "bot:iq");
    if (send_request(L, b, r, timeout, &err) < 0) {
        r->waiting = false;
        return luaL_error(L, "bot:iq: %s", err.text);
    }
    r->cancel = cancel_iq;
    return lua_yield(L, 0);
}
