/* SPDX-License-Identifier: MIT */
/*
 * services: the SRV records of a domain's XMPP servers. Those of _xmpp-client and of _xmpps-client are asked
 * for at once and are one list (XEP-0368 3). Not a header for other rooms.
 */
#ifndef COUPLET_NET_SERVICES_H
#define COUPLET_NET_SERVICES_H

#include "net/conn.h"
#include "net/dns.h"

struct services;

struct services_found {
    struct srv_record *list; /* given to the receiver; in no order */
    size_t count;
    bool is_refused;    /* nothing, and one says ".": decidedly not offered */
    const char *broken; /* NULL, or why DNS is not to be believed (DNSSEC): there is nothing else then */
};
/* found: borrowed for the call. What services_new returned is gone. */
typedef void services_fn(void *ctx, const struct services_found *found);

/* mode: which of the two are asked for. is_validated: DNSSEC is asked of the answers (net/dane.h). */
struct services *services_new(struct dns *dns, const char *name, enum conn_mode mode, bool is_validated,
                              services_fn *done, void *ctx);
void services_free(struct services *s); /* gives up; NULL accepted */

#endif
