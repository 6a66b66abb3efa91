/* SPDX-License-Identifier: MIT */
/*
 * api: the methods of the Lua `bot` that are C (require "couplet.core.bot"); lua/couplet/bot.lua adds the
 * rest. Arguments are checked first: misuse raises; what can happen to anybody is nil, err.
 */
#include "base/random.h"
#include "base/wall.h"
#include "lua/address.h"
#include "lua/answer.h"
#include "lua/bot.h"
#include "lua/durable.h"
#include "lua/emit.h"
#include "lua/extensions.h"
#include "lua/features.h"
#include "lua/hooks.h"
#include "lua/kept.h"
#include "lua/loops.h"
#include "lua/open.h"
#include "lua/rooms.h"
#include "lua/signal.h"
#include "lua/stanza.h"
#include "lua/store.h"
#include "lua/timers.h"
#include "lua/value.h"
#include "lua/wait.h"

static int not_online(lua_State *L) {
    return errors_push(L, "wait", "recipient-unavailable", "the bot is not online", NULL);
}

/* A presence that tells of availability says what we can do, too (XEP-0115 6.1), unless it says so itself. */
static void add_payload(const struct bot *b, struct buf *out, size_t from) {
    static const char end[] = "</presence>", caps[] = "http://jabber.org/protocol/caps'";
    size_t len = buf_len(out) - from, end_len = sizeof(end) - 1;
    const char *text = buf_data(out) + from;
    if (b->payload == NULL || b->payload[0] == '\0' || memmem(text, len, caps, sizeof(caps) - 1) != NULL)
        return;
    bool is_empty = len > 2 && memcmp(text + len - 2, "/>", 2) == 0;
    buf_cut(out, buf_len(out) - (is_empty ? 2 : end_len));
    buf_adds(out, is_empty ? ">" : "");
    buf_adds(out, b->payload);
    buf_add(out, end, end_len);
}

/* bot:send(stanza, options) -> id | nil, err. An id is made where there is none (RFC 6120 8.1.3). Does not
 * wait. */
static int l_send(lua_State *L) {
    char made[RANDOM_ID_LEN + 1];
    struct err err = ERR_INIT;
    struct bot *b = bot_check(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    if (durable_is_wanted(L, 3))
        return durable_send(L);
    struct str name = stanza_name(L, 2), id = stanza_attr(L, 2, "id"), from = stanza_attr(L, 2, "from");
    luaL_argcheck(L, str_is(name, "message") || str_is(name, "presence") || str_is(name, "iq"), 2,
                  "a message, presence or iq is expected");
    struct buf *out = b->session ? session_out(b->session) : NULL;
    if (out == NULL)
        return not_online(L);
    if (address_check(b, STR_NONE, &from, stanza_attr(L, 2, "to"), &err) < 0)
        return luaL_error(L, "bot:send: %s", err.text);
    if (id.s == NULL) {
        random_id(made);
        id = (struct str){made, RANDOM_ID_LEN};
    }
    const struct stanza_extra extra[] = {{"id", id}, {"from", from}, {NULL, STR_NONE}};
    size_t before = buf_len(out);
    if (stanza_write(L, 2, out, "jabber:client", extra, &err) < 0)
        return luaL_error(L, "bot:send: %s", err.text);
    if (str_is(name, "presence") && stanza_attr(L, 2, "type").s == NULL)
        add_payload(b, out, before);
    else if (str_is(name, "message"))
        loops_sends(b, L, stanza_attr(L, 2, "to"));
    session_sent(b->session, before);
    lua_pushlstring(L, id.s, id.len);
    return 1;
}

/* bot:say(to, text) -> id | nil, err. To a room that the bot knows it is a groupchat message, else a chat
 * message. */
static int l_say(lua_State *L) {
    char id[RANDOM_ID_LEN + 1];
    struct err err = ERR_INIT;
    struct str to, text;
    struct bot *b = bot_check(L, 1);
    to.s = luaL_checklstring(L, 2, &to.len);
    text.s = luaL_checklstring(L, 3, &text.len);
    if (b->session == NULL || session_out(b->session) == NULL)
        return not_online(L);
    random_id(id);
    struct letter m = {.to = to, .id = str_of(id)};
    m.type = hook_rooms_get(b->self.rooms, to) ? STR_LIT("groupchat") : STR_LIT("chat");
    if (answer_message(b, L, &m, text, &err) < 0)
        return luaL_error(L, "bot:say: %s", err.text);
    loops_sends(b, L, to);
    lua_pushstring(L, id);
    return 1;
}

/* (bot, level, text): bot.log */
static int l_log(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    int level = log_level_parse(luaL_checkstring(L, 2));
    luaL_argcheck(L, level >= 0, 2, "error, warn, info, debug or trace is expected");
    log_at(b->script->log, (enum log_level)level, bot_name(b), "%s", luaL_checkstring(L, 3));
    return 0;
}

/* bot.config: the bot's section of the file, without its secrets. */
static int l_config(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    value_push(L, &b->config->raw);
    return 1;
}

/* bot:stop(): closes this bot's stream for good, at the end of the turn; the process ends with its last bot.
 */
static int l_stop(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    if (!b->stop_asked && b->on_stop != NULL)
        b->on_stop(b->on_stop_ctx);
    b->stop_asked = true;
    return 0;
}

/* bot:active(is_active) -> true | nil, err: XEP-0352, client state indication. */
static int l_active(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    luaL_checktype(L, 2, LUA_TBOOLEAN);
    if (b->session == NULL || !session_set_active(b->session, lua_toboolean(L, 2)))
        return errors_push(L, "cancel", "feature-not-implemented",
                           "the server does not ask for the client's state", NULL);
    lua_pushboolean(L, 1);
    return 1;
}

/* (bot, password): the next login uses it. */
static int l_set_password(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    const char *password = luaL_checkstring(L, 2);
    if (b->session != NULL)
        session_set_password(b->session, password);
    return 0;
}

/* (bot, feature) -> whether it is on; (bot, feature, on): switches it, of this bot. */
static int l_feature(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    uint64_t bit = features_bit(b->script->features, luaL_checkstring(L, 2));
    if (!lua_isnoneornil(L, 3))
        bot_switch(b, bit, lua_toboolean(L, 3));
    lua_pushboolean(L, (b->features & bit) != 0);
    return 1;
}

/* (bot, xml): what our presence carries from now on. */
static int l_presence_payload(lua_State *L) {
    bot_set_payload(bot_check(L, 1), luaL_checkstring(L, 2));
    return 0;
}

static int l_is_component(lua_State *L) {
    lua_pushboolean(L, bot_check(L, 1)->config->is_component);
    return 1;
}

static int l_is_online(lua_State *L) {
    const struct bot *b = bot_check(L, 1);
    lua_pushboolean(L, b->session != NULL && session_is_online(b->session));
    return 1;
}

/* (bot, on): somebody waits for proofs. */
static int l_hurry(lua_State *L) {
    const struct bot *b = bot_check(L, 1);
    if (b->session != NULL)
        session_hurry(b->session, lua_toboolean(L, 2));
    return 0;
}

/* () -> seconds since 1970 */
static int l_now(lua_State *L) {
    lua_pushnumber(L, wall_s());
    return 1;
}

static const luaL_Reg verbs[] = {
    {"send", l_send},
    {"say", l_say},
    {"durable", durable_longest},
    {"store_load", store_load},
    {"store_touch", store_touch},
    {"store_put", store_put},
    {"iq", wait_iq},
    {"sleep", wait_sleep},
    {"after", timers_after},
    {"every", timers_every},
    {"cron", timers_cron},
    {"hook", hooks_add},
    {"log", l_log},
    {"config", l_config},
    {"set_password", l_set_password},
    {"stop", l_stop},
    {"active", l_active},
    {"emit", emit_event},
    {"presence_payload", l_presence_payload},
    {"is_component", l_is_component},
    {"is_online", l_is_online},
    {"hurry", l_hurry},
    {"dispatch", emit_stanza},
    {"remember", kept_remember},
    {"feature", l_feature},
    {"now", l_now},
    {"room_put", rooms_put},
    {"room_empty", rooms_empty},
    {"room_said", rooms_said},
    {"room_drop", rooms_drop},
    {"room_idle", rooms_idle},
    {"room_options", rooms_options},
    {"wait", signal_wait},
    {"wake", signal_wake},
    {"can_wait", signal_can_wait},
    {"extension", extensions_find},
    {NULL, NULL},
};

/* core.NAME: found here each time, so that a state holds no table of what few bots ever call. */
static int find_verb(lua_State *L) {
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    for (const luaL_Reg *v = verbs; v->name != NULL; v++) {
        if (strcmp(v->name, name) == 0) {
            lua_pushcfunction(L, v->func);
            return 1;
        }
    }
    if (strcmp(name, "version") == 0)
        lua_pushliteral(L, COUPLET_VERSION);
    else if (strcmp(name, "started") == 0)
        lua_pushnumber(L, script_of(L)->started);
    else
        return 0;
    return 1;
}

int open_core_bot(lua_State *L) {
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, find_verb);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 1;
}
