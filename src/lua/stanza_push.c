/* SPDX-License-Identifier: MIT */
/* The way in: one exact-size table per element; known names come from the table of atoms, already interned.
 */
#include "lua/script.h"
#include "lua/stanza.h"

struct pusher {
    lua_State *L;
    int atoms, meta; /* stack indices: the atoms' strings, the metatable of stanzas */
};

static void push_str(const struct pusher *p, const struct xml_str *x) {
    if (x->atom != ATOM_NONE)
        lua_rawgeti(p->L, p->atoms, x->atom);
    else
        lua_pushlstring(p->L, x->s, x->len);
}

static void push_attr_name(const struct pusher *p, const struct xml_attr *a) {
    if (a->ns.s == NULL)
        push_str(p, &a->name);
    else
        lua_pushfstring(p->L, "%s\1%s", a->ns.s, a->name.s);
}

static void push_attrs(const struct pusher *p, const struct xml_node *n, bool foreign) {
    lua_State *L = p->L;
    lua_createtable(L, 0, (int)n->attr_count + foreign);
    for (uint32_t i = 0; i < n->attr_count; i++) {
        push_attr_name(p, &n->attrs[i]);
        push_str(p, &n->attrs[i].value);
        lua_rawset(L, -3);
    }
    if (foreign) {
        lua_rawgeti(L, p->atoms, ATOM_XMLNS);
        push_str(p, &n->ns);
        lua_rawset(L, -3);
    }
}

static void push_element(const struct pusher *p, const struct xml_node *n, bool inside_foreign) {
    lua_State *L = p->L;
    bool foreign = inside_foreign || n->ns.atom != ATOM_NS_CLIENT;
    luaL_checkstack(L, 8, "stanza");
    lua_createtable(L, (int)n->child_count, 2);
    lua_rawgeti(L, p->atoms, ATOM_NAME);
    push_str(p, &n->name);
    lua_rawset(L, -3);
    lua_pushliteral(L, "attr");
    push_attrs(p, n, foreign);
    lua_rawset(L, -3);
    int i = 0;
    for (const struct xml_node *c = n->first; c != NULL; c = c->next) {
        if (xml_is_text(c))
            lua_pushlstring(L, c->text.s, c->text.len);
        else
            push_element(p, c, foreign);
        lua_rawseti(L, -2, ++i);
    }
    lua_pushvalue(L, p->meta);
    lua_setmetatable(L, -2);
}

void stanza_push(lua_State *L, const struct xml_node *node) {
    const struct script *s = script_of(L);
    int top = lua_gettop(L);
    struct pusher p = {.L = L, .atoms = top + 1, .meta = top + 2};
    luaL_checkstack(L, 8, "stanza");
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->atoms);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->stanza_mt);
    push_element(&p, node, false);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}
