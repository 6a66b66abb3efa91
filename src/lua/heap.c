/* SPDX-License-Identifier: MIT */
#include "lua/heap.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { KEEP_BYTES = 32768 };

void heap_init(struct heap *h, size_t cap) {
    memset(h, 0, sizeof(*h));
    h->cap = cap;
}

void heap_finish(struct heap *h) {
    for (int i = 0; i <= HEAP_CLASSES; i++) {
        while (h->lists[i] != NULL) {
            struct heap_free *block = h->lists[i];
            h->lists[i] = block->next;
            free(block);
        }
    }
    heap_init(h, h->cap);
}

/* 1 … HEAP_CLASSES for small blocks, 0 for those that malloc serves directly. */
static unsigned class_of(size_t len) {
    size_t c = (len + HEAP_STEP - 1) / HEAP_STEP;
    return c <= HEAP_CLASSES ? (unsigned)c : 0;
}

static void *take(struct heap *h, size_t len) {
    unsigned c = class_of(len);
    struct heap_free *block = h->lists[c];
    if (c == 0 || block == NULL)
        return mem_alloc(c ? (size_t)c * HEAP_STEP : len);
    h->lists[c] = block->next;
    h->counts[c]--;
    return block;
}

static void give(struct heap *h, void *p, size_t len) {
    unsigned c = class_of(len);
    if (c == 0 || h->counts[c] * c * HEAP_STEP >= KEEP_BYTES) {
        free(p);
        return;
    }
    struct heap_free *block = p;
    block->next = h->lists[c];
    h->lists[c] = block;
    h->counts[c]++;
}

static bool is_over(struct heap *h, size_t more) {
    if (!h->enforce || h->cap == 0 || h->used + more <= h->cap)
        return false;
    h->exceeded = true;
    return true;
}

static void *change(struct heap *h, void *p, size_t old_len, size_t new_len) {
    if (new_len > old_len && is_over(h, new_len - old_len))
        return NULL;
    unsigned before = class_of(old_len), after = class_of(new_len);
    if (before == 0 && after == 0) {
        p = mem_realloc(p, new_len);
    } else if (before != after) {
        void *to = take(h, new_len);
        memcpy(to, p, old_len < new_len ? old_len : new_len);
        give(h, p, old_len);
        p = to;
    }
    h->used += new_len - old_len;
    return p;
}

void *heap_alloc(void *ud, void *p, size_t old_len, size_t new_len) {
    struct heap *h = ud;
    if (p != NULL && new_len > 0)
        return change(h, p, old_len, new_len);
    if (p != NULL) {
        give(h, p, old_len);
        h->used -= old_len;
        return NULL;
    }
    if (new_len == 0 || is_over(h, new_len))
        return NULL;
    h->used += new_len;
    return take(h, new_len);
}
