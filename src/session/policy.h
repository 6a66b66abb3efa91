/* SPDX-License-Identifier: MIT */
/*
 * policy: what a session does after an attempt has ended, and when. Which end leads to what is one table
 * (policy.c); here is what has to be remembered from attempt to attempt: how long the last wait was, how
 * often a server has complained, and where it sent us (see-other-host, RFC 6120 4.9.3.19). It reads no clock
 * and starts no timer.
 *
 * A redirect is followed only where nobody in between can have said it, at most POLICY_HOPS_MAX times without
 * a session that lasted; the place holds for one attempt, after which the configured one is tried again. Who
 * has to be there is never changed by it: `to`, certificate and TLS are those of the domain.
 */
#ifndef COUPLET_SESSION_POLICY_H
#define COUPLET_SESSION_POLICY_H

#include "session/backoff.h"
#include "session/place.h"
#include "xmpp/stream.h"

enum { POLICY_HOPS_MAX = 5 };

struct policy { /* all zero at first */
    struct backoff backoff;
    int64_t grudge_ms;  /* the least wait after the last complaint; 0: there was none for long */
    unsigned hops;      /* redirects that were followed, and no session since that lasted */
    struct place place; /* for the next attempt; no host: as configured */
    bool is_patient;    /* nothing is said early any more */
};

struct policy_end {
    const struct stream_reason *reason;
    int64_t good_ms;   /* how long the stream was online; -1: it never was */
    bool is_private;   /* nobody in between can have said it: TLS was up, or it is this machine */
    bool is_websocket; /* where a host and a port lead nowhere */
};

enum policy_next { POLICY_WAIT, POLICY_AT_ONCE, POLICY_REDIRECT, POLICY_GIVE_UP };

struct policy_step {
    enum policy_next next;
    int64_t delay_ms;    /* of POLICY_WAIT, else 0 */
    const char *refused; /* why a redirect is not followed; literal; NULL: it is, or there was none */
};

/* POLICY_REDIRECT: p->place says where. */
struct policy_step policy_decide(struct policy *p, const struct policy_end *end);
void policy_finish(struct policy *p);

#endif
