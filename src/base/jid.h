/* SPDX-License-Identifier: MIT */
/*
 * jid: XMPP addresses, node@host/resource (RFC 7622), prepared the way that today's servers enforce
 * (RFC 6122: nodeprep, resourceprep by libidn; domains as U-labels by libidn2), with a fast path for ASCII.
 *
 * Splitting is at the first '/', then the first '@' (RFC 7622 3.2). A prepared part has 1-1023 octets.
 */
#ifndef COUPLET_BASE_JID_H
#define COUPLET_BASE_JID_H

#include "base/err.h"
#include "base/str.h"

/* Views into the text that was split; .s == NULL where a part is absent. */
struct jid_parts {
    struct str node, host, resource;
};

/* Only splits; -1 when host is empty or a part that is announced by its separator is empty. */
int jid_split(struct str text, struct jid_parts *out);

/* Prepared copies, NUL-terminated; owned by the struct, NULL where absent. */
struct jid {
    char *node, *host, *resource;
};

/* 0, or -1 with the reason ("the domain is empty"). out is to be finished only after success. */
int jid_parse(struct str text, struct jid *out, struct err *err);
/* The same from parts that are already apart (NULL: absent). */
int jid_prep(const char *node, const char *host, const char *resource, struct jid *out, struct err *err);
void jid_finish(struct jid *j);
/* node@host and node@host/resource; the caller owns the string. */
char *jid_bare(const struct jid *j);
char *jid_full(const struct jid *j);

/* The bare part of an address as a view, without preparing it. */
struct str jid_bare_view(struct str text);
/* The resource as a view; .s == NULL where there is none. */
struct str jid_resource_view(struct str text);
/* Compares prepared forms; false when either is not an address. */
bool jid_equal(struct str a, struct str b);

#endif
