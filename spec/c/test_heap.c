/* SPDX-License-Identifier: MIT */
#include "lua/heap.h"

#include "check.h"

#include <stdlib.h>

static void counts_what_is_used(void) {
    struct heap h;
    heap_init(&h, 0);
    char *a = heap_alloc(&h, NULL, 0, 100), *b = heap_alloc(&h, NULL, 0, 5000);
    CHECK_INT(h.used, 5100);
    a = heap_alloc(&h, a, 100, 700); /* from a small block to one of malloc's */
    CHECK_INT(h.used, 5700);
    b = heap_alloc(&h, b, 5000, 16); /* and back */
    CHECK_INT(h.used, 716);
    heap_alloc(&h, a, 700, 0);
    heap_alloc(&h, b, 16, 0);
    CHECK_INT(h.used, 0);
    heap_finish(&h);
}

static void keeps_content_over_a_change(void) {
    struct heap h;
    heap_init(&h, 0);
    char *p = heap_alloc(&h, NULL, 0, 8);
    memcpy(p, "content", 8);
    for (size_t len = 8; len < 2000; len += 61)
        p = heap_alloc(&h, p, len, len + 61);
    CHECK_STR(p, "content");
    heap_alloc(&h, p, h.used, 0);
    heap_finish(&h);
}

static void gives_a_freed_block_again(void) {
    struct heap h;
    heap_init(&h, 0);
    void *a = heap_alloc(&h, NULL, 0, 60);
    heap_alloc(&h, a, 60, 0);
    void *b = heap_alloc(&h, NULL, 0, 50); /* the same class of 64 bytes */
    CHECK(a == b);
    heap_alloc(&h, b, 50, 0);
    heap_finish(&h);
}

static void refuses_over_the_cap_only_when_it_binds(void) {
    struct heap h;
    heap_init(&h, 1000);
    void *a = heap_alloc(&h, NULL, 0, 900);
    void *b = heap_alloc(&h, NULL, 0, 200);
    CHECK(b != NULL);
    h.enforce = true;
    CHECK(heap_alloc(&h, NULL, 0, 1) == NULL);
    CHECK(heap_alloc(&h, a, 900, 901) == NULL);
    CHECK(h.exceeded);
    a = heap_alloc(&h, a, 900, 10); /* shrinking is always possible */
    CHECK(a != NULL);
    heap_alloc(&h, a, 10, 0);
    heap_alloc(&h, b, 200, 0);
    CHECK_INT(h.used, 0);
    heap_finish(&h);
}

int main(void) {
    RUN(counts_what_is_used);
    RUN(keeps_content_over_a_change);
    RUN(gives_a_freed_block_again);
    RUN(refuses_over_the_cap_only_when_it_binds);
    return check_done();
}
