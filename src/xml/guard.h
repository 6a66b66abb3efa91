/* SPDX-License-Identifier: MIT */
/*
 * guard: keeps an incomplete token (a tag cut by the network) away from expat until it is whole. expat scans
 * a token from its start each time more of it comes, so a tag of 256 KiB that dribbles in byte by byte would
 * cost 30 billion steps; here each byte is looked at once. It also refuses comments and document types at
 * their first bytes (RFC 6120 11.1).
 *
 * Only the last token of what arrived can be incomplete, so nothing before the last '<' or '&' is looked at.
 * In CDATA quotes and brackets mean nothing: the parser hands such bytes over by guard_cdata_end, up to the
 * next '>'.
 */
#ifndef COUPLET_XML_GUARD_H
#define COUPLET_XML_GUARD_H

#include "base/buf.h"

#include <stdbool.h>

enum guard_state { GUARD_TEXT, GUARD_TAG, GUARD_QUOTE, GUARD_REFERENCE, GUARD_MARK /* "<!" */ };

struct guard { /* zeroed at first */
    enum guard_state state;
    char quote;       /* of GUARD_QUOTE */
    bool refused;     /* "<!" of anything but CDATA */
    size_t token_len; /* bytes of the token seen so far */
    struct buf held;  /* the incomplete token */
};

void guard_finish(struct guard *g);
/* How many of the bytes may go to expat now; the rest begins a token that is not whole (guard_hold it), or is
 * refused. At most up to the end of "<![CDATA[". Nothing may be held. */
size_t guard_split(struct guard *g, const char *bytes, size_t len);
/* Adds to the held token; returns how many bytes were taken: the token is whole when g->state is GUARD_TEXT
 * again. */
size_t guard_hold(struct guard *g, const char *bytes, size_t len);
/* Inside CDATA: how many bytes may go to expat at once. */
size_t guard_cdata_end(const char *bytes, size_t len);

#endif
