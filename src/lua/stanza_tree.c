/* SPDX-License-Identifier: MIT */
/*
 * From a Lua table to the tree that the parser would have made of it, without any text in between: a stanza
 * that came inside of another one (XEP-0297) is then looked at as any that comes. Access is raw; nothing is
 * raised but for memory.
 */
#include "lua/stanza.h"

#include "xml/write.h"

#include <lauxlib.h>

enum { DEPTH = 200, ATTRS = 256 };

struct maker {
    lua_State *L;
    struct arena *arena;
    struct err *err;
    int depth;
};

static struct xml_str keep(const struct maker *m, const char *s, size_t len) {
    struct xml_str x = {NULL, (uint32_t)len, xml_atom_of(s, (uint32_t)len)};
    x.s = x.atom != ATOM_NONE ? xml_atom_text(x.atom) : arena_strndup(m->arena, s, len);
    return x;
}

/* A string, or a number as its text; false: it is neither. The value at the top may be replaced. */
static bool keep_top(const struct maker *m, struct xml_str *out) {
    size_t len;
    int type = lua_type(m->L, -1);
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
        return false;
    const char *s = lua_tolstring(m->L, -1, &len);
    *out = keep(m, s, len);
    return true;
}

static struct xml_node *new_node(const struct maker *m, struct xml_node *parent) {
    struct xml_node *n = arena_alloc(m->arena, sizeof(*n));
    memset(n, 0, sizeof(*n));
    n->parent = parent;
    if (parent == NULL)
        return n;
    if (parent->last != NULL)
        parent->last->next = n;
    else
        parent->first = n;
    parent->last = n;
    parent->child_count++;
    return n;
}

/* ---- attributes ---- */

static int read_attr(const struct maker *m, struct xml_node *n, int key_at) {
    lua_State *L = m->L;
    size_t len;
    if (lua_type(L, key_at) != LUA_TSTRING)
        return err_set(m->err, "an attribute's name must be a string");
    const char *key = lua_tolstring(L, key_at, &len), *split = memchr(key, '\1', len);
    struct xml_attr a = {.value = {NULL, 0, ATOM_NONE}};
    if (!keep_top(m, &a.value))
        return err_set(m->err, "attribute '%s' must be a string", key);
    if (strcmp(key, "xmlns") == 0) {
        n->ns = a.value;
        return 0;
    }
    if (split != NULL) {
        a.ns = keep(m, key, (size_t)(split - key));
        len -= (size_t)(split + 1 - key);
        key = split + 1;
    }
    a.name = keep(m, key, len);
    n->attrs[n->attr_count++] = a;
    return 0;
}

/* attr is on top. */
static int read_attrs(const struct maker *m, struct xml_node *n) {
    lua_State *L = m->L;
    int attr = lua_gettop(L), count = 0;
    if (lua_isnil(L, attr))
        return 0;
    if (!lua_istable(L, attr))
        return err_set(m->err, "attr must be a table");
    for (lua_pushnil(L); lua_next(L, attr); lua_pop(L, 1))
        count++;
    if (count > ATTRS)
        return err_set(m->err, "more than %d attributes", ATTRS);
    n->attrs = count > 0 ? arena_alloc(m->arena, (size_t)count * sizeof(*n->attrs)) : NULL;
    int result = 0;
    for (lua_pushnil(L); result == 0 && lua_next(L, attr);) {
        lua_pushvalue(L, -1); /* reading a number as text changes it in place */
        result = read_attr(m, n, -3);
        lua_pop(L, 2);
    }
    return result;
}

/* ---- elements ---- */

static int make(struct maker *m, struct xml_node *parent, struct xml_node **out);

/* The child is on top. */
static int make_child(struct maker *m, struct xml_node *n) {
    struct xml_str text;
    if (lua_istable(m->L, -1))
        return make(m, n, NULL);
    if (!keep_top(m, &text))
        return err_set(m->err, "a child must be a string or an element");
    text.atom = ATOM_NONE; /* of a text */
    new_node(m, n)->text = text;
    return 0;
}

static int make_children(struct maker *m, struct xml_node *n) {
    lua_State *L = m->L;
    int table = lua_gettop(L), result = 0;
    size_t count = lua_rawlen(L, table);
    for (size_t i = 1; result == 0 && i <= count; i++) {
        lua_rawgeti(L, table, (lua_Integer)i);
        result = make_child(m, n);
        lua_settop(L, table);
    }
    return result;
}

/* The element's table is on top. */
static int make(struct maker *m, struct xml_node *parent, struct xml_node **out) {
    lua_State *L = m->L;
    struct str name = stanza_name(L, -1);
    int table = lua_gettop(L);
    if (m->depth >= DEPTH || !lua_checkstack(L, 12))
        return err_set(m->err, "nested deeper than %d elements", DEPTH);
    if (name.s == NULL || !xml_is_name(name))
        return err_set(m->err, "an element needs a name that XML allows");
    struct xml_node *n = new_node(m, parent);
    n->name = keep(m, name.s, name.len);
    n->ns = parent != NULL ? parent->ns : keep(m, "jabber:client", 13);
    lua_pushliteral(L, "attr");
    lua_rawget(L, table);
    int result = read_attrs(m, n);
    lua_settop(L, table);
    m->depth++;
    if (result == 0)
        result = make_children(m, n);
    m->depth--;
    if (out != NULL)
        *out = n;
    return result;
}

const struct xml_node *stanza_tree(lua_State *L, int idx, struct arena *arena, struct err *err) {
    struct maker m = {.L = L, .arena = arena, .err = err};
    struct xml_node *node = NULL;
    int top = lua_gettop(L);
    lua_pushvalue(L, idx);
    int result = lua_istable(L, -1) ? make(&m, NULL, &node) : err_set(err, "no stanza");
    lua_settop(L, top);
    return result == 0 ? node : NULL;
}
