/* SPDX-License-Identifier: MIT */
/*
 * eyeballs: from a host's name to a TCP connection (RFC 8305): AAAA and A are asked at the same time,
 * dialling begins with the first family that has answered, every address is tried. There is no deadline here.
 * Not a header for other rooms.
 */
#ifndef COUPLET_NET_EYEBALLS_H
#define COUPLET_NET_EYEBALLS_H

#include "net/address.h"
#include "net/dns.h"

#include <uv.h>

struct eyeballs;

/* tcp: given to the receiver; NULL: why says what failed, for people. to: the address that was reached. The
 * struct is gone when it is called. Not called by eyeballs_new. */
typedef void eyeballs_fn(void *ctx, uv_tcp_t *tcp, const union address *to, const char *why);

struct eyeballs_options {
    const char *host; /* of name_to_ascii, or an address; borrowed until the end */
    uint16_t port;
    bool loopback_only;
};
struct eyeballs *eyeballs_new(struct loop *l, struct dns *dns, const struct eyeballs_options *options,
                              eyeballs_fn *done, void *ctx);
void eyeballs_free(struct eyeballs *e); /* gives up; NULL accepted */

/* "host (address:port)", or only the address where that is what was asked for. */
enum { EYEBALLS_WHO_LEN = ADDRESS_TEXT_LEN + 280 };
void eyeballs_who(const char *host, const union address *to, char out[EYEBALLS_WHO_LEN]);

#endif
