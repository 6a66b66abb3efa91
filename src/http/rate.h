/* SPDX-License-Identifier: MIT */
/* rate: so many requests in so long a time from one source. Sources are addresses; of IPv6 the first 64 bits,
 * which one line has. Bounded: RATE_SOURCES are counted at a time. */
#ifndef COUPLET_HTTP_RATE_H
#define COUPLET_HTTP_RATE_H

#include "base/cidr.h"

#include <stdint.h>

enum { RATE_SOURCES = 1024 };

struct rate;

struct rate *rate_new(unsigned count, int64_t window_ms);
void rate_free(struct rate *r); /* NULL accepted */
/* 0: one more is in order, and counted; else the milliseconds after which one is. */
int64_t rate_take(struct rate *r, const struct cidr *source, int64_t now_ms);

#endif
