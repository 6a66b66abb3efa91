/* SPDX-License-Identifier: MIT */
/*
 * route: the way to an XMPP server: which hosts and ports, their addresses, a TCP connection.
 *
 *   host given ----------------------------> host:port
 *   else SRV _xmpps-client, _xmpp-client: both asked at once, one list (XEP-0368 3)
 *     records -----------------------------> each target in turn, no other place (RFC 6120 3.2.1)
 *     only "." ----------------------------> an end: not offered
 *     nothing, no answer ------------------> the domain itself (RFC 6120 3.2.2)
 *     with DANE: broken (net/dane.h) ------> an end
 *
 * Every address of a target is tried before the next target. All of it has one deadline, and each target that
 * is left an equal share of the time that is left, so that a silent one does not hold up those behind it.
 * Targets that the memory blames come last; a silent one is blamed. Not a header for other rooms.
 */
#ifndef COUPLET_NET_ROUTE_H
#define COUPLET_NET_ROUTE_H

#include "net/conn.h"
#include "net/dane.h"
#include "net/tcp.h"

struct route;

struct route_reached {
    uv_tcp_t *tcp;           /* given to the receiver */
    const char *who;         /* "host (address:port)"; this and what follows: borrowed for the call */
    const char *peer;        /* "address:port" */
    bool direct_tls;         /* TLS begins at once */
    int64_t until_ms;        /* of loop_now_ms: when this target's share of the time is over */
    const struct dane *dane; /* NULL: DNSSEC was not to be asked */
};

/* at NULL: why says what failed, the last
 * first, for people. Called once for route_new and once for each route_next, never
 * before those have returned. The receiver may call any verb, and has to call route_free in the end. */
typedef void route_fn(void *ctx, const struct route_reached *at, const char *why);

struct route *route_new(struct loop *l, struct dns *dns, const struct conn_target *target, route_fn *done,
                        void *ctx);
/* The target that was reached was no good (why): on with the next. */
void route_next(struct route *r, const char *why);
/* It has failed, and DNS had nothing but the domain's own name to try. */
bool route_was_a_guess(const struct route *r);
/* Blames the target that was reached: in this memory it comes last from now on; or the reverse. NULL
 * accepted. */
void route_blame(struct route *r);
void route_praise(struct route *r);
void route_free(struct route *r); /* NULL accepted */

#endif
