/* SPDX-License-Identifier: MIT */
#include "xml/stanza_error.h"

static void take_child(struct stanza_error *e, const struct xml_node *c) {
    if (c->ns.atom != ATOM_NS_STANZAS)
        e->own = e->own != NULL ? e->own : c;
    else if (c->name.atom == ATOM_TEXT)
        e->text = e->text.s != NULL ? e->text : xml_text(c);
    else if (e->condition.s == NULL)
        e->condition = xml_view(&c->name);
}

void stanza_error_read(struct stanza_error *e, const struct xml_node *stanza) {
    *e = (struct stanza_error){.element = xml_child(stanza, "error", NULL)};
    if (e->element == NULL)
        return;
    e->type = xml_attr_atom(e->element, ATOM_TYPE);
    for (const struct xml_node *c = xml_first_element(e->element); c != NULL; c = xml_next_element(c))
        take_child(e, c);
}

struct str stanza_error_condition(const struct stanza_error *e) {
    return e->condition.s != NULL ? e->condition : STR_LIT("undefined-condition");
}
