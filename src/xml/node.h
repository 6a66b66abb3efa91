/* SPDX-License-Identifier: MIT */
/*
 * node: the short-lived tree of one stanza. Everything in it lives in the parser's arena and is
 * gone with the next one; nobody frees a node. All strings are NUL-terminated UTF-8.
 *
 *   struct xml_node (element) -- first --> child -- next --> child …
 *        | attrs[attr_count]               text nodes stand among the children; adjacent text is one node
 */
#ifndef COUPLET_XML_NODE_H
#define COUPLET_XML_NODE_H

#include "base/str.h"
#include "xml/atom.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xml_str {
    const char *s;
    uint32_t len;
    uint32_t atom; /* enum xml_atom; ATOM_NONE for texts and values */
};

struct xml_attr {
    struct xml_str
        name;          /* local name; "xml:lang" and other xml: attributes keep their prefix and have no ns */
    struct xml_str ns; /* .s == NULL: no namespace (no prefix). xmlns declarations are not attributes */
    struct xml_str value;
};

struct xml_node {
    struct xml_node *parent, *next, *first, *last;
    struct xml_str name; /* local name; .s == NULL: this is a text node */
    struct xml_str ns;   /* of an element: its namespace, resolved, "" when in none */
    struct xml_str text; /* of a text node */
    struct xml_attr *attrs;
    uint32_t attr_count;
    uint32_t child_count; /* elements and texts */
};

static inline bool xml_is_text(const struct xml_node *n) {
    return n->name.s == NULL;
}

static inline struct str xml_view(const struct xml_str *x) {
    return (struct str){x->s, x->len};
}

/* The value of the attribute without namespace; .s == NULL when absent. */
struct str xml_attr(const struct xml_node *n, const char *name);
struct str xml_attr_atom(const struct xml_node *n, enum xml_atom name);

/* True for an element of that name and namespace. */
bool xml_is(const struct xml_node *n, const char *name, const char *ns);
/* First element child of that name (NULL: any) and namespace (NULL: any). */
const struct xml_node *xml_child(const struct xml_node *n, const char *name, const char *ns);
/* First child that is an element; the next element sibling. NULL when there is none. */
const struct xml_node *xml_first_element(const struct xml_node *n);
const struct xml_node *xml_next_element(const struct xml_node *n);
/* The text of an element's first text child ("" and length 0 when it has none); .s == NULL for n == NULL. */
struct str xml_text(const struct xml_node *n);

#endif
