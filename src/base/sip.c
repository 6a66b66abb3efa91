/* SPDX-License-Identifier: MIT */
#include "base/sip.h"

#include <string.h>

static inline uint64_t turn(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

static inline void mix(uint64_t v[4]) {
    v[0] += v[1];
    v[1] = turn(v[1], 13) ^ v[0];
    v[0] = turn(v[0], 32);
    v[2] += v[3];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = turn(v[1], 17) ^ v[2];
    v[2] = turn(v[2], 32);
}

void sip_begin(struct sip *s, const uint64_t key[2]) {
    s->v[0] = key[0] ^ UINT64_C(0x736f6d6570736575);
    s->v[1] = key[1] ^ UINT64_C(0x646f72616e646f6d);
    s->v[2] = key[0] ^ UINT64_C(0x6c7967656e657261);
    s->v[3] = key[1] ^ UINT64_C(0x7465646279746573);
}

static inline void take(struct sip *s, uint64_t word) {
    s->v[3] ^= word;
    mix(s->v);
    s->v[0] ^= word;
}

void sip_word(struct sip *s, uint64_t word) {
    take(s, word);
}

void sip_str(struct sip *s, struct str text) {
    struct sip local = *s;
    size_t at = 0;
    for (; at + 8 <= text.len; at += 8) {
        uint64_t word;
        memcpy(&word, text.s + at, 8);
        take(&local, word);
    }
    uint64_t last = (uint64_t)text.len << 56;
    for (int shift = 0; at < text.len; at++, shift += 8)
        last |= (uint64_t)(unsigned char)text.s[at] << shift;
    take(&local, last);
    *s = local;
}

uint64_t sip_end(struct sip *s) {
    s->v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        mix(s->v);
    return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}
