/* SPDX-License-Identifier: MIT */
#include "session/backoff.h"

#include "base/random.h"

int64_t backoff_next_ms(struct backoff *b, int64_t least_ms) {
    b->base_ms = b->base_ms == 0 ? BACKOFF_FIRST_MS : b->base_ms * 2;
    if (b->base_ms > BACKOFF_MOST_MS)
        b->base_ms = BACKOFF_MOST_MS;
    int64_t delay = b->base_ms > least_ms ? b->base_ms : least_ms;
    int64_t most = delay > BACKOFF_MOST_MS ? delay : BACKOFF_MOST_MS;
    delay += random_below((uint32_t)(delay / 2) + 1);
    return delay < most ? delay : most;
}

void backoff_hold(struct backoff *b) {
    b->base_ms /= 2;
}

void backoff_was_stable(struct backoff *b, int64_t stable_ms) {
    /* A server that throws us out right after each login must not be hammered once a second. */
    if (stable_ms > b->base_ms)
        b->base_ms = 0;
}
