/* SPDX-License-Identifier: MIT */
#include "lua/emit.h"

#include "base/jid.h"
#include "base/mem.h"
#include "lua/dispatch.h"
#include "lua/stanza.h"
#include "session/delivery.h"

/* A view into the table at 3, which holds it while we need it. */
static struct str field(lua_State *L, const char *name) {
    struct str v = STR_NONE;
    lua_pushstring(L, name);
    lua_rawget(L, 3);
    if (lua_type(L, -1) == LUA_TSTRING)
        v.s = lua_tolstring(L, -1, &v.len);
    lua_pop(L, 1);
    return v;
}

static void read_facts(lua_State *L, struct hook_facts *f) {
    const char *name = luaL_checkstring(L, 2);
    int event = hook_event_parse(name);
    luaL_argcheck(L, event >= 0 && hook_is_raised((enum hook_event)event), 2,
                  "joined, left, room_changed, subscribed, or a name with a dot is expected");
    *f = (struct hook_facts){.event = (enum hook_event)event,
                             .from = field(L, "from"),
                             .room = field(L, "room"),
                             .nick = field(L, "nick")};
    lua_getfield(L, 3, "own");
    if (lua_toboolean(L, -1))
        f->flags |= HOOK_OWN;
    lua_pop(L, 1);
    if (event == HOOK_NAMED)
        f->own_name = str_of(name);
    if (f->from.s != NULL) {
        f->from_bare = jid_bare_view(f->from);
        f->from_resource = jid_resource_view(f->from);
    }
}

/* What the library says of the state of a room of ours is known here, too: messages for it wait until we are
 * in, and who watches the bot is told. */
static void note_room(lua_State *L, struct bot *b, const struct hook_facts *f) {
    bool is_state = f->event == HOOK_ROOM_CHANGED && str_is(field(L, "change"), "state");
    struct hook_room *room = is_state && f->room.s != NULL ? hook_rooms_get(b->self.rooms, f->room) : NULL;
    struct str name = field(L, "state"), reason = field(L, "reason");
    if (room == NULL)
        return;
    bool was_joined = room->state == ROOM_JOINED;
    for (int i = 0; i < ROOM_STATES; i++)
        if (str_is(name, hook_room_state_names[i]))
            room->state = (unsigned char)i;
    room->since_ms = loop_now_ms(b->script->loop);
    mem_free(room->reason);
    room->reason = reason.s != NULL ? mem_strndup(reason.s, reason.len) : NULL;
    if (was_joined != (room->state == ROOM_JOINED))
        delivery_room(b->delivery, f->room, !was_joined);
}

int emit_event(lua_State *L) {
    struct hook_facts facts;
    struct bot *b = bot_check(L, 1);
    lua_settop(L, 3);
    if (lua_isnil(L, 3)) {
        lua_newtable(L);
        lua_replace(L, 3);
    }
    luaL_checktype(L, 3, LUA_TTABLE);
    read_facts(L, &facts);
    note_room(L, b, &facts);
    event_push_fields(L, b, lua_tostring(L, 2), 3);
    lua_pushinteger(L, (lua_Integer)dispatch_later(b, &facts, L));
    return 1;
}

static unsigned stated_flags(lua_State *L) {
    static const char *const names[] = {"archive", "delayed", "own", NULL};
    unsigned flags = 0;
    for (const char *const *name = names; lua_istable(L, 3) && *name != NULL; name++) {
        lua_pushstring(L, *name);
        lua_rawget(L, 3);
        if (lua_toboolean(L, -1))
            flags |= (unsigned)hook_include_parse(*name);
        lua_pop(L, 1);
    }
    return flags;
}

/* had_delayed: it came before, as delayed. */
static unsigned stated_had(lua_State *L) {
    if (!lua_istable(L, 3))
        return 0;
    lua_getfield(L, 3, "had_delayed");
    unsigned had = lua_toboolean(L, -1) ? HOOK_DELAYED : 0;
    lua_pop(L, 1);
    return had;
}

/* More fields for the event on top. */
static void add_fields(lua_State *L) {
    int event = lua_gettop(L);
    if (!lua_istable(L, 3))
        return;
    lua_pushliteral(L, "fields");
    lua_rawget(L, 3);
    if (lua_istable(L, -1)) {
        for (lua_pushnil(L); lua_next(L, event + 1);) {
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, event);
        }
    }
    lua_settop(L, event);
}

static int dispatch_tree(lua_State *L, struct bot *b, const struct xml_node *node, struct err *err) {
    struct hook_facts facts;
    if (!hook_facts_read(&facts, node, &b->self) || facts.event == HOOK_IQ)
        return err_set(err, "a message or presence is expected");
    facts.flags |= stated_flags(L);
    facts.had = stated_had(L);
    event_push_stanza(L, b, &facts);
    add_fields(L);
    return (int)dispatch_later(b, &facts, L);
}

int emit_stanza(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    struct script *s = b->script;
    struct arena arena;
    struct err err = ERR_INIT;
    bool enforced = s->heap.enforce;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    dispatch_check(L);
    s->heap.enforce = false; /* nothing raises while the arena is ours */
    arena_init(&arena);
    const struct xml_node *node = stanza_tree(L, 2, &arena, &err);
    int count = node != NULL ? dispatch_tree(L, b, node, &err) : -1;
    arena_finish(&arena);
    s->heap.enforce = enforced;
    if (count < 0)
        return luaL_error(L, "core.dispatch: %s", err.text);
    lua_pushinteger(L, count);
    return 1;
}
