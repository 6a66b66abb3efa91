/* SPDX-License-Identifier: MIT */
#include "lua/bot.h"

#include "base/mem.h"
#include "hook/echoes.h"
#include "lua/answer.h"
#include "lua/calls.h"
#include "lua/dispatch.h"
#include "lua/durable.h"
#include "lua/features.h"
#include "lua/loops.h"
#include "lua/rooms.h"
#include "lua/store.h"
#include "session/delivery.h"
#include "store/remember.h"

#include <assert.h>

/* The key of the pointer to struct bot in the Lua table: its address is all that matters. */
static const char bot_key;

const char *bot_name(const struct bot *b) {
    return b->config->name;
}

struct script *bot_script(const struct bot *b) {
    return b->script;
}

struct run **bot_runs(struct bot *b) {
    return &b->runs;
}

void bot_push(lua_State *L, const struct bot *b) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, b->table);
}

struct bot *bot_check(lua_State *L, int arg) {
    struct bot *b = NULL;
    if (lua_istable(L, arg)) {
        lua_rawgetp(L, arg, &bot_key);
        b = lua_touserdata(L, -1);
        lua_pop(L, 1);
    }
    if (b == NULL)
        luaL_argerror(L, arg,
                      "a bot is expected (call it as bot:method(…); a bot that was unloaded is none)");
    return b;
}

struct watch_limits bot_limits(const struct bot *b, const struct config_limits *own) {
    struct watch_limits w = {.time = b->limits.time, .instructions = b->limits.instructions};
    if (own != NULL && own->time > 0)
        w.time = own->time;
    if (own != NULL && own->instructions > 0)
        w.instructions = own->instructions;
    return w;
}

/* ---- birth and death ---- */

static void set_string(lua_State *L, const char *field, const char *value) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

/* couplet.bot.new(name, jid) makes the table; the pointer back to us is put in under a key that scripts
 * cannot name. */
static int make_table(struct bot *b) {
    lua_State *L = b->script->L;
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.bot");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "new");
    lua_remove(L, -2);
    lua_call(L, 0, 1);
    set_string(L, "name", b->config->name);
    set_string(L, "jid", b->bare);
    lua_pushlightuserdata(L, b);
    lua_rawsetp(L, -2, &bot_key);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

static bool is_catching_up(const struct config_bot *c) {
    bool wanted = c->catch_up != NULL;
    for (size_t i = 0; i < c->room_count; i++)
        wanted |= c->rooms[i].catch_up != NULL;
    return wanted;
}

struct bot *bot_new(struct script *script, const struct config_bot *config,
                    const struct config_limits *defaults) {
    struct bot *b = mem_new(struct bot);
    b->script = script;
    b->config = config;
    b->limits = *defaults;
    b->bare =
        config->jid.host ? jid_bare(&config->jid) : mem_strdup(""); /* a config with mistakes may lack it */
    b->hooks = hook_table_new();
    b->features = features_default(script->features);
    if (config->invitations != NULL && strcmp(config->invitations, "ignore") != 0)
        b->features |= features_bit(script->features, "invitations");
    if (config->is_approving)
        b->features |= features_bit(script->features, "subscriptions");
    if (config->is_bookmarking)
        b->features |= features_bit(script->features, "bookmarks");
    if (is_catching_up(config))
        b->features |= features_bit(script->features, "catch_up");
    b->self = (struct hook_self){
        .bare = b->bare, .nick = config->nick, .prefix = config->prefix, .rooms = hook_rooms_new()};
    for (size_t i = 0; i < config->room_count; i++) {
        const struct config_room *room = &config->rooms[i];
        if (room->jid == NULL)
            continue;
        hook_rooms_put(b->self.rooms, str_of(room->jid), str_of(room->nick ? room->nick : config->nick));
    }
    b->table = make_table(b);
    return b;
}

static void forget_table(struct bot *b) {
    lua_State *L = b->script->L;
    bot_push(L, b);
    lua_pushnil(L);
    lua_rawsetp(L, -2, &bot_key);
    lua_pop(L, 1);
    luaL_unref(L, LUA_REGISTRYINDEX, b->table);
}

void bot_free(struct bot *b) {
    if (b == NULL)
        return;
    while (b->runs != NULL)
        run_cancel(b->runs);
    timers_free(b);
    echoes_free(b->echoes);
    durable_close(b);
    store_close(b);
    remember_free(b->kept);
    calls_free(b->calls);
    hook_table_free(b->hooks);
    hook_rooms_free(b->self.rooms);
    forget_table(b);
    mem_free(b->own_payload);
    mem_free(b->bare);
    mem_free(b->full);
    mem_free(b);
}

/* A script that announces more has made the text itself. */
static void present(struct bot *b) {
    const char *old = b->payload;
    if (b->session == NULL || b->script->features == NULL || b->own_payload != NULL)
        return;
    b->payload = features_announced(b->script->features, b->features, b->config->is_component)->presence;
    if (old == NULL || strcmp(old, b->payload) != 0)
        session_set_payload(b->session, b->payload);
}

void bot_attach(struct bot *b, struct session *session) {
    b->session = session;
    present(b);
    delivery_attach(b->delivery, session);
    if (session != NULL)
        durable_load(b);
}

void bot_switch(struct bot *b, uint64_t bits, bool on) {
    uint64_t old = b->features;
    b->features = on ? old | bits : old & ~bits;
    if (b->features != old)
        present(b);
}

void bot_set_payload(struct bot *b, const char *text) {
    char *old = b->own_payload;
    b->payload = b->own_payload = mem_strdup(text);
    if (b->session != NULL)
        session_set_payload(b->session, b->payload);
    mem_free(old);
}

/* ---- stanzas ---- */

/* An iq get or set that breaks RFC 6120 8.2.3 is answered by the core. True when it was. */
static bool is_bad_request(const struct hook_facts *f) {
    const struct xml_node *payload = xml_first_element(f->stanza);
    bool known = str_is(f->type, "get") || str_is(f->type, "set");
    return !known || f->id.s == NULL || payload == NULL || xml_next_element(payload) != NULL;
}

static void refuse(struct bot *b, const struct hook_facts *f, const char *type, const char *condition) {
    struct origin o;
    origin_of_stanza(&o, f);
    answer_error(b, &o, type, condition, STR_NONE);
}

/* XEP-0199 4.2, 4.4: whoever asks is told that we are there, unless a hook says something else. */
static bool is_ping(const struct hook_facts *f) {
    return f->event == HOOK_IQ && str_is(f->type, "get") &&
           str_is(xml_view(&f->payload_ns), "urn:xmpp:ping") && str_is(xml_view(&f->payload_name), "ping");
}

static bool is_on(const struct bot *b, const char *feature) {
    return (b->features & features_bit(b->script->features, feature)) != 0;
}

/* XEP-0030 3.1, of the bot itself or of a node that its presence names. False: somebody else knows more: a
 * hook of the bot's, or a script that has announced something. */
static bool answer_disco(struct bot *b, const struct hook_facts *f) {
    struct origin o;
    if (b->own_payload != NULL || !is_on(b, "disco") || hook_table_wants(b->hooks, f))
        return false;
    const struct announced *a = features_announced(b->script->features, b->features, b->config->is_component);
    struct str node = xml_attr_atom(xml_first_element(f->stanza), ATOM_NODE);
    if (a->info == NULL || (node.s != NULL && !str_is(node, a->old_node) && !str_is(node, a->new_node)))
        return false;
    origin_of_stanza(&o, f);
    answer_query(b, &o, "http://jabber.org/protocol/disco#info", node, a->info);
    return true;
}

static bool is_disco(const struct hook_facts *f) {
    return f->event == HOOK_IQ && f->payload_ns.atom == ATOM_NS_DISCO_INFO &&
           f->payload_name.atom == ATOM_QUERY && str_is(f->type, "get");
}

static void answer_ping(struct bot *b, const struct hook_facts *f) {
    struct origin o;
    origin_of_stanza(&o, f);
    answer_empty(b, &o);
}

static void note_room(struct hook_room *room, int64_t now_ms) {
    room->heard_ms = now_ms;
    room->heard++;
}

/* What only those get who are in the room; an invitation to it anybody can bring about. */
static void note_heard(struct bot *b, const struct hook_facts *f) {
    bool is_from_inside = f->nick.s != NULL || str_is(f->type, "groupchat");
    if (f->room.s != NULL && is_from_inside && !(f->flags & HOOK_ERROR))
        note_room(hook_rooms_get(b->self.rooms, f->room), loop_now_ms(b->script->loop));
}

void bot_stanza(struct bot *b, const struct xml_node *stanza) {
    struct hook_facts facts;
    b->self.is_resumed = b->session != NULL && session_is_resumed(b->session);
    if (!hook_facts_read(&facts, stanza, &b->self))
        return;
    if (facts.event == HOOK_IQ && is_bad_request(&facts)) {
        refuse(b, &facts, "modify", "bad-request");
        return;
    }
    note_heard(b, &facts);
    hook_facts_compare(&facts, &b->self);
    durable_heard(b, &facts);
    if (loops_stop(b, &facts))
        return;
    if (is_disco(&facts) && answer_disco(b, &facts))
        return;
    if (dispatch_stanza(b, &facts) > 0)
        return;
    if (is_ping(&facts) && is_on(b, "ping"))
        answer_ping(b, &facts);
    else if (facts.event == HOOK_IQ)
        refuse(b, &facts, "cancel", "service-unavailable");
}
