/* SPDX-License-Identifier: MIT */
#include "xml/scope.h"

#include "base/mem.h"

#include <assert.h>

static const char ns_xml[] = "http://www.w3.org/XML/1998/namespace";
static const char ns_xmlns[] = "http://www.w3.org/2000/xmlns/";

void scope_finish(struct scope *s) {
    scope_leave(s, 0);
    mem_free(s->list);
    *s = (struct scope){0};
}

static int check(struct str prefix, struct str uri) {
    bool is_xml = str_is(prefix, "xml");
    if (str_is(prefix, "xmlns") || is_xml != str_is(uri, ns_xml) || str_is(uri, ns_xmlns))
        return -1;
    return prefix.len > 0 && uri.len == 0 ? -1 : 0;
}

static struct str copy(struct arena *arena, struct str s) {
    return (struct str){arena ? arena_strndup(arena, s.s, s.len) : mem_strndup(s.s, s.len), s.len};
}

static struct scope_binding *push(struct scope *s) {
    assert(s->count < SCOPE_MOST);
    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 2;
        s->list = mem_array(s->list, s->cap, sizeof(*s->list));
    }
    return &s->list[s->count++];
}

int scope_add(struct scope *s, struct arena *arena, struct str prefix, struct str uri, uint32_t depth) {
    enum xml_atom atom = xml_atom_of(uri.s, (uint32_t)uri.len);
    if ((atom == ATOM_NONE || prefix.len > 0) && check(prefix, uri) < 0)
        return -1;
    struct scope_binding *b = push(s);
    bool is_known = atom != ATOM_NONE;
    b->prefix = prefix.len > 0 ? copy(arena, prefix) : STR_LIT("");
    b->uri.s = is_known ? xml_atom_text(atom) : copy(arena, uri).s;
    b->uri.len = (uint32_t)uri.len;
    b->uri.atom = atom;
    b->depth = depth;
    b->is_owned = arena == NULL;
    if (prefix.len == 0)
        s->unprefixed = b->uri;
    return 0;
}

static struct xml_str find(const struct scope *s, struct str prefix) {
    for (uint32_t i = s->count; i > 0; i--)
        if (str_eq(s->list[i - 1].prefix, prefix))
            return s->list[i - 1].uri;
    return (struct xml_str){NULL, 0, ATOM_NONE};
}

static void drop(struct scope_binding *b) {
    if (!b->is_owned)
        return;
    if (b->prefix.len > 0)
        mem_free((char *)b->prefix.s);
    if (b->uri.atom == ATOM_NONE)
        mem_free((char *)b->uri.s);
}

void scope_drop(struct scope *s, uint32_t depth) {
    while (s->count > 0 && s->list[s->count - 1].depth >= depth)
        drop(&s->list[--s->count]);
    s->unprefixed = find(s, STR_LIT(""));
}

struct xml_str scope_find(const struct scope *s, struct str prefix) {
    struct xml_str found = prefix.len == 0 ? s->unprefixed : find(s, prefix);
    if (found.s != NULL)
        return found;
    if (str_is(prefix, "xml"))
        return (struct xml_str){ns_xml, sizeof(ns_xml) - 1, ATOM_NONE};
    return (struct xml_str){prefix.len == 0 ? "" : NULL, 0, ATOM_NONE};
}
