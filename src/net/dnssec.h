/* SPDX-License-Identifier: MIT */
/*
 * dnssec: questions whose answers are validated here (RFC 4035 4.3), by libunbound: on a thread of its own,
 * told on the loop. The library is loaded with the first question and goes a minute after the last one, so
 * that what it has learnt serves those who come back together. Nothing of it exists for a process that never
 * asks.
 *
 * An answer always comes later than the question, at the end of a loop turn and outside of any frame of the
 * library. After it the query is gone. Not a header for other rooms.
 */
#ifndef COUPLET_NET_DNSSEC_H
#define COUPLET_NET_DNSSEC_H

#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

#include <stddef.h>

struct dnssec;
struct dnssec_query;

struct dnssec_options {  /* strings are copied */
    const char *servers; /* "127.0.0.1:53,…"; NULL: as resolv_conf says */
    const char *resolv_conf;
    const char *anchor; /* a file of DS or DNSKEY records */
    uint32_t kept_ms;   /* after the last question, for tests; 0: a minute */
};

enum dnssec_verdict {
    DNSSEC_SECURE,   /* proven: the records, or that there are none */
    DNSSEC_INSECURE, /* proven to be of a zone that is not signed: as good as any DNS */
    DNSSEC_BOGUS,    /* signed, and the signatures do not hold */
    DNSSEC_FAILED,   /* no answer */
};

struct dnssec_answer { /* borrowed for the call */
    enum dnssec_verdict verdict;
    const char *why;           /* of BOGUS and FAILED, for people */
    const struct str *records; /* data as on the wire (RFC 1035 3.2.1), names not compressed */
    size_t count;              /* 64 at most */
};
typedef void dnssec_fn(void *ctx, const struct dnssec_answer *answer);

/* 0: with these, questions can be asked. -1: err says what is missing and what to do. */
int dnssec_check(const struct dnssec_options *options, struct err *err);
/* "127.0.0.1:53" or "[::1]:53", of len bytes, as the library writes it: "127.0.0.1@53". */
void dnssec_forwarder(const char *server, size_t len, char *out, size_t cap);
struct dnssec *dnssec_new(struct loop *l, const struct dnssec_options *options);
void dnssec_free(struct dnssec *d); /* NULL accepted; no query may be left */
/* name: A-labels; type: ns_t_srv, … */
struct dnssec_query *dnssec_ask(struct dnssec *d, const char *name, int type, dnssec_fn *done, void *ctx);
void dnssec_cancel(struct dnssec_query *q); /* NULL accepted; done is not called any more */

#endif
