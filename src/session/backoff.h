/* SPDX-License-Identifier: MIT */
/* backoff: how long to wait before the next attempt: 1 s, doubling to 5 min, each with up to half of it more
 * by chance, so that a thousand bots do not come back in the same second (RFC 6120 3.3). */
#ifndef COUPLET_SESSION_BACKOFF_H
#define COUPLET_SESSION_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MOST_MS = 300000 };

struct backoff {
    int64_t base_ms; /* of the last delay; 0: none yet */
};

/* The delay of the next attempt, at least `least_ms`, at most BACKOFF_MOST_MS (unless least_ms is more). */
int64_t backoff_next_ms(struct backoff *b, int64_t least_ms);
/* The next delay is as long as the last one, not longer. */
void backoff_hold(struct backoff *b);
/* The connection was good for stable_ms: when that is longer than the last delay, the next one starts from
 * the first again. */
void backoff_was_stable(struct backoff *b, int64_t stable_ms);

#endif
