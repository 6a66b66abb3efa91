/* SPDX-License-Identifier: MIT */
/*
 * write: text and attributes to XML bytes, escaped and checked. Nothing that is not well-formed can be
 * written: a script must not be able to break its own stream.
 */
#ifndef COUPLET_XML_WRITE_H
#define COUPLET_XML_WRITE_H

#include "base/buf.h"
#include "base/str.h"
#include "xml/node.h"

/* Character data; & < > are escaped, CR is written as &#13;. -1 (nothing added) when XML may not hold the
 * text. */
int xml_write_text(struct buf *out, struct str text);
/* ` name='value'` with & < > ' " and white space other than blank escaped. The name is trusted (a literal).
 * -1 (nothing added) when XML may not hold the value. */
int xml_write_attr(struct buf *out, const char *name, struct str value);
/* Is it a name without prefix that may be written: [A-Za-z_][A-Za-z0-9_.-]*, and of the letters beyond ASCII
 * those that every parser takes: what the other side refuses ends the stream. */
bool xml_is_name(struct str name);
/* A whole tree as text; parent_ns: the namespace in force outside ("" or NULL: none), so that xmlns is
 * written only where it changes. For traces, tests and echoes of a payload. */
void xml_write_node(struct buf *out, const struct xml_node *n, const char *parent_ns);

#endif
