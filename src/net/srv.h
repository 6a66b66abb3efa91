/* SPDX-License-Identifier: MIT */
/* srv: the order in which the targets of SRV records are tried (RFC 2782). Not a header for other rooms. */
#ifndef COUPLET_NET_SRV_H
#define COUPLET_NET_SRV_H

#include <stddef.h>
#include <stdint.h>

struct srv_record {
    char *target; /* owned by whoever holds the list */
    uint16_t priority, weight, port;
};

typedef uint32_t srv_random_fn(uint32_t bound); /* 0 … bound-1 */

/* Lowest priority first; in one priority a random order, weighted. */
void srv_order(struct srv_record *list, size_t count, srv_random_fn *random);
void srv_free(struct srv_record *list, size_t count);

#endif
