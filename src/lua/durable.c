/* SPDX-License-Identifier: MIT */
/* A bot's outbox: made when it is needed first, told of rooms and of what comes back; and the events. Sending
 * is durable_send.c. */
#include "lua/durable_internal.h"

#include "lua/call.h"
#include "lua/dispatch.h"
#include "session/delivery.h"

/* ---- events ---- */

static void set_field(lua_State *L, const char *name, const char *value) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

/* event.data: id, to, reason. */
static void raise(struct bot *b, const char *event, const char *id, const char *to, const char *reason) {
    lua_State *L = b->script->L;
    struct hook_facts facts = {.event = HOOK_NAMED, .own_name = str_of(event)};
    if (!hook_table_has(b->hooks, HOOK_NAMED))
        return;
    lua_createtable(L, 0, 1);
    lua_createtable(L, 0, 3);
    set_field(L, "id", id);
    set_field(L, "to", to);
    set_field(L, "reason", reason);
    lua_setfield(L, -2, "data");
    event_push_fields(L, b, event, lua_gettop(L));
    lua_remove(L, -2);
    dispatch_later(b, &facts, L);
}

static void on_delivered(void *ctx, const char *id, const char *to) {
    raise(ctx, "message.delivered", id, to, NULL);
}

void durable_failed(void *ctx, const char *id, const char *to, const char *reason) {
    raise(ctx, "message.failed", id, to, reason);
}

/* ---- the bot's outbox ---- */

void durable_open(struct bot *b) {
    static const struct delivery_callbacks callbacks = {on_delivered, durable_failed};
    if (b->delivery != NULL)
        return;
    b->delivery = delivery_new(b->script->loop, b->script->log, b->database, bot_name(b), &callbacks, b);
    delivery_attach(b->delivery, b->session);
    if (b->session != NULL && session_is_online(b->session))
        delivery_online(b->delivery);
    for (size_t i = 0; i < hook_rooms_count(b->self.rooms); i++) {
        const struct hook_room *room = hook_rooms_at(b->self.rooms, i);
        if (room->state == ROOM_JOINED)
            delivery_room(b->delivery, str_of(room->jid), true);
    }
}

void durable_load(struct bot *b) {
    struct err err = ERR_INIT;
    if (b->database == NULL || !database_exists(b->database))
        return;
    durable_open(b);
    if (delivery_load(b->delivery, b->session, &err) < 0)
        log_error(b->script->log, bot_name(b), "what waits in the outbox cannot be read: %s", err.text);
}

static void on_entered(void *ctx, struct str result) {
    (void)ctx, (void)result; /* what became of it is in the log */
}

void durable_online(struct bot *b) {
    if (b->delivery == NULL)
        return;
    delivery_online(b->delivery);
    for (const struct outbox_lane *lane = outbox_lanes(delivery_outbox(b->delivery)); lane != NULL;
         lane = lane->next)
        if (lane->first != NULL && lane->first->kind == OUTBOX_ROOM &&
            hook_rooms_get(b->self.rooms, str_of(lane->to)) == NULL)
            call_library(b, "couplet.sending", "enter", str_of(lane->to), on_entered, NULL);
}

void durable_close(struct bot *b) {
    for (struct settling *s = b->settlings; s != NULL; s = s->next) {
        s->bot = NULL;
        s->done(s->ctx, false); /* now, while the database still takes what follows from it */
    }
    b->settlings = NULL;
    delivery_free(b->delivery);
    b->delivery = NULL;
    durable_drop(b); /* the outbox tells nobody any more */
}

int durable_longest(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    if (b->database == NULL)
        return 0;
    lua_pushinteger(L, b->config->long_text);
    return 1;
}

/* ---- proof ---- */

static struct str origin_id(const struct xml_node *stanza) {
    const struct xml_node *origin = xml_child(stanza, "origin-id", NS_SID);
    return origin != NULL ? xml_attr(origin, "id") : STR_NONE;
}

void durable_heard(struct bot *b, const struct hook_facts *f) {
    if (b->delivery == NULL || f->event != HOOK_MESSAGE)
        return;
    if (str_is(f->type, "error")) {
        delivery_error(b->delivery, f->from_bare, f->stanza);
    } else if (str_is(f->type, "groupchat") && (f->flags & HOOK_OWN) && f->room.s != NULL) {
        delivery_reflected(b->delivery, f->room, f->id);
        delivery_reflected(b->delivery, f->room, origin_id(f->stanza));
    }
}
