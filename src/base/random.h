/* SPDX-License-Identifier: MIT */
/* random: unpredictable bytes from the kernel; ids and nonces are made of nothing else (RFC 6120 8.1.3). */
#ifndef COUPLET_BASE_RANDOM_H
#define COUPLET_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills len bytes; aborts when the kernel has none. */
void random_bytes(void *out, size_t len);
uint32_t random_below(uint32_t bound); /* 0 … bound-1, bound > 0 */
/* A stanza id: RANDOM_ID_LEN characters [A-Za-z0-9_-] of 120 random bits, and NUL. */
enum { RANDOM_ID_LEN = 20 };
void random_id(char out[RANDOM_ID_LEN + 1]);

#endif
