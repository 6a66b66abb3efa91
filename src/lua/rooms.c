/* SPDX-License-Identifier: MIT */
/* rooms: joining and leaving (XEP-0045 7.2, 7.14), and what Lua sees of the rooms. Whether the bot is really
 * in is what the room says (self-presence), kept by hook/facts. */
#include "lua/rooms.h"

#include "base/mem.h"
#include "xml/write.h"

#include <lauxlib.h>

static const char *password_of(const struct bot *b, const char *room) {
    for (size_t i = 0; i < b->config->room_count; i++)
        if (strcmp(b->config->rooms[i].jid, room) == 0)
            return b->config->rooms[i].password;
    return NULL;
}

/* Presence to room/nick. -1 when we are not online, or the nick cannot be written. */
static int send_presence(struct bot *b, const struct hook_room *room, bool join, const char *password) {
    struct buf to = BUF_INIT, *out = b->session ? session_out(b->session) : NULL;
    if (out == NULL)
        return -1;
    size_t before = buf_len(out);
    buf_addf(&to, "%s/%s", room->jid, room->nick);
    buf_lit(out, "<presence");
    int result = xml_write_attr(out, "to", (struct str){buf_data(&to), buf_len(&to)});
    if (b->config->is_component)
        result |= xml_write_attr(out, "from", str_of(b->bare));
    buf_adds(out, join ? "><x xmlns='http://jabber.org/protocol/muc'>" : " type='unavailable'>");
    if (join && password != NULL) {
        buf_lit(out, "<password>");
        result |= xml_write_text(out, str_of(password));
        buf_lit(out, "</password>");
    }
    buf_adds(out, join ? "</x></presence>" : "</presence>");
    if (result == 0)
        session_sent(b->session, before);
    else
        buf_cut(out, before);
    buf_finish(&to);
    return result;
}

void bot_join_rooms(struct bot *b) {
    for (size_t i = 0; i < hook_rooms_count(b->self.rooms); i++) {
        struct hook_room *room = hook_rooms_at(b->self.rooms, i);
        send_presence(b, room, true, password_of(b, room->jid));
    }
}

/* The room's prepared bare JID (owned by the caller). Raises when the argument is none. */
static char *check_room(lua_State *L, int arg) {
    struct jid j;
    struct err err = ERR_INIT;
    size_t len;
    const char *text = luaL_checklstring(L, arg, &len);
    if (jid_parse((struct str){text, len}, &j, &err) < 0)
        luaL_argerror(L, arg, lua_pushfstring(L, "'%s' is no room: %s", text, err.text));
    bool bad = j.resource != NULL || j.node == NULL;
    char *bare = jid_bare(&j);
    jid_finish(&j);
    if (bad) {
        mem_free(bare);
        luaL_argerror(L, arg, "a room is room@service, without a nick (say it in { nick = … })");
    }
    return bare;
}

static const char *option(lua_State *L, int arg, const char *name) {
    if (lua_isnoneornil(L, arg))
        return NULL;
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_getfield(L, arg, name);
    return luaL_optstring(L, -1, NULL);
}

static int done(lua_State *L, int result) {
    if (result < 0)
        return errors_push(L, "wait", "recipient-unavailable", "the bot is not online; it joins when it is",
                           NULL);
    lua_pushboolean(L, 1);
    return 1;
}

int rooms_join(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    const char *nick = option(L, 3, "nick"), *password = option(L, 3, "password");
    char *jid = check_room(L, 2);
    nick = nick ? nick : b->config->nick;
    struct hook_room *room = hook_rooms_put(b->self.rooms, str_of(jid), str_of(nick));
    int result = send_presence(b, room, true, password ? password : password_of(b, jid));
    mem_free(jid);
    return done(L, result);
}

int rooms_leave(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    char *jid = check_room(L, 2);
    struct hook_room *room = hook_rooms_get(b->self.rooms, str_of(jid));
    int result = room ? send_presence(b, room, false, NULL) : 0;
    hook_rooms_remove(b->self.rooms, str_of(jid));
    mem_free(jid);
    return done(L, result);
}

static void push_room(lua_State *L, const struct hook_room *room) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, room->jid);
    lua_setfield(L, -2, "jid");
    lua_pushstring(L, room->nick);
    lua_setfield(L, -2, "nick");
    lua_pushboolean(L, room->joined);
    lua_setfield(L, -2, "joined");
}

int rooms_list(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    size_t count = hook_rooms_count(b->self.rooms);
    lua_createtable(L, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        struct hook_room *room = hook_rooms_at(b->self.rooms, i);
        push_room(L, room);
        lua_setfield(L, -2, room->jid);
    }
    return 1;
}
