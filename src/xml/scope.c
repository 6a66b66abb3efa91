/* SPDX-License-Identifier: MIT */
#include "xml/scope.h"

#include "base/mem.h"

static const char ns_xml[] = "http://www.w3.org/XML/1998/namespace";
static const char ns_xmlns[] = "http://www.w3.org/2000/xmlns/";

void scope_finish(struct scope *s) {
    scope_leave(s, 0);
    mem_free(s->list);
    *s = (struct scope){NULL, 0, 0};
}

static int check(struct str prefix, struct str uri) {
    bool is_xml = str_is(prefix, "xml");
    if (str_is(prefix, "xmlns") || is_xml != str_is(uri, ns_xml) || str_is(uri, ns_xmlns))
        return -1;
    return prefix.len > 0 && uri.len == 0 ? -1 : 0;
}

int scope_add(struct scope *s, struct str prefix, struct str uri, uint32_t depth) {
    if (check(prefix, uri) < 0)
        return -1;
    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 2;
        s->list = mem_array(s->list, s->cap, sizeof(*s->list));
    }
    s->list[s->count++] = (struct scope_binding){
        .prefix = mem_strndup(prefix.s, prefix.len),
        .uri = mem_strndup(uri.s, uri.len),
        .uri_len = (uint32_t)uri.len,
        .atom = xml_atom_of(uri.s, (uint32_t)uri.len),
        .depth = depth,
    };
    return 0;
}

void scope_leave(struct scope *s, uint32_t depth) {
    while (s->count > 0 && s->list[s->count - 1].depth >= depth) {
        struct scope_binding *b = &s->list[--s->count];
        mem_free(b->prefix);
        mem_free(b->uri);
    }
}

struct xml_str scope_find(const struct scope *s, struct str prefix) {
    for (uint32_t i = s->count; i > 0; i--) {
        const struct scope_binding *b = &s->list[i - 1];
        if (strncmp(b->prefix, prefix.s, prefix.len) == 0 && b->prefix[prefix.len] == 0)
            return (struct xml_str){b->uri, b->uri_len, b->atom};
    }
    if (str_is(prefix, "xml"))
        return (struct xml_str){ns_xml, sizeof(ns_xml) - 1, ATOM_NONE};
    return (struct xml_str){prefix.len == 0 ? "" : NULL, 0, ATOM_NONE};
}
