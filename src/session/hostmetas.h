/* SPDX-License-Identifier: MIT */
/*
 * hostmetas: the host-meta documents (XEP-0156) that the accounts of a process ask for. A document that is
 * being fetched, or was within the last minute, is not fetched again, nor one that could not be had ten
 * seconds ago: when the server of a thousand accounts is down, its web server must not suffer for it.
 */
#ifndef COUPLET_SESSION_HOSTMETAS_H
#define COUPLET_SESSION_HOSTMETAS_H

#include "loop/loop.h"
#include "net/conn.h"
#include "xmpp/hostmeta.h"

struct hostmetas;
struct hostmetas_query;

struct hostmetas *hostmetas_new(struct loop *l, struct dns *dns);
void hostmetas_free(struct hostmetas *m); /* every query must be gone; NULL accepted */

struct hostmetas_options {
    const char *domain;   /* of the JID */
    const char *ca_file;  /* NULL: the system's; an account with another one asks for itself */
    const char *crl_file; /* of the revoked; NULL: none; likewise */
    int min_version;      /* of TLS, likewise */
    uint32_t timeout_ms;  /* 0: 15000 */
};

/* found: borrowed, with at least one WebSocket; NULL: why says what is wrong, for people. Called once, at the
 * end of a turn, never before hostmetas_ask has returned. The query is gone then;
 * done may cancel others. */
typedef void hostmetas_fn(void *ctx, const struct hostmeta *found, const char *why);
struct hostmetas_query *hostmetas_ask(struct hostmetas *m, const struct hostmetas_options *options,
                                      hostmetas_fn *done, void *ctx);
void hostmetas_cancel(struct hostmetas_query *q); /* NULL accepted */

#endif
