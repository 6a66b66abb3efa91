/* SPDX-License-Identifier: MIT */
/*
 * route: the way to an XMPP server: which hosts and ports (RFC 6120 3.2), their addresses, a TCP connection.
 *
 *   host given ----------------------------> host:port
 *   else SRV: records  --------------------> each target in turn, no other place
 *             "." -------------------------> an end: not offered
 *             nothing, no answer ----------> the domain itself, port 5222
 *
 * Every target is resolved, and every address of it tried, before the next one. Not a header for other rooms.
 */
#ifndef COUPLET_NET_ROUTE_H
#define COUPLET_NET_ROUTE_H

#include "net/conn.h"
#include "net/dns.h"
#include "net/tcp.h"

struct route;

/* tcp: given to the receiver; NULL: why says what failed, for people. who: "host (address:port)", peer:
 * "address:port"; borrowed. Called once, never before route_new has returned. The receiver may call
 * route_free and has to do so in any case. */
typedef void route_fn(void *ctx, uv_tcp_t *tcp, const char *who, const char *peer, const char *why);

struct route *route_new(struct loop *l, struct dns *dns, const struct conn_target *target, route_fn *done,
                        void *ctx);
void route_free(struct route *r); /* NULL accepted */

#endif
