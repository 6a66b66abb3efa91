/* SPDX-License-Identifier: MIT */
/*
 * tunnel: a TCP connection to a host that a proxy makes: the proxy is dialled (eyeballs.h) and talked to
 * (proxy_talk.h). There is no deadline here. Not a header for other rooms.
 */
#ifndef COUPLET_NET_TUNNEL_H
#define COUPLET_NET_TUNNEL_H

#include "base/proxy.h"
#include "net/eyeballs.h"

struct tunnel;

/* proxy and host are borrowed until the end. done: as with eyeballs; `to` is the proxy's address. */
struct tunnel *tunnel_new(struct loop *l, struct dns *dns, const struct proxy *proxy, const char *host,
                          uint16_t port, eyeballs_fn *done, void *ctx);
void tunnel_free(struct tunnel *t); /* gives up; NULL accepted */

#endif
