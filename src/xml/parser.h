/* SPDX-License-Identifier: MIT */
/* parser: what parse.c (feeding, limits, events), engine.c (expat itself) and tree.c (its handlers) share.
 * Nobody else includes this. */
#ifndef COUPLET_XML_PARSER_H
#define COUPLET_XML_PARSER_H

#include "base/arena.h"
#include "base/buf.h"
#include "xml/guard.h"
#include "xml/name.h"
#include "xml/parse.h"
#include "xml/scope.h"

#include <expat.h>

struct xml_parser {
    XML_Parser expat;
    struct xml_limits limits;
    struct arena arena; /* of the stanza that is being built, or was reported */
    struct scope scope;
    struct guard guard;
    struct xml_node *at;   /* the element that is open; NULL outside of a stanza */
    uint32_t depth;        /* open elements, the root included */
    enum xml_event event;  /* what a handler found; XML_MORE: nothing yet */
    struct xml_node *node; /* of that event */
    bool suspended, in_cdata;
    bool closed;        /* the root has ended */
    bool close_follows; /* the root was opened and closed by one tag: XML_CLOSE is yet to be told */
    bool failed;
    struct xml_error error;
    const char *in; /* borrowed, until XML_MORE */
    size_t in_len;
    size_t fed;      /* all bytes of the document: handed to expat, held or still in `in` */
    size_t boundary; /* where the last reported event ended */
    /* of the expat parser in use, see engine.c */
    size_t base;     /* what its byte 0 is, counted in bytes of the document */
    bool is_swollen; /* it had to keep a long token: its buffer never shrinks */
    char *root;      /* the root's name with its prefix; owned */
    struct name_cache names;
};

/* ---- engine.c ---- */

void engine_init(struct xml_parser *p);
void engine_finish(struct xml_parser *p);
/* A new document: everything that belongs to the old one but the limits is forgotten. */
void engine_reset(struct xml_parser *p);
/* Another expat parser at the same place of the document, when this one has grown too much; only between
 * stanzas with everything used up. */
void engine_renew(struct xml_parser *p);
/* Bytes to expat; events and failures show in *p. */
void engine_parse(struct xml_parser *p, const char *bytes, size_t len);
void engine_resume(struct xml_parser *p);
/* Where what expat is telling ends, in bytes of the document. */
size_t engine_event_end(struct xml_parser *p);

/* ---- tree.c ---- */

/* Installs the handlers. */
void tree_install(struct xml_parser *p);

/* ---- parse.c ---- */

/* Records the first failure, found in what ends at `end`: beyond the limit it is the limit that is told. */
void parser_fail(struct xml_parser *p, size_t end, enum xml_fault fault, const char *text);

/* Bytes that were taken from the input. */
static inline size_t parser_consumed(const struct xml_parser *p) {
    return p->fed - p->in_len;
}

#endif
