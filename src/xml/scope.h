/* SPDX-License-Identifier: MIT */
/*
 * scope: which namespace a prefix means, element by element (Namespaces in XML 1.0). expat's own namespace
 * mode costs a tenth of the parse; a stream has two or three bindings, so a short stack searched from its top
 * is quicker, and the default namespace, which nearly all elements are in, is not searched at all.
 */
#ifndef COUPLET_XML_SCOPE_H
#define COUPLET_XML_SCOPE_H

#include "base/arena.h"
#include "xml/node.h"

enum { SCOPE_MOST = 256 }; /* bindings at a time: each costs every prefixed name below it a comparison */

struct scope_binding {
    struct str prefix; /* "" for the default namespace */
    struct xml_str uri;
    uint32_t depth; /* of the element that declares it */
    bool is_owned;  /* both strings; else the arena's */
};

struct scope {                  /* zeroed at first */
    struct scope_binding *list; /* owned */
    uint32_t count, cap;
    struct xml_str unprefixed; /* the default namespace in force; .s == NULL: none is declared */
};

void scope_finish(struct scope *s);
/* The strings are copied into the arena, which must outlive the element; NULL: the scope owns them.
 * -1 for what may not be declared: xmlns, xml as something else, an empty namespace for a prefix.
 * s->count must be below SCOPE_MOST. */
int scope_add(struct scope *s, struct arena *arena, struct str prefix, struct str uri, uint32_t depth);
/* Forgets what was declared at `depth` or deeper. */
void scope_drop(struct scope *s, uint32_t depth);
static inline void scope_leave(struct scope *s, uint32_t depth) {
    if (s->count > 0 && s->list[s->count - 1].depth >= depth)
        scope_drop(s, depth);
}
/* The namespace; .s == NULL when the prefix is not bound. "" as prefix: the default namespace, "" where there
 * is none. The string lives until scope_leave of its element. */
struct xml_str scope_find(const struct scope *s, struct str prefix);

#endif
