/* SPDX-License-Identifier: MIT */
/*
 * scope: which namespace a prefix means, element by element (Namespaces in XML 1.0). expat's own namespace
 * mode costs a tenth of the parse; a stream has two or three bindings, so a short stack searched from its top
 * is quicker.
 */
#ifndef COUPLET_XML_SCOPE_H
#define COUPLET_XML_SCOPE_H

#include "xml/node.h"

struct scope_binding {
    char *prefix; /* "" for the default namespace; owned */
    char *uri;    /* owned */
    uint32_t uri_len, atom;
    uint32_t depth; /* of the element that declares it */
};

struct scope {                  /* zeroed at first */
    struct scope_binding *list; /* owned */
    uint32_t count, cap;
};

void scope_finish(struct scope *s);
/* -1 for what may not be declared: xmlns, xml as something else, an empty namespace for a prefix. */
int scope_add(struct scope *s, struct str prefix, struct str uri, uint32_t depth);
/* Forgets what was declared at `depth` or deeper. */
void scope_leave(struct scope *s, uint32_t depth);
/* The namespace; .s == NULL when the prefix is not bound. "" as prefix: the default namespace, "" where there
 * is none. The string lives until scope_leave of its element. */
struct xml_str scope_find(const struct scope *s, struct str prefix);

#endif
