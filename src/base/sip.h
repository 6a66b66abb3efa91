/* SPDX-License-Identifier: MIT */
/*
 * sip: SipHash-1-3 over words of 64 bits: a keyed hash that nobody who does not know the key can make
 * collide. A string goes in with its length, so that "ab", "c" and "a", "bc" differ.
 */
#ifndef COUPLET_BASE_SIP_H
#define COUPLET_BASE_SIP_H

#include "base/str.h"

#include <stdint.h>

struct sip {
    uint64_t v[4];
};

void sip_begin(struct sip *s, const uint64_t key[2]);
void sip_word(struct sip *s, uint64_t word);
void sip_str(struct sip *s, struct str text);
uint64_t sip_end(struct sip *s);

#endif
