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
    int prefixes;    /* made so far in this stanza */
    bool is_located; /* err starts with the path of what is wrong */
};

enum { ATTRS_SORTED = 32 }; /* of one element */

static const char ns_xml[] = "http://www.w3.org/XML/1998/namespace";

static int write_element(struct writer *w, int idx, struct str parent_ns);

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

/* The namespaces that Namespaces in XML (section 3) lets nobody declare. */
static bool is_reserved_ns(struct str ns) {
    return str_is(ns, ns_xml) || str_is(ns, "http://www.w3.org/2000/xmlns/");
}

static int cannot_carry(struct writer *w, const char *name) {
    return err_set(w->err, "attribute '%s' holds what XML cannot carry", name);
}

/* "ns\1name": its own prefix, declared beside it; attributes of XML's own namespace have the prefix xml
 * already. */
static int write_prefixed(struct writer *w, struct str key, const char *split, struct str value) {
    struct str ns = {key.s, (size_t)(split - key.s)}, name = {split + 1, key.len - ns.len - 1};
    char qualified[128], declared[32], prefix[16];
    bool is_xml = str_is(ns, ns_xml);
    if (!xml_is_name(name) || name.len > 64 || ns.len == 0 || (is_reserved_ns(ns) && !is_xml))
        return err_set(w->err, "attribute '%s' has no valid name", split + 1);
    int n = is_xml ? 0 : ++w->prefixes;
    snprintf(prefix, sizeof(prefix), is_xml ? "xml" : "n%d", n);
    snprintf(declared, sizeof(declared), "xmlns:%s", prefix);
    snprintf(qualified, sizeof(qualified), "%s:%.*s", prefix, (int)name.len, name.s);
    if ((!is_xml && xml_write_attr(w->out, declared, ns) < 0) || xml_write_attr(w->out, qualified, value) < 0)
        return cannot_carry(w, qualified);
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
        return cannot_carry(w, key.s);
    return 0;
}

/* The value on top. A number is written as its text; a copy, since the table's stays a number. */
static int write_value(struct writer *w, struct str key) {
    lua_State *L = w->L;
    struct str value;
    if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER)
        return err_set(w->err, "attribute '%s' must be a string, not a %s", key.s, luaL_typename(L, -1));
    lua_pushvalue(L, -1);
    value.s = lua_tolstring(L, -1, &value.len);
    int result = write_attr(w, key, value);
    lua_pop(L, 1);
    return result;
}

static bool is_before(struct str a, struct str b) {
    int r = memcmp(a.s, b.s, a.len < b.len ? a.len : b.len);
    return r < 0 || (r == 0 && a.len < b.len);
}

/* Into its place among so many. */
static void add_key(struct str *keys, int count, struct str key) {
    for (; count > 0 && is_before(key, keys[count - 1]); count--)
        keys[count] = keys[count - 1];
    keys[count] = key;
}

/* The names in attr that are to be written, sorted; of those that there is no room for the first ones stay as
 * they come. The table holds their bytes. -> how many, or -1. */
static int sorted_keys(struct writer *w, int attr, struct str keys[ATTRS_SORTED]) {
    lua_State *L = w->L;
    int count = 0, result = 0;
    for (lua_pushnil(L); result == 0 && lua_next(L, attr); lua_pop(L, 1)) {
        struct str key = string_at(L, -2);
        if (key.s == NULL)
            result = err_set(w->err, "an attribute's name must be a string, not a %s", luaL_typename(L, -2));
        else if (str_is(key, "xmlns") || find_extra(w, key) != NULL)
            continue;
        else if (count == ATTRS_SORTED)
            result = write_value(w, key);
        else
            add_key(keys, count++, key);
    }
    if (result == 0)
        return count;
    lua_pop(L, 1); /* the key that would have been gone on from */
    return -1;
}

/* A table has no order of its own; the same table is to be the same text, whenever it is written. */
static int write_table(struct writer *w, int attr) {
    struct str keys[ATTRS_SORTED];
    int count = sorted_keys(w, attr, keys), result = count < 0 ? -1 : 0;
    for (int i = 0; result == 0 && i < count; i++) {
        lua_pushlstring(w->L, keys[i].s, keys[i].len);
        lua_rawget(w->L, attr);
        result = write_value(w, keys[i]);
        lua_pop(w->L, 1);
    }
    return result;
}

static int write_attrs(struct writer *w, int attr) {
    if (w->depth == 1)
        for (const struct stanza_extra *e = w->extra; e != NULL && e->name != NULL; e++)
            if (e->value.s != NULL && xml_write_attr(w->out, e->name, e->value) < 0)
                return cannot_carry(w, e->name);
    return lua_isnil(w->L, attr) ? 0 : write_table(w, attr);
}

static int write_child(struct writer *w, struct str ns) {
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

static int write_children(struct writer *w, int idx, struct str name, struct str ns) {
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

/* attr.xmlns, or the parent's where there is none. -1 when it is no namespace. */
static int read_ns(struct writer *w, int attr, struct str parent_ns, struct str *ns) {
    lua_State *L = w->L;
    *ns = parent_ns;
    if (lua_isnil(L, attr))
        return 0;
    if (!lua_istable(L, attr))
        return err_set(w->err, "attr must be a table, not a %s", luaL_typename(L, attr));
    lua_pushliteral(L, "xmlns");
    lua_rawget(L, attr);
    bool is_absent = lua_isnil(L, -1);
    struct str stated = string_at(L, -1); /* the table holds it */
    lua_pop(L, 1);
    if (is_absent)
        return 0;
    if (stated.s == NULL || is_reserved_ns(stated))
        return err_set(w->err, "xmlns must be the name of a namespace");
    *ns = stated;
    return 0;
}

static int write_open(struct writer *w, struct str name, int attr, struct str parent_ns, struct str *ns) {
    if (read_ns(w, attr, parent_ns, ns) < 0)
        return -1;
    buf_addc(w->out, '<');
    buf_add(w->out, name.s, name.len);
    if (!str_eq(*ns, parent_ns) && xml_write_attr(w->out, "xmlns", *ns) < 0)
        return err_set(w->err, "xmlns holds what XML cannot carry");
    return write_attrs(w, attr);
}

/* "message/body: reason": the path grows from the inside out. */
static int locate(struct writer *w, struct str name) {
    char reason[sizeof(w->err->text)];
    if (w->err == NULL)
        return -1;
    memcpy(reason, w->err->text, sizeof(reason));
    err_set(w->err, "%s%s%s", name.s, w->is_located ? "/" : ": ", reason);
    w->is_located = true;
    return -1;
}

static int write_element(struct writer *w, int idx, struct str parent_ns) {
    lua_State *L = w->L;
    struct str name = stanza_name(L, idx), ns = parent_ns;
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
    return result < 0 ? locate(w, name) : 0;
}

int stanza_write(lua_State *L, int idx, struct buf *out, const char *parent_ns,
                 const struct stanza_extra *extra, struct err *err) {
    struct writer w = {.L = L, .out = out, .err = err, .extra = extra};
    size_t before = buf_len(out);
    if (write_element(&w, lua_absindex(L, idx), str_of(parent_ns)) == 0)
        return 0;
    buf_cut(out, before);
    return -1;
}
