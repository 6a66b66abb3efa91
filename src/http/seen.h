/* SPDX-License-Identifier: MIT */
/*
 * seen: what was there before, by digest, for as long as it matters: signatures of requests, so that a second
 * one with the same is known for what it is; keys of requests that were done. Bounded: where more come, the
 * oldest is forgotten, and seen_forgotten_s says up to when that has happened.
 */
#ifndef COUPLET_HTTP_SEEN_H
#define COUPLET_HTTP_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEEN_KEY_LEN = 16 };

struct seen;

struct seen *seen_new(size_t most);
void seen_free(struct seen *s); /* NULL accepted */
/* Is it there, and not expired at now_s? */
bool seen_has(const struct seen *s, const unsigned char key[SEEN_KEY_LEN], int64_t now_s);
/* One that is there gets the later time. */
void seen_add(struct seen *s, const unsigned char key[SEEN_KEY_LEN], int64_t expires_s, int64_t now_s);
void seen_drop(struct seen *s, const unsigned char key[SEEN_KEY_LEN]);
size_t seen_count(const struct seen *s);
/* The latest time of expiry of what was forgotten before it; 0: nothing was. */
int64_t seen_forgotten_s(const struct seen *s);

#endif
