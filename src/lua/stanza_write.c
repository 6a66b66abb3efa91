/* SPDX-License-Identifier: MIT */
/*
 * The way out: table to bytes, checked as it is written. The same rules as lua/couplet/stanza.lua's tostring:
 * names [A-Za-z_][A-Za-z0-9_.-]* or bytes >= 0x80 that are UTF-8, no prefixes ("xml:lang" apart), text and
 * values that XML may hold. An attribute "ns\1name" gets a prefix made here. Access is raw throughout.
 */
#include "lua/stanza.h"

#include "xml/write.h"

#include <lauxlib.h>
#include <stdio.h>

enum { DEPTH = 200 };

struct writer {
    lua_State *L;
    struct buf *out;
    struct err *err;
    const struct stanza_extra *extra;
    int depth;
    int prefixes; /* made so far in this stanza */
};

static int write_element(struct writer *w, int idx, const char *parent_ns);

static struct str string_at(lua_State *L, int idx) {
    struct str v = STR_NONE;
    if (lua_type(L, idx) == LUA_TSTRING)
        v.s = lua_tolstring(L, idx, &v.len);
    return v;
}

static struct str raw_string(lua_State *L, int idx, const char *key) {
    idx = lua_absindex(L, idx);
    lua_pushstring(L, key);
    lua_rawget(L, idx);
    struct str v = string_at(L, -1); /* stays valid: the table holds it */
    lua_pop(L, 1);
    return v;
}

struct str stanza_name(lua_State *L, int idx) {
    return raw_string(L, idx, "name");
}

struct str stanza_attr(lua_State *L, int idx, const char *attr) {
    struct str v = STR_NONE;
    idx = lua_absindex(L, idx);
    lua_pushliteral(L, "attr");
    lua_rawget(L, idx);
    if (lua_istable(L, -1))
        v = raw_string(L, -1, attr);
    lua_pop(L, 1);
    return v;
}

static const struct stanza_extra *find_extra(const struct writer *w, struct str name) {
    if (w->depth != 1)
        return NULL;
    for (const struct stanza_extra *e = w->extra; e != NULL && e->name != NULL; e++)
        if (str_is(name, e->name))
            return e;
    return NULL;
}

/* "ns\1name": its own prefix, declared beside it. */
static int write_prefixed(struct writer *w, struct str key, const char *split, struct str value) {
    struct str ns = {key.s, (size_t)(split - key.s)}, name = {split + 1, key.len - ns.len - 1};
    char qualified[128], declared[32];
    if (!xml_is_name(name) || name.len > 64)
        return err_set(w->err, "attribute '%s' has no valid name", split + 1);
    int n = ++w->prefixes;
    snprintf(declared, sizeof(declared), "xmlns:n%d", n);
    snprintf(qualified, sizeof(qualified), "n%d:%.*s", n, (int)name.len, name.s);
    if (xml_write_attr(w->out, declared, ns) < 0 || xml_write_attr(w->out, qualified, value) < 0)
        return err_set(w->err, "attribute '%s' holds what XML cannot carry", qualified);
    return 0;
}

static int write_attr(struct writer *w, struct str key, struct str value) {
    const char *split = memchr(key.s, '\1', key.len);
    if (split != NULL)
        return write_prefixed(w, key, split, value);
    struct str local = key;
    if (key.len > 4 && memcmp(key.s, "xml:", 4) == 0)
        local = (struct str){key.s + 4, key.len - 4};
    if (!xml_is_name(local))
        return err_set(w->err, "'%s' is no name for an attribute", key.s);
    if (xml_write_attr(w->out, key.s, value) < 0)
        return err_set(w->err, "attribute '%s' holds what XML cannot carry", key.s);
    return 0;
}

/* One pair of attr, key at -2 and value at -1. A number is written as its text; a copy, since converting it
 * in place would confuse lua_next. */
static int write_pair(struct writer *w) {
    lua_State *L = w->L;
    struct str key = string_at(L, -2), value;
    if (key.s == NULL)
        return err_set(w->err, "an attribute's name must be a string, not a %s", luaL_typename(L, -2));
    if (str_is(key, "xmlns") || find_extra(w, key) != NULL)
        return 0;
    if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER)
        return err_set(w->err, "attribute '%s' must be a string, not a %s", key.s, luaL_typename(L, -1));
    lua_pushvalue(L, -1);
    value.s = lua_tolstring(L, -1, &value.len);
    int result = write_attr(w, key, value);
    lua_pop(L, 1);
    return result;
}

static int write_attrs(struct writer *w, int attr) {
    lua_State *L = w->L;
    if (w->depth == 1)
        for (const struct stanza_extra *e = w->extra; e != NULL && e->name != NULL; e++)
            if (e->value.s != NULL && xml_write_attr(w->out, e->name, e->value) < 0)
                return err_set(w->err, "attribute '%s' holds what XML cannot carry", e->name);
    if (lua_isnil(L, attr))
        return 0;
    for (lua_pushnil(L); lua_next(L, attr); lua_pop(L, 1)) {
        if (write_pair(w) < 0) {
            lua_pop(L, 2);
            return -1;
        }
    }
    return 0;
}

static int write_child(struct writer *w, const char *ns) {
    lua_State *L = w->L;
    struct str text;
    switch (lua_type(L, -1)) {
    case LUA_TTABLE:
        return write_element(w, lua_gettop(L), ns);
    case LUA_TSTRING:
    case LUA_TNUMBER:
        text.s = lua_tolstring(L, -1, &text.len);
        if (xml_write_text(w->out, text) == 0)
            return 0;
        return err_set(
            w->err,
            "the text holds what XML cannot carry (a control character, or bytes that are not UTF-8)");
    default:
        return err_set(w->err, "a child must be a string or an element, not a %s", luaL_typename(L, -1));
    }
}

static int write_children(struct writer *w, int idx, struct str name, const char *ns) {
    lua_State *L = w->L;
    size_t count = lua_rawlen(L, idx);
    if (count == 0) {
        buf_lit(w->out, "/>");
        return 0;
    }
    buf_addc(w->out, '>');
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, idx, (lua_Integer)i);
        int result = write_child(w, ns);
        lua_pop(L, 1);
        if (result < 0)
            return -1;
    }
    buf_lit(w->out, "</");
    buf_add(w->out, name.s, name.len);
    buf_addc(w->out, '>');
    return 0;
}

static int write_open(struct writer *w, struct str name, int attr, const char *parent_ns, const char **ns) {
    struct str xmlns = lua_istable(w->L, attr) ? raw_string(w->L, attr, "xmlns") : STR_NONE;
    if (!lua_istable(w->L, attr) && !lua_isnil(w->L, attr))
        return err_set(w->err, "attr must be a table, not a %s", luaL_typename(w->L, attr));
    *ns = xmlns.s ? xmlns.s : parent_ns;
    buf_addc(w->out, '<');
    buf_add(w->out, name.s, name.len);
    if (strcmp(*ns, parent_ns) != 0 && xml_write_attr(w->out, "xmlns", xmlns) < 0)
        return err_set(w->err, "xmlns holds what XML cannot carry");
    return write_attrs(w, attr);
}

static int write_element(struct writer *w, int idx, const char *parent_ns) {
    lua_State *L = w->L;
    struct str name = stanza_name(L, idx);
    const char *ns = parent_ns;
    if (w->depth >= DEPTH || !lua_checkstack(L, 10))
        return err_set(w->err, "nested deeper than %d elements", DEPTH);
    if (name.s == NULL || !xml_is_name(name))
        return err_set(w->err, "an element needs a name that XML allows, not '%s'",
                       name.s ? name.s : luaL_typename(L, idx));
    w->depth++;
    lua_pushliteral(L, "attr");
    lua_rawget(L, idx);
    int result = write_open(w, name, lua_gettop(L), parent_ns, &ns);
    lua_pop(L, 1); /* ns stays valid: the element's table holds attr */
    if (result == 0)
        result = write_children(w, idx, name, ns);
    w->depth--;
    return result < 0 ? err_context(w->err, "%s", name.s) : 0;
}

int stanza_write(lua_State *L, int idx, struct buf *out, const char *parent_ns,
                 const struct stanza_extra *extra, struct err *err) {
    struct writer w = {.L = L, .out = out, .err = err, .extra = extra};
    size_t before = out->len;
    if (write_element(&w, lua_absindex(L, idx), parent_ns) == 0)
        return 0;
    out->len = before;
    if (out->data != NULL)
        out->data[before] = '\0';
    return -1;
}
