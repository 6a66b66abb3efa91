/* SPDX-License-Identifier: MIT */
/*
 * life: what happens to a bot that is no stanza: it starts and stops, is bound, online, offline, gets its
 * roster. The library's watchers are told first, then the bot's own hooks.
 */
#include "base/mem.h"
#include "lua/bot.h"
#include "lua/durable.h"
#include "lua/features.h"
#include "lua/rooms.h"
#include "lua/stanza.h"
#include "session/delivery.h"

static void set_string(lua_State *L, const char *field, const char *value) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

struct raised {
    void (*done)(void *ctx);
    void *ctx;
};

static void on_raised(struct run *r) {
    struct raised *raised = r->done_ctx;
    raised->done(raised->ctx);
    mem_free(raised);
}

static struct run *new_raised(struct bot *b, enum hook_event event, const char *field, const char *value) {
    struct run *r = run_new(b);
    origin_of_event(&r->origin, event);
    event_push(r->co, b, event);
    if (field != NULL)
        set_string(r->co, field, value);
    return r;
}

/* What a handler brings about (bot:stop) runs after it, not inside of it. */
static void start(struct run *r, struct hook *const *hooks, size_t count) {
    if (r->script->current != NULL)
        run_start_later(r, hooks, count);
    else
        run_start(r, hooks, count);
}

/* The library's, who are told of it before the bot's own hooks. */
static void tell_watchers(struct bot *b, enum hook_event event, const char *field, const char *value) {
    const struct hook_facts facts = {.event = event};
    struct hook *hooks[HOOK_MATCH_MAX];
    size_t count = features_match(b->script->features, b->features, true, &facts, hooks);
    if (count == 0)
        return;
    struct run *r = new_raised(b, event, field, value);
    r->watches = true;
    start(r, hooks, count);
}

static void raise_with(struct bot *b, enum hook_event event, const char *field, const char *value,
                       void (*done)(void *ctx), void *ctx) {
    struct hook *hooks[HOOK_MATCH_MAX];
    tell_watchers(b, event, field, value);
    size_t count = hook_table_event(b->hooks, event, hooks);
    if (count == 0) {
        if (done != NULL)
            done(ctx);
        return;
    }
    struct run *r = new_raised(b, event, field, value);
    if (done != NULL) {
        struct raised *raised = mem_new(struct raised);
        *raised = (struct raised){done, ctx};
        r->done = on_raised;
        r->done_ctx = raised;
    }
    start(r, hooks, count);
}

void bot_raise(struct bot *b, enum hook_event event, void (*done)(void *ctx), void *ctx) {
    if (event == HOOK_START)
        timers_start_config(b);
    raise_with(b, event, NULL, NULL, done, ctx);
}

static void set_jid(struct bot *b, const char *jid) {
    lua_State *L = b->script->L;
    bot_push(L, b);
    set_string(L, "jid", jid);
    lua_pop(L, 1);
}

void bot_bound(struct bot *b, const char *jid) {
    mem_free(b->full);
    b->full = mem_strdup(jid);
    b->self.full = b->full;
    set_jid(b, jid);
    rooms_tell(b, "on_bound", NULL);
}

void bot_proven(struct bot *b, uint64_t mark, bool is_proven) {
    if (is_proven)
        delivery_proven(b->delivery, mark);
    else
        delivery_unproven(b->delivery, mark);
}

void bot_online(struct bot *b) {
    durable_online(b);
    if (b->config->is_bookmarking)
        rooms_tell(b, "on_online", NULL);
    raise_with(b, HOOK_ONLINE, NULL, NULL, NULL, NULL);
}

void bot_offline(struct bot *b, const char *why) {
    for (size_t i = 0; i < hook_rooms_count(b->self.rooms); i++) {
        struct hook_room *room = hook_rooms_at(b->self.rooms, i);
        if (room->state == ROOM_JOINED)
            room->state = ROOM_JOINING;
    }
    delivery_offline(b->delivery);
    rooms_tell(b, "on_offline", why);
    raise_with(b, HOOK_OFFLINE, "reason", why, NULL, NULL);
}

void bot_resumed(struct bot *b) {
    rooms_tell(b, "on_resumed", NULL);
}

/* lua/couplet/roster.lua keeps bot.roster. */
void bot_roster(struct bot *b, const struct xml_node *iq) {
    lua_State *L = b->script->L;
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.roster");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "apply");
    bot_push(L, b);
    stanza_push(L, iq);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        log_error(b->script->log, bot_name(b), "the roster cannot be read: %s", lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}
