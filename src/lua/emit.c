/* SPDX-License-Identifier: MIT */
#include "lua/emit.h"

#include "base/jid.h"
#include "lua/dispatch.h"

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
    event_push_fields(L, b, lua_tostring(L, 2), 3);
    lua_pushinteger(L, (lua_Integer)dispatch_later(b, &facts, L));
    return 1;
}
