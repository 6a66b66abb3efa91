/* SPDX-License-Identifier: MIT */
#include "lua/rooms.h"

#include "lua/value.h"

static struct str check_str(lua_State *L, int arg) {
    struct str v;
    v.s = luaL_checklstring(L, arg, &v.len);
    return v;
}

int rooms_put(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    struct str jid = check_str(L, 2), nick = check_str(L, 3);
    struct hook_room *room = hook_rooms_put(b->self.rooms, jid, nick);
    if (room->heard_ms == 0)
        room->heard_ms = loop_now_ms(b->script->loop);
    return 0;
}

int rooms_drop(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    hook_rooms_remove(b->self.rooms, check_str(L, 2));
    return 0;
}

int rooms_empty(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    struct hook_room *room = hook_rooms_get(b->self.rooms, check_str(L, 2));
    if (room != NULL) {
        hook_seen_free(room->seen);
        room->seen = NULL;
    }
    return 0;
}

int rooms_said(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    const struct hook_room *room = hook_rooms_get(b->self.rooms, check_str(L, 2));
    if (room == NULL)
        return 0;
    struct str nick = check_str(L, 3);
    lua_pushstring(L, hook_seen_show(room->seen, nick));
    lua_pushstring(L, hook_seen_status(room->seen, nick));
    return 2;
}

int rooms_idle(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    const struct hook_room *room = hook_rooms_get(b->self.rooms, check_str(L, 2));
    if (room == NULL)
        return 0;
    lua_pushnumber(L, (lua_Number)(loop_now_ms(b->script->loop) - room->heard_ms) / 1000);
    return 1;
}

static void set_string(lua_State *L, const char *field, const char *value) {
    lua_pushstring(L, value); /* NULL: nil */
    lua_setfield(L, -2, field);
}

static void set_history(lua_State *L, const struct config_history *h) {
    if (!h->is_stated)
        return;
    lua_createtable(L, 0, 1);
    lua_pushinteger(L, h->seconds > 0 ? (lua_Integer)h->seconds : h->stanzas);
    lua_setfield(L, -2, h->seconds > 0 ? "seconds" : "stanzas");
    lua_setfield(L, -2, "history");
}

static void push_room(lua_State *L, const struct config_room *room) {
    lua_createtable(L, 0, 8);
    set_string(L, "jid", room->jid);
    set_string(L, "nick", room->nick);
    set_string(L, "password", room->password);
    set_string(L, "nick_conflict", room->nick_conflict);
    set_string(L, "rejoin", room->rejoin);
    set_string(L, "catch_up", room->catch_up);
    set_history(L, &room->history);
    lua_pushboolean(L, room->is_registering);
    lua_setfield(L, -2, "register");
    if (room->settings != NULL) {
        value_push(L, room->settings);
        lua_setfield(L, -2, "config");
    }
}

int rooms_options(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    lua_createtable(L, (int)b->config->room_count, 0);
    for (size_t i = 0; i < b->config->room_count; i++) {
        push_room(L, &b->config->rooms[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    set_string(L, "nick", b->config->nick);
    set_string(L, "show", b->config->presence.show);
    set_string(L, "status", b->config->presence.status);
    set_string(L, "catch_up", b->config->catch_up);
    lua_pushnumber(L, b->config->catch_up_age);
    lua_setfield(L, -2, "catch_up_age");
    return 1;
}

/* Under a protected call, so that not even our own mistake takes the process down. */
static int tell(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.xep.muc");
    lua_call(L, 1, 1);
    lua_pushvalue(L, 1);
    lua_gettable(L, -2);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_call(L, 2, 0);
    return 0;
}

void rooms_tell(struct bot *b, const char *function, const char *text) {
    lua_State *L = b->script->L;
    if (hook_rooms_count(b->self.rooms) == 0 && !b->config->is_bookmarking)
        return;
    lua_pushcfunction(L, tell);
    lua_pushstring(L, function);
    bot_push(L, b);
    lua_pushstring(L, text);
    if (lua_pcall(L, 3, 0, 0) == LUA_OK)
        return;
    log_error(b->script->log, bot_name(b), "rooms: %s: %s", function, lua_tostring(L, -1));
    lua_pop(L, 1);
}
