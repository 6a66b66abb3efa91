/* SPDX-License-Identifier: MIT */
#include "lua/emit.h"

#include "base/jid.h"

/* A handler that raises what calls it again would hold the process up for ever. One that waits in between
 * does not. */
enum { DEPTH_MAX = 32 };

static unsigned next_depth(lua_State *L) {
    const struct run *current = script_of(L)->current;
    unsigned depth = current != NULL ? current->depth + 1 : 0;
    if (depth > DEPTH_MAX)
        luaL_error(L, "events go in circles: %d handlers, each raised by the one before, without a wait",
                   DEPTH_MAX);
    return depth;
}

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
    if (event == HOOK_NAMED)
        f->own_name = str_of(name);
    if (f->from.s != NULL) {
        f->from_bare = jid_bare_view(f->from);
        f->from_resource = jid_resource_view(f->from);
    }
}

/* The event is below the top. The cap does not bind here: a run is made whole or not at all. */
static void start_later(lua_State *L, struct bot *b, const struct hook_facts *facts, unsigned depth,
                        struct hook *const *hooks, size_t count) {
    struct script *s = b->script;
    bool enforced = s->heap.enforce;
    s->heap.enforce = false;
    struct run *r = run_new(b);
    r->depth = depth;
    origin_of_stanza(&r->origin, facts);
    lua_pushvalue(L, -2);
    lua_xmove(L, r->co, 1);
    run_start_later(r, hooks, count);
    s->heap.enforce = enforced;
}

int emit_event(lua_State *L) {
    struct hook_facts facts;
    struct hook *hooks[HOOK_MATCH_MAX];
    struct bot *b = bot_check(L, 1);
    lua_settop(L, 3);
    if (lua_isnil(L, 3)) {
        lua_newtable(L);
        lua_replace(L, 3);
    }
    luaL_checktype(L, 3, LUA_TTABLE);
    read_facts(L, &facts);
    unsigned depth = next_depth(L);
    event_push_fields(L, b, lua_tostring(L, 2), 3);
    size_t count = hook_table_match(b->hooks, &facts, hooks);
    lua_pushinteger(L, (lua_Integer)count);
    if (count == 0)
        return 1;
    start_later(L, b, &facts, depth, hooks, count);
    return 1;
}
