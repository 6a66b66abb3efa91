/* SPDX-License-Identifier: MIT */
/* place: "host", "host:port", "[IPv6]:port" as a server writes it (RFC 6120 4.9.3.19; XEP-0198 3). */
#ifndef COUPLET_SESSION_PLACE_H
#define COUPLET_SESSION_PLACE_H

#include "base/str.h"

#include <stdint.h>

struct place {
    char *host;    /* owned, without brackets */
    uint16_t port; /* 0: not stated */
};

/* -1 (and nothing to finish): it is none. */
int place_parse(struct str text, struct place *out);
void place_finish(struct place *p);

#endif
