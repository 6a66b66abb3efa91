/* SPDX-License-Identifier: MIT */
/*
 * sip: SipHash-1-3: a keyed hash that nobody who does not know the key can make collide. It takes words of 64
 * bits; a string goes in with its length (modulo 256) in the last of its words, so that "ab", "c" and "a",
 * "bc" differ.
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
