/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { FIRST_CHUNK = 4096, KEEPS_SPARE = 0 };
#else
enum { FIRST_CHUNK = 4096, KEEPS_SPARE = 1 };
#endif

struct arena_chunk {
    struct arena_chunk *older;
    size_t cap;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a) {
    memset(a, 0, sizeof(*a));
}

/* One chunk of the first size is kept for the thread's next arena: an idle parser has none, and getting one
 * for each stanza would cost a fortieth of its parse. Not under a sanitizer, which has to see what is gone.
 */
static struct arena_chunk **spare(void) {
    static _Thread_local struct arena_chunk *chunk;
    return &chunk;
}

static void give_back(struct arena_chunk *c) {
    if (KEEPS_SPARE && c->cap == FIRST_CHUNK && *spare() == NULL)
        *spare() = c;
    else
        mem_free(c);
}

static struct arena_chunk *get(size_t cap) {
    struct arena_chunk *c = *spare();
    if (c != NULL && cap == FIRST_CHUNK)
        *spare() = NULL;
    else
        c = mem_alloc(sizeof(*c) + cap);
    c->cap = cap;
    return c;
}

static void drop_chunks(struct arena_chunk *c) {
    while (c != NULL) {
        struct arena_chunk *older = c->older;
        give_back(c);
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

void arena_grow(struct arena *a, size_t len) {
    size_t cap = a->chunk ? a->chunk->cap * 2 : FIRST_CHUNK;
    if (cap < len)
        cap = len;
    struct arena_chunk *c = get(cap);
    c->older = a->chunk;
    fill_from(a, c);
}

void *arena_extend(struct arena *a, void *p, size_t old_len, size_t len) {
    size_t more = arena_rounded(len) - arena_rounded(old_len);
    if ((char *)p + arena_rounded(old_len) == a->at && (size_t)(a->end - a->at) >= more) {
        a->at += more;
        a->used += more;
        return p;
    }
    void *copy = arena_alloc(a, len);
    memcpy(copy, p, old_len);
    return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t len) {
    char *copy = arena_alloc(a, len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}
