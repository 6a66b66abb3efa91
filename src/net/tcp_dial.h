/* SPDX-License-Identifier: MIT */
/*
 * tcp_dial: from addresses, which may come one after the other, to one TCP connection (RFC 8305 4, 5).
 *
 * IPv6 and IPv4 take turns, IPv6 first; in a family the order is kept. Each attempt has a head start of
 * 250 ms before the next begins; a failure starts the next at once; the first to connect wins and the others
 * are closed. There is no deadline here. Not a header for other rooms.
 */
#ifndef COUPLET_NET_TCP_DIAL_H
#define COUPLET_NET_TCP_DIAL_H

#include "loop/loop.h"
#include "net/address.h"

#include <uv.h>

struct tcp_dial;

/* tcp: given to the receiver, connected, to be closed with tcp_close; NULL when every address failed: then
 * `to` is the one that failed last (family AF_UNSPEC when there never was one), and why says how. The dial is
 * gone when it is called. Not called by a verb. */
typedef void tcp_dialled_fn(void *ctx, uv_tcp_t *tcp, const union address *to, const char *why);

struct tcp_dial *tcp_dial_new(struct loop *l, tcp_dialled_fn *done, void *ctx);
/* More addresses (copied); dialling begins. Those that are waiting already keep their place in their family.
 */
void tcp_dial_add(struct tcp_dial *d, const union address *list, size_t count);
/* No more will come. */
void tcp_dial_no_more(struct tcp_dial *d);
void tcp_dial_cancel(struct tcp_dial *d); /* NULL accepted */

#endif
