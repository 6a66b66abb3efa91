/* SPDX-License-Identifier: MIT */
/*
 * proxy_talk: what is said with a proxy until it has connected: SOCKS5 (RFC 1928, RFC 1929), or CONNECT of
 * HTTP/1.1 (RFC 9110 9.3.6). Bytes in, bytes out, no socket. Names are resolved by the proxy. Not a header
 * for other rooms.
 */
#ifndef COUPLET_NET_PROXY_TALK_H
#define COUPLET_NET_PROXY_TALK_H

#include "base/buf.h"
#include "base/proxy.h"

struct proxy_talk {            /* all zero but the first three, which are borrowed */
    const struct proxy *proxy; /* not PROXY_NONE */
    const char *host;          /* A-labels, or an address */
    uint16_t port;
    int step;
    struct buf in; /* what is not understood yet */
};

enum proxy_said { PROXY_MORE, PROXY_DONE, PROXY_FAILED };

/* Appends the first that is said. */
void proxy_talk_begin(struct proxy_talk *t, struct buf *out);
/* Takes what the proxy says, appends what is answered. PROXY_DONE: what follows is the server's; who says
 * more than that in one breath has failed, since the server has nothing to say before us. err: why it failed.
 */
enum proxy_said proxy_talk_feed(struct proxy_talk *t, const char *bytes, size_t len, struct buf *out,
                                struct err *err);
void proxy_talk_finish(struct proxy_talk *t);

#endif
