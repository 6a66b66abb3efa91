/* SPDX-License-Identifier: MIT */
/*
 * arena: memory that is given back all at once; a stanza's tree lives in one.
 *
 * Chunks grow as needed. arena_reset() keeps the first chunk, so that a steady stream of
 * stanzas allocates nothing; arena_finish() gives everything back.
 */
#ifndef COUPLET_BASE_ARENA_H
#define COUPLET_BASE_ARENA_H

#include <stdalign.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunk; /* the one that is filled, linked to the older ones; owned */
    char *at, *end;            /* free space in it */
    size_t used;               /* bytes handed out since the last reset */
};

void arena_init(struct arena *a);
void arena_finish(struct arena *a);
void arena_reset(struct arena *a);
/* A new chunk that len bytes fit into. */
void arena_grow(struct arena *a, size_t len);

static inline size_t arena_rounded(size_t len) {
    return (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* Aligned for any type; not zeroed. Valid until the reset. len > 0. */
static inline void *arena_alloc(struct arena *a, size_t len) {
    len = arena_rounded(len);
    if ((size_t)(a->end - a->at) < len)
        arena_grow(a, len);
    void *p = a->at;
    a->at += len;
    a->used += len;
    return p;
}

/* Makes what was given out last longer; in place if it still is the last. Returns where it is now. */
void *arena_extend(struct arena *a, void *p, size_t old_len, size_t len);
/* A copy of len bytes followed by NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t len);

#endif
