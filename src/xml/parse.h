/* SPDX-License-Identifier: MIT */
/*
 * parse: bytes of an XML stream to stanzas, one at a time (RFC 6120 section 11). The only user of expat.
 *
 *   xml_parser_feed(p, bytes, len);
 *   while ((what = xml_parser_next(p, &node)) != XML_MORE) …
 *
 * expat is suspended at the end tag of depth 1, so that after each event exactly the bytes up to it are
 * consumed, however the network cut them, and the caller runs outside of any expat frame: it may free the
 * parser, reset it or close the connection.
 *
 * Refused with XML_BAD (11.1, 11.3): DTD, comment, processing instruction, CDATA is allowed; undefined
 * entities, prefixes that are not bound, invalid UTF-8, a first-level text other than white space, a stanza
 * longer than limits.stanza_len bytes (also while it is still incomplete, so memory and time are bounded
 * however it dribbles in), deeper than limits.depth, more than limits.attrs attributes an element, more than
 * 256 namespaces at a time.
 */
#ifndef COUPLET_XML_PARSE_H
#define COUPLET_XML_PARSE_H

#include "xml/node.h"

struct xml_limits {
    size_t stanza_len;     /* bytes of one first-level element, and of the stream header; 0: 262144 */
    uint32_t depth;        /* of elements, a stanza itself is 1; 0: 200 */
    uint32_t attrs;        /* of one element, declarations of namespaces not counted; 0: 256 */
    const char *as_client; /* literal: a namespace that is told as jabber:client; NULL: none */
};

enum xml_event {
    XML_MORE,   /* everything fed is used up */
    XML_OPEN,   /* the stream's root element was opened: node has name, ns, attrs, no children */
    XML_STANZA, /* a whole first-level element; node is valid until the next call on this parser */
    XML_CLOSE,  /* the root's end tag; what is fed after it is dropped */
    XML_BAD,    /* see xml_parser_error; the parser only answers XML_BAD from here on */
};

/* Which stream error (RFC 6120 4.9.3) a failure is. */
enum xml_fault {
    XML_FAULT_NOT_WELL_FORMED,
    XML_FAULT_RESTRICTED,
    XML_FAULT_POLICY /* a limit */,
    XML_FAULT_ENCODING
};

struct xml_error {
    enum xml_fault fault;
    const char *text; /* static: "a comment", "deeper than 200 elements"… */
    size_t offset;    /* where the element that failed begins: bytes since the document's first */
};

struct xml_parser;

struct xml_parser *xml_parser_new(const struct xml_limits *limits); /* limits are copied; NULL: defaults */
void xml_parser_free(struct xml_parser *p);
/* A fresh document: after STARTTLS and SASL success. Bytes that were fed and not yet parsed are dropped. */
void xml_parser_reset(struct xml_parser *p);
/* Hands bytes over (copied only as far as needed); everything fed before must have been used up (XML_MORE).
 */
void xml_parser_feed(struct xml_parser *p, const char *bytes, size_t len);
/* The next event. *node is set for XML_OPEN and XML_STANZA. */
enum xml_event xml_parser_next(struct xml_parser *p, struct xml_node **node);
/* Bytes that were fed and belong to nothing that was reported yet (after <proceed/> there must be none). */
size_t xml_parser_pending(const struct xml_parser *p);
const struct xml_error *xml_parser_error(const struct xml_parser *p);

#endif
