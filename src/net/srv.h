/* SPDX-License-Identifier: MIT */
/* srv: the order in which the targets of SRV records are tried (RFC 2782). Not a header for other rooms. */
#ifndef COUPLET_NET_SRV_H
#define COUPLET_NET_SRV_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct srv_record {
    char *target; /* owned by whoever holds the list */
    uint16_t priority, weight, port;
    bool direct_tls; /* of _xmpps-client: TLS begins at once (XEP-0368) */
    bool is_secure;  /* DNSSEC vouches for it */
};

/* The data of a record, its name not compressed. The root's name is ".". False, and nothing is set: it is
 * damaged, or its name is none of a host. */
bool srv_read(struct str data, struct srv_record *out);

typedef uint32_t srv_random_fn(uint32_t bound); /* 0 … bound-1 */

/* Appends the second list, which is gone then, to the first (XEP-0368 3: they are one list). */
void srv_join(struct srv_record **list, size_t *count, struct srv_record *more, size_t more_count);
/* Lowest priority first; in one priority a random order, weighted. */
void srv_order(struct srv_record *list, size_t count, srv_random_fn *random);
void srv_free(struct srv_record *list, size_t count);

#endif
