/* SPDX-License-Identifier: MIT */
/* bot:send(stanza, { durable = true }): the stanza as text, into the outbox; the handler goes on when the
 * disk has answered. */
#include "lua/durable_internal.h"

#include "base/jid.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/wall.h"
#include "lua/address.h"
#include "lua/stanza.h"
#include "session/delivery.h"
#include "xml/write.h"

enum { EXPIRES_S = 7 * 86400 }; /* unless stated */

static void forget(struct sending *s) {
    if (s->bot != NULL) {
        *s->link = s->next;
        if (s->next != NULL)
            s->next->link = s->link;
    }
    mem_free(s->id);
    mem_free(s->to);
    mem_free(s);
}

void durable_drop(struct bot *b) {
    while (b->sendings != NULL)
        forget(b->sendings);
}

static int push_refused(lua_State *L, const struct err *why) {
    return errors_push(L, "wait", "resource-constraint", why->text, NULL);
}

/* The same id waits there already: whoever says the same again, after a crash, has nothing to do. */
static bool is_known(const struct err *failed) {
    return failed != NULL && strstr(failed->text, OUTBOX_KNOWN) != NULL;
}

static int push_failed(lua_State *L, const struct err *failed) {
    if (is_known(failed))
        return errors_push(L, "cancel", "conflict", failed->text, NULL);
    return push_refused(L, failed);
}

static void settle(struct sending *s, const struct err *failed) {
    struct run *r = s->run;
    int results = 1;
    if (s->bot != NULL && failed != NULL && !is_known(failed))
        log_error(s->bot->script->log, bot_name(s->bot), "a message to %s is not accepted: %s", s->to,
                  failed->text);
    else if (s->bot != NULL)
        log_debug(s->bot->script->log, bot_name(s->bot), "message %s to %s is accepted: it is on disk%s",
                  s->id, s->to, failed != NULL ? " already" : "");
    if (s->bot != NULL && r != NULL) {
        r->refused |= failed != NULL && !is_known(failed);
        if (failed != NULL)
            results = push_failed(r->co, failed);
        else
            lua_pushstring(r->co, s->id);
        r->cancel = NULL;
        r->wait_ctx = NULL;
    } else if (s->bot != NULL && failed != NULL && !is_known(failed)) {
        s->bot->lost++;
        durable_failed(s->bot, s->id, s->to, failed->text);
    }
    bool wakes = s->bot != NULL && r != NULL;
    forget(s);
    if (wakes)
        run_wake(r, results);
}

static void on_accepted(void *ctx, const struct err *failed) {
    struct sending *s = ctx;
    struct log *log = s->bot != NULL ? s->bot->script->log : NULL;
    uint64_t before = log != NULL ? log_enter(log, s->event) : 0;
    settle(s, failed);
    if (log != NULL)
        log_leave(log, before);
}

static void stop_waiting(struct run *r) {
    ((struct sending *)r->wait_ctx)->run = NULL;
    r->cancel = NULL;
}

static struct sending *sending_new(struct bot *b, struct str id, const char *to) {
    struct sending *s = mem_new(struct sending);
    s->bot = b;
    s->id = mem_strndup(id.s, id.len);
    s->to = mem_strdup(to);
    s->event = b->script->log->event;
    s->next = b->sendings;
    s->link = &b->sendings;
    if (s->next != NULL)
        s->next->link = &s->next;
    b->sendings = s;
    return s;
}

static bool can_wait(lua_State *L) {
    const struct run *current = script_of(L)->current;
    return current != NULL && current->co == L && lua_isyieldable(L);
}

/* XEP-0359 3: the id in a place that no server on the way writes over. */
static void add_origin_id(struct buf *text, struct str id) {
    static const char end[] = "</message>";
    size_t len = buf_len(text);
    if (strstr(buf_data(text), "<origin-id ") != NULL)
        return;
    if (len > 2 && memcmp(buf_data(text) + len - 2, "/>", 2) == 0) {
        buf_cut(text, len - 2);
        buf_addc(text, '>');
    } else {
        buf_cut(text, len - (sizeof(end) - 1));
    }
    buf_lit(text, "<origin-id xmlns='" NS_SID "'");
    xml_write_attr(text, "id", id);
    buf_lit(text, "/>");
    buf_adds(text, end);
}

/* The bare JID as servers write it, owned; NULL: it is none. No address: our own account. */
static char *lane_of(const struct bot *b, struct str to, struct err *err) {
    struct jid jid;
    if (to.s == NULL)
        return mem_strdup(b->bare);
    if (jid_parse(to, &jid, err) < 0) {
        err_context(err, "to");
        return NULL;
    }
    char *bare = jid_bare(&jid);
    jid_finish(&jid);
    return bare;
}

static enum outbox_kind kind_of(const struct bot *b, struct str type, const char *lane) {
    if (str_is(type, "groupchat"))
        return OUTBOX_ROOM;
    return hook_rooms_get(b->self.rooms, str_of(lane)) != NULL ? OUTBOX_OCCUPANT : OUTBOX_DIRECT;
}

/* Had a run before this one, for the same cause, said the same? Ids are new each time. */
static int is_said(struct bot *b, lua_State *L, struct str from, bool *said, struct err *err) {
    struct run *r = b->script->current;
    const struct stanza_extra extra[] = {{"id", STR_LIT("")}, {"from", from}, {NULL, STR_NONE}};
    struct buf text = BUF_INIT;
    *said = false;
    if (r == NULL || r->bot != b || r->is_said == NULL)
        return 0;
    int result = stanza_write(L, 2, &text, "jabber:client", extra, err);
    if (result == 0)
        *said = r->is_said(r, (struct str){buf_data(&text), buf_len(&text)});
    buf_finish(&text);
    return result;
}

static void note(struct bot *b) {
    struct run *r = b->script->current;
    if (r != NULL && r->bot == b && r->says != NULL)
        r->says(r);
}

/* Nothing raises between what is acquired here and its release. said: there is nothing to do. */
static struct sending *hand_over(struct bot *b, lua_State *L, struct str id, double expires, bool *said,
                                 struct err *err) {
    struct str to = stanza_attr(L, 2, "to"), from = stanza_attr(L, 2, "from");
    struct buf text = BUF_INIT;
    struct sending *s = NULL;
    char *lane = address_check(b, STR_NONE, &from, to, err) == 0 ? lane_of(b, to, err) : NULL;
    const struct stanza_extra extra[] = {{"id", id}, {"from", from}, {NULL, STR_NONE}};
    if (lane != NULL && is_said(b, L, from, said, err) == 0 && !*said &&
        stanza_write(L, 2, &text, "jabber:client", extra, err) == 0) {
        add_origin_id(&text, id);
        struct outbox_letter letter = {.to = str_of(lane),
                                       .id = id,
                                       .stanza = {buf_data(&text), buf_len(&text)},
                                       .kind = kind_of(b, stanza_attr(L, 2, "type"), lane),
                                       .made_ms = wall_ms(),
                                       .event = b->script->log->event};
        letter.expires_ms = letter.made_ms + (int64_t)(expires * 1000);
        s = sending_new(b, id, lane);
        struct err full = ERR_INIT;
        if (outbox_add(delivery_outbox(b->delivery), &letter, on_accepted, s, &full) == NULL) {
            forget(s);
            s = NULL;
            err->text[0] = '\0';
            err_set(err, "%s", full.text);
        } else {
            note(b);
        }
    }
    buf_finish(&text);
    mem_free(lane);
    return s;
}

bool durable_is_wanted(lua_State *L, int idx) {
    if (!lua_istable(L, idx))
        return false;
    bool wanted = lua_getfield(L, idx, "durable") != LUA_TNIL && lua_toboolean(L, -1);
    lua_pop(L, 1);
    return wanted;
}

static double expires_of(lua_State *L) {
    double expires = EXPIRES_S;
    if (lua_getfield(L, 3, "expires") != LUA_TNIL)
        expires = luaL_checknumber(L, -1);
    luaL_argcheck(L, expires > 0 && expires <= 1e9, 3,
                  "expires must be seconds, more than 0 and at most 1e9");
    lua_pop(L, 1);
    return expires;
}

int durable_send(lua_State *L) {
    char made[RANDOM_ID_LEN + 1];
    struct err err = ERR_INIT;
    struct bot *b = bot_check(L, 1);
    struct str id = stanza_attr(L, 2, "id"), type = stanza_attr(L, 2, "type");
    luaL_argcheck(L, str_is(stanza_name(L, 2), "message") && !str_is(type, "error"), 2,
                  "what is durable is a message");
    double expires = expires_of(L);
    if (b->database == NULL)
        return errors_push(L, "cancel", "feature-not-implemented",
                           "nothing is kept on disk: `storage:` is not configured", NULL);
    durable_open(b);
    if (id.s == NULL) {
        random_id(made);
        id = (struct str){made, RANDOM_ID_LEN};
    }
    bool is_full = outbox_count(delivery_outbox(b->delivery)) >= OUTBOX_COUNT_MAX;
    bool said = false;
    struct sending *s = hand_over(b, L, id, expires, &said, &err);
    if (s == NULL && (is_full || strncmp(err.text, "the outbox is full", 18) == 0)) {
        if (b->script->current != NULL)
            b->script->current->refused = true;
        return push_refused(L, &err);
    }
    if (s == NULL && !said)
        return luaL_error(L, "bot:send: %s", err.text);
    if (said || !can_wait(L)) {
        lua_pushlstring(L, id.s, id.len);
        return 1;
    }
    s->run = run_check_wait(L, "bot:send");
    s->run->wait_ctx = s;
    s->run->cancel = stop_waiting;
    return lua_yield(L, 0);
}
