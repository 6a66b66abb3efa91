/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

enum { FIRST_CHUNK = 4096 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t cap;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a) {
    memset(a, 0, sizeof(*a));
}

static void drop_chunks(struct arena_chunk *c) {
    while (c != NULL) {
        struct arena_chunk *older = c->older;
        mem_free(c);
        c = older;
    }
}

void arena_finish(struct arena *a) {
    drop_chunks(a->chunk);
    arena_init(a);
}

static void fill_from(struct arena *a, struct arena_chunk *c) {
    a->chunk = c;
    a->at = c->bytes;
    a->end = c->bytes + c->cap;
}

void arena_reset(struct arena *a) {
    a->used = 0;
    if (a->chunk == NULL)
        return;
    while (a->chunk->older != NULL) {
        struct arena_chunk *older = a->chunk->older;
        mem_free(a->chunk);
        a->chunk = older;
    }
    fill_from(a, a->chunk);
}

static void grow(struct arena *a, size_t len) {
    size_t cap = a->chunk ? a->chunk->cap * 2 : FIRST_CHUNK;
    if (cap < len)
        cap = len;
    struct arena_chunk *c = mem_alloc(sizeof(*c) + cap);
    c->older = a->chunk;
    c->cap = cap;
    fill_from(a, c);
}

void *arena_alloc(struct arena *a, size_t len) {
    len = (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if ((size_t)(a->end - a->at) < len)
        grow(a, len);
    void *p = a->at;
    a->at += len;
    a->used += len;
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len) {
    char *copy = arena_alloc(a, len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}
