/* SPDX-License-Identifier: MIT */
/*
 * guard: keeps an incomplete token (a tag cut by the network) away from expat until it is whole. expat scans
 * a token from its start each time more of it comes, so a tag of 256 KiB that dribbles in byte by byte would
 * cost 30 billion steps; here each byte is looked at once. It also refuses comments, document types and
 * processing instructions at their first bytes (RFC 6120 11.1), before expat has seen one of theirs.
 *
 *   bytes -- guard_split --> what is whole, and the first byte of the last token when that is not whole
 *         -- guard_hold  --> g->held: the rest of that token; to expat when g->is_whole
 *
 * Only the last token of what arrived can be incomplete, so nothing before the last '<' or '&' is looked at.
 * It does not judge: what cannot be XML ends a token, and expat, which has its first byte already, says why.
 * In CDATA quotes and brackets mean nothing: the parser hands such bytes over by guard_cdata_end.
 */
#ifndef COUPLET_XML_GUARD_H
#define COUPLET_XML_GUARD_H

#include "base/buf.h"

#include <stdbool.h>

enum guard_state {
    GUARD_TEXT,
    GUARD_TAG,
    GUARD_QUOTE,
    GUARD_REFERENCE,  /* "&" */
    GUARD_MARK,       /* "<!" */
    GUARD_DECLARATION /* "<?" */
};

struct guard { /* zeroed at first */
    enum guard_state state;
    char quote;          /* of GUARD_QUOTE */
    char last;           /* byte of GUARD_DECLARATION */
    bool is_whole;       /* what is held may go to expat */
    const char *refused; /* static: what it was; NULL: nothing */
    size_t token_len;    /* bytes of the token seen so far */
    struct buf held;     /* the incomplete token without its first byte */
};

void guard_finish(struct guard *g);
/* How many of the bytes may go to expat now, at least one; nothing may be held. When g->state is not
 * GUARD_TEXT afterwards, the bytes that follow belong to guard_hold. After a "<![CDATA[" or an XML
 * declaration there may be more to split. */
size_t guard_split(struct guard *g, const char *bytes, size_t len);
/* Adds to the held token; returns how many bytes were taken. Then g->is_whole, g->refused, or more is to
 * come. */
size_t guard_hold(struct guard *g, const char *bytes, size_t len);
/* Inside CDATA: how many bytes may go to expat at once. */
size_t guard_cdata_end(const char *bytes, size_t len);

#endif
