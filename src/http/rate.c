/* SPDX-License-Identifier: MIT */
/*
 * A bucket a source, by the "generic cell rate algorithm": one number says when the bucket is empty again.
 * Which slot a source has, only we can know (SipHash), and the slot's four neighbours are tried; where all
 * are taken, the one that empties first is given to the newcomer.
 */
#include "http/rate.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/sip.h"

#include <string.h>

enum { WAYS = 4 };

struct slot {
    uint64_t source; /* hash */
    int64_t empty_us;
};

struct rate {
    uint64_t key[2];
    int64_t step_us, depth_us;
    struct slot slots[RATE_SOURCES];
};

struct rate *rate_new(unsigned count, int64_t window_ms) {
    struct rate *r = mem_new(struct rate);
    random_bytes(r->key, sizeof(r->key));
    r->step_us = window_ms * 1000 / count;
    r->depth_us = window_ms * 1000;
    return r;
}

void rate_free(struct rate *r) {
    mem_free(r);
}

static uint64_t hash(const struct rate *r, const struct cidr *source) {
    struct sip s;
    sip_begin(&s, r->key);
    sip_str(&s, (struct str){(const char *)source->bytes, source->is_v6 ? 8 : 4});
    return sip_end(&s) | 1;
}

static struct slot *slot_of(struct rate *r, uint64_t source) {
    struct slot *first = &r->slots[source >> 8 & (RATE_SOURCES - WAYS)], *best = first;
    for (int i = 0; i < WAYS; i++) {
        if (first[i].source == source)
            return &first[i];
        if (first[i].empty_us < best->empty_us)
            best = &first[i];
    }
    *best = (struct slot){.source = source};
    return best;
}

int64_t rate_take(struct rate *r, const struct cidr *source, int64_t now_ms) {
    int64_t now_us = now_ms * 1000;
    struct slot *slot = slot_of(r, hash(r, source));
    int64_t empty_us = slot->empty_us > now_us ? slot->empty_us : now_us;
    int64_t over_us = empty_us + r->step_us - now_us - r->depth_us;
    if (over_us > 0)
        return over_us / 1000 + 1;
    slot->empty_us = empty_us + r->step_us;
    return 0;
}
