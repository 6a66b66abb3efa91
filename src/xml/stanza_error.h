/* SPDX-License-Identifier: MIT */
/*
 * stanza_error: what a stanza of type error says of why (RFC 6120 8.3). Whatever came is read as far as it
 * makes sense; the texts are the tree's, and anybody's: whoever shows them quotes them.
 */
#ifndef COUPLET_XML_STANZA_ERROR_H
#define COUPLET_XML_STANZA_ERROR_H

#include "xml/node.h"

struct stanza_error {
    const struct xml_node *element; /* <error/>; NULL: there is none */
    struct str type;                /* as the rest STR_NONE where it is not stated */
    struct str condition;           /* 8.3.3: the child of the stanzas' errors that is not <text/> */
    struct str text;
    const struct xml_node *own; /* 8.3.4: the application's condition; NULL: none */
};

void stanza_error_read(struct stanza_error *e, const struct xml_node *stanza);

/* The condition; undefined-condition where none is stated. */
struct str stanza_error_condition(const struct stanza_error *e);

#endif
