/* SPDX-License-Identifier: MIT */
#include "xml/node.h"

struct str xml_attr(const struct xml_node *n, const char *name) {
    for (uint32_t i = 0; i < n->attr_count; i++)
        if (n->attrs[i].ns.s == NULL && strcmp(n->attrs[i].name.s, name) == 0)
            return xml_view(&n->attrs[i].value);
    return STR_NONE;
}

struct str xml_attr_atom(const struct xml_node *n, enum xml_atom name) {
    for (uint32_t i = 0; i < n->attr_count; i++)
        if (n->attrs[i].name.atom == name && n->attrs[i].ns.s == NULL)
            return xml_view(&n->attrs[i].value);
    return STR_NONE;
}

bool xml_is(const struct xml_node *n, const char *name, const char *ns) {
    return !xml_is_text(n) && (name == NULL || strcmp(n->name.s, name) == 0) &&
           (ns == NULL || strcmp(n->ns.s, ns) == 0);
}

const struct xml_node *xml_child(const struct xml_node *n, const char *name, const char *ns) {
    for (const struct xml_node *c = n->first; c != NULL; c = c->next)
        if (xml_is(c, name, ns))
            return c;
    return NULL;
}

static const struct xml_node *element_from(const struct xml_node *n) {
    while (n != NULL && xml_is_text(n))
        n = n->next;
    return n;
}

const struct xml_node *xml_first_element(const struct xml_node *n) {
    return element_from(n->first);
}

const struct xml_node *xml_next_element(const struct xml_node *n) {
    return element_from(n->next);
}

struct str xml_text(const struct xml_node *n) {
    if (n == NULL)
        return STR_NONE;
    for (const struct xml_node *c = n->first; c != NULL; c = c->next)
        if (xml_is_text(c))
            return xml_view(&c->text);
    return STR_LIT("");
}
