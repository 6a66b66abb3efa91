/* SPDX-License-Identifier: MIT */
/* parser: what parse.c (feeding, limits, events) and tree.c (expat's handlers) share. Nobody else includes
 * this. */
#ifndef COUPLET_XML_PARSER_H
#define COUPLET_XML_PARSER_H

#include "base/arena.h"
#include "base/buf.h"
#include "xml/guard.h"
#include "xml/parse.h"
#include "xml/scope.h"

#include <expat.h>

struct xml_parser {
    XML_Parser expat;
    struct xml_limits limits;
    struct arena arena; /* of the stanza that is being built, or was reported */
    struct scope scope;
    struct guard guard;
    struct buf text;       /* character data since the last tag */
    struct xml_node *at;   /* the element that is open; NULL outside of a stanza */
    uint32_t depth;        /* open elements, the root included */
    enum xml_event event;  /* what a handler found; XML_MORE: nothing yet */
    struct xml_node *node; /* of that event */
    bool suspended, in_cdata;
    bool failed;
    struct xml_error error;
    const char *in; /* borrowed, until XML_MORE */
    size_t in_len;
    size_t fed;      /* all bytes since the root's start: handed to expat, held or still in `in` */
    size_t boundary; /* where the last reported event ended */
};

/* Installs the handlers. */
void tree_install(struct xml_parser *p);
/* Records the first failure. */
void parser_fail(struct xml_parser *p, enum xml_fault fault, const char *text);

#endif
