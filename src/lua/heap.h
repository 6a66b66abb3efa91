/* SPDX-License-Identifier: MIT */
/*
 * heap: the memory of one Lua state: counted, capped, and quick for the small sizes that stanzas are made of.
 *
 * Freed blocks of up to 512 bytes wait on a list of their size class (at most 32 KiB a class) for the next of
 * that size. The cap binds only while a script runs (`enforce`): the runtime's own few tables never fail half
 * way.
 */
#ifndef COUPLET_LUA_HEAP_H
#define COUPLET_LUA_HEAP_H

#include <stdbool.h>
#include <stddef.h>

enum { HEAP_STEP = 16, HEAP_CLASSES = 32 };

struct heap_free {
    struct heap_free *next;
};

struct heap {
    size_t used, cap; /* bytes; cap 0: none */
    bool enforce;
    bool exceeded; /* an allocation was refused since this was last cleared */
    struct heap_free *lists[HEAP_CLASSES + 1];
    unsigned counts[HEAP_CLASSES + 1];
};

void heap_init(struct heap *h, size_t cap);
void heap_finish(struct heap *h); /* after lua_close */
/* A lua_Alloc (Lua 5.4 manual 4.6); ud is the struct heap. */
void *heap_alloc(void *ud, void *p, size_t old_len, size_t new_len);

#endif
