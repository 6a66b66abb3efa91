/* SPDX-License-Identifier: MIT */
/*
 * Timers: a binary heap of pointers to the callers' structs over one libuv timer, which is armed for the
 * earliest. A slot is 8 bytes, so thousands of accounts with a few deadlines each cost next to nothing.
 *
 * Invariants: heap[i]->slot == i + 1; no timer is due before its parent; a timer is out of the heap before
 * its callback runs, so the callback may free it.
 */
#include "loop/internal.h"

#include "base/mem.h"

#include <assert.h>

static void put(struct loop *l, uint32_t i, struct loop_timer *t) {
    l->heap[i] = t;
    t->slot = i + 1;
}

static void sift_up(struct loop *l, uint32_t i, struct loop_timer *t) {
    while (i > 0) {
        uint32_t parent = (i - 1) / 2;
        if (l->heap[parent]->due_ms <= t->due_ms)
            break;
        put(l, i, l->heap[parent]);
        i = parent;
    }
    put(l, i, t);
}

static void sift_down(struct loop *l, uint32_t i, struct loop_timer *t) {
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= l->heap_len)
            break;
        if (child + 1 < l->heap_len && l->heap[child + 1]->due_ms < l->heap[child]->due_ms)
            child++;
        if (t->due_ms <= l->heap[child]->due_ms)
            break;
        put(l, i, l->heap[child]);
        i = child;
    }
    put(l, i, t);
}

static void settle(struct loop *l, uint32_t i, struct loop_timer *t) {
    if (i > 0 && t->due_ms < l->heap[(i - 1) / 2]->due_ms)
        sift_up(l, i, t);
    else
        sift_down(l, i, t);
}

static void take_out(struct loop *l, struct loop_timer *t) {
    uint32_t i = t->slot - 1;
    assert(i < l->heap_len && l->heap[i] == t);
    struct loop_timer *last = l->heap[--l->heap_len];
    t->slot = 0;
    if (last != t)
        settle(l, i, last);
}

static void on_clock(uv_timer_t *h);

static void arm(struct loop *l) {
    if (l->heap_len == 0) {
        uv_timer_stop(&l->clock);
        return;
    }
    int64_t delay = l->heap[0]->due_ms - loop_now_ms(l);
    uv_timer_start(&l->clock, on_clock, (uint64_t)(delay > 0 ? delay : 0), 0);
}

static void on_clock(uv_timer_t *h) {
    struct loop *l = h->loop->data;
    int64_t now = loop_now_ms(l);
    l->firing = true;
    while (l->heap_len > 0 && l->heap[0]->due_ms <= now) {
        struct loop_timer *t = l->heap[0];
        take_out(l, t);
        t->fire(t);
    }
    arm(l);
    l->firing = false;
}

void loop_timers_init(struct loop *l) {
    uv_timer_init(&l->uv, &l->clock);
}

void loop_timers_finish(struct loop *l) {
    uv_close((uv_handle_t *)&l->clock, NULL);
    mem_free(l->heap);
    l->heap = NULL;
}

static void grow(struct loop *l) {
    if (l->heap_len < l->heap_cap)
        return;
    l->heap_cap = l->heap_cap ? 2 * l->heap_cap : 16;
    l->heap = mem_array(l->heap, l->heap_cap, sizeof(*l->heap));
}

/* on_clock arms once, at its end. */
static void arm_if_first(struct loop *l, uint32_t slot) {
    if (slot == 1 && !l->firing)
        arm(l);
}

/* A timer that a timer's callback starts for now waits for the next turn: one that always starts itself anew
 * would otherwise keep all input out. */
void loop_timer_at(struct loop *l, struct loop_timer *t, int64_t due_ms) {
    assert(t->fire != NULL);
    uint32_t was = t->slot;
    if (l->firing && due_ms <= loop_now_ms(l))
        due_ms = loop_now_ms(l) + 1;
    t->due_ms = due_ms;
    if (was != 0) {
        settle(l, was - 1, t);
    } else {
        grow(l);
        sift_up(l, l->heap_len++, t);
    }
    arm_if_first(l, was == 1 ? was : t->slot);
}

void loop_timer_in(struct loop *l, struct loop_timer *t, int64_t delay_ms) {
    loop_timer_at(l, t, loop_now_ms(l) + (delay_ms > 0 ? delay_ms : 0));
}

void loop_timer_stop(struct loop *l, struct loop_timer *t) {
    uint32_t was = t->slot;
    if (was == 0)
        return;
    take_out(l, t);
    arm_if_first(l, was);
}
