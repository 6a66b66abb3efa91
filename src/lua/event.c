/* SPDX-License-Identifier: MIT */
/*
 * event: the Lua table that a handler is given. Only what most handlers read is set here; `subject thread
 * lang who` come from lua/couplet/event.lua when they are asked for.
 */
#include "base/random.h"
#include "hook/pattern.h"
#include "hook/said.h"
#include "lua/answer.h"
#include "lua/bot.h"
#include "lua/extensions.h"
#include "lua/open.h"
#include "lua/stanza.h"

static void set_str(lua_State *L, const char *field, struct str value) {
    if (value.s == NULL)
        return;
    lua_pushlstring(L, value.s, value.len);
    lua_setfield(L, -2, field);
}

/* Known names: pushed interned, set raw. */
static void set_atom_str(lua_State *L, int atoms, enum xml_atom field, struct str value) {
    if (value.s == NULL)
        return;
    lua_rawgeti(L, atoms, field);
    lua_pushlstring(L, value.s, value.len);
    lua_rawset(L, -3);
}

static void set_flag(lua_State *L, const char *field, bool value) {
    if (!value)
        return;
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, field);
}

static void open_event(lua_State *L, const struct bot *b, const char *kind, int fields) {
    luaL_checkstack(L, 12, "event");
    lua_createtable(L, 0, fields);
    lua_rawgeti(L, LUA_REGISTRYINDEX, b->script->event_mt);
    lua_setmetatable(L, -2);
    bot_push(L, b);
    lua_setfield(L, -2, "bot");
    lua_pushstring(L, kind);
    lua_setfield(L, -2, "kind");
}

void event_push(lua_State *L, const struct bot *b, enum hook_event event) {
    open_event(L, b, hook_event_name(event), 4);
}

void event_push_fields(lua_State *L, const struct bot *b, const char *name, int idx) {
    open_event(L, b, name, 8);
    for (lua_pushnil(L); lua_next(L, idx);) {
        bool is_ours = lua_type(L, -2) == LUA_TSTRING &&
                       (strcmp(lua_tostring(L, -2), "bot") == 0 || strcmp(lua_tostring(L, -2), "kind") == 0);
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        if (is_ours)
            lua_pop(L, 2);
        else
            lua_rawset(L, -4);
    }
}

void event_push_stanza(lua_State *L, const struct bot *b, const struct hook_facts *f) {
    open_event(L, b, hook_event_name(f->event), 10);
    lua_rawgeti(L, LUA_REGISTRYINDEX, b->script->atoms);
    int atoms = lua_gettop(L);
    lua_pushvalue(L, -2);
    set_atom_str(L, atoms, ATOM_FROM, f->from);
    set_atom_str(L, atoms, ATOM_TO, f->to);
    set_atom_str(L, atoms, ATOM_TYPE, f->type);
    set_atom_str(L, atoms, ATOM_ID, f->id);
    set_atom_str(L, atoms, ATOM_BODY, f->body);
    if (f->cited_len > 0)
        set_str(L, "said", f->said);
    set_str(L, "room", f->room);
    set_str(L, "nick", f->nick);
    set_flag(L, "delayed", f->flags & HOOK_DELAYED);
    set_flag(L, "own", f->flags & HOOK_OWN);
    set_flag(L, "archive", f->flags & HOOK_ARCHIVE);
    stanza_push(L, f->stanza);
    lua_setfield(L, -2, "stanza");
    lua_pop(L, 2);
}

static void push_captures(lua_State *L, const struct pattern_match *m) {
    lua_createtable(L, m->count ? m->count : 1, 0);
    for (int i = 0; i < (m->count ? m->count : 1); i++) {
        struct str c = m->count ? m->captures[i] : m->whole;
        if (c.s == NULL)
            lua_pushinteger(L, (lua_Integer)c.len);
        else
            lua_pushlstring(L, c.s, c.len);
        lua_rawseti(L, -2, i + 1);
    }
}

static void set_captures(lua_State *L, int event, const char *pattern) {
    struct pattern_match m;
    struct str body;
    lua_pushliteral(L, "body");
    lua_rawget(L, event);
    if (lua_type(L, -1) == LUA_TSTRING) {
        body.s = lua_tolstring(L, -1, &body.len);
        if (pattern_find(pattern, body, &m)) {
            push_captures(L, &m);
            lua_setfield(L, event, "captures");
        }
    }
    lua_pop(L, 1);
}

/* What the body says to us: known where it begins with a citation, else found out. It is on the stack then.
 */
static struct str said_of(lua_State *L, const struct bot *b, int event) {
    struct str body = STR_NONE, room = STR_NONE;
    lua_pushliteral(L, "said");
    lua_rawget(L, event);
    if (lua_type(L, -1) == LUA_TSTRING) {
        body.s = lua_tolstring(L, -1, &body.len);
        return body;
    }
    const struct hook_room *in = NULL;
    lua_pushliteral(L, "room");
    lua_rawget(L, event);
    if (lua_type(L, -1) == LUA_TSTRING) {
        room.s = lua_tolstring(L, -1, &room.len);
        in = hook_rooms_get(b->self.rooms, room);
    }
    lua_pushliteral(L, "type");
    lua_rawget(L, event);
    bool is_room = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "groupchat") == 0;
    lua_pushliteral(L, "body");
    lua_rawget(L, event);
    if (lua_type(L, -1) == LUA_TSTRING)
        body.s = lua_tolstring(L, -1, &body.len);
    return said_to_us(body, is_room, in != NULL ? in->nick : b->self.nick, b->self.prefix);
}

/* said(event) -> the text, or nil */
static int l_said(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "bot");
    struct str said = said_of(L, bot_check(L, -1), 1);
    if (said.s == NULL)
        return 0;
    lua_pushlstring(L, said.s, said.len);
    return 1;
}

static void set_command(lua_State *L, const struct bot *b, int event, const struct hook *hook) {
    int top = lua_gettop(L);
    const char *which = hook->spec->name;
    struct str said = said_of(L, b, event);
    size_t len = said.s != NULL ? command_match_any(hook->spec, said, &which) : 0;
    while (len < said.len && strchr(" \t\r\n", said.s[len]) != NULL)
        len++;
    lua_pushliteral(L, "command");
    lua_setfield(L, event, "kind");
    lua_pushstring(L, which);
    lua_setfield(L, event, "command");
    if (len < said.len)
        lua_pushlstring(L, said.s + len, said.len - len);
    else
        lua_pushnil(L);
    lua_setfield(L, event, "args");
    lua_settop(L, top);
}

/* Nothing of what a handler may have done to the event is trusted: nobody catches what is raised here. */
void bot_set_hook_fields(lua_State *L, const struct bot *b, int event, const struct binding *binding,
                         const struct hook *hook, const struct origin *o) {
    luaL_checkstack(L, 10, "event");
    if (binding->with != LUA_REFNIL) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, binding->with);
        lua_setfield(L, event, "with");
    }
    if (hook != NULL && hook->spec->event == HOOK_COMMAND)
        set_command(L, b, event, hook);
    if (hook != NULL && hook->spec->body != NULL && o->event == HOOK_MESSAGE)
        set_captures(L, event, hook->spec->body);
}

/* ---- event:reply ---- */

static struct str field(lua_State *L, const char *name) {
    struct str v = STR_NONE;
    lua_pushstring(L, name);
    lua_rawget(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING)
        v.s = lua_tolstring(L, -1, &v.len);
    return v; /* left on the stack: it stays valid for the call */
}

/* reply(event, text) -> id | nil, err: the same message that returning the text would send. */
static int l_reply(lua_State *L) {
    char id[RANDOM_ID_LEN + 1];
    struct err err = ERR_INIT;
    struct str text;
    luaL_checktype(L, 1, LUA_TTABLE);
    text.s = luaL_checklstring(L, 2, &text.len);
    lua_getfield(L, 1, "bot");
    struct bot *b = bot_check(L, -1);
    struct origin o = {
        .from = field(L, "from"), .to = field(L, "to"), .type = field(L, "type"), .room = field(L, "room")};
    struct str kind = field(L, "kind");
    int event = kind.s != NULL ? hook_event_parse(kind.s) : -1;
    luaL_argcheck(L, event >= 0, 1, "this is no event");
    o.event = event == HOOK_COMMAND ? HOOK_MESSAGE : (enum hook_event)event;
    lua_getfield(L, 1, "thread");
    if (lua_type(L, -1) == LUA_TSTRING)
        o.thread = str_of(lua_tostring(L, -1));
    random_id(id);
    if (answer_text(b, &o, L, str_of(id), text, &err) < 0)
        return errors_push(L, "wait", "recipient-unavailable", err.text, NULL);
    lua_pushstring(L, id);
    return 1;
}

/* lang(bot) -> xml:lang of the stream, or nil */
static int l_lang(lua_State *L) {
    const struct bot *b = bot_check(L, 1);
    lua_pushstring(L, b->session != NULL ? session_lang(b->session) : NULL);
    return 1;
}

int open_core_event(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"reply", l_reply}, {"said", l_said}, {"lang", l_lang}, {"extension", extensions_find}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
