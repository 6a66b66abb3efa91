/* SPDX-License-Identifier: MIT */
#include "xmpp/sm_queue.h"

#include "base/mem.h"

#include <assert.h>

enum { KEEP = 512 }; /* bytes, while nothing waits */

void sm_queue_finish(struct sm_queue *q) {
    buf_finish(&q->bytes);
    mem_free(q->entries);
    *q = (struct sm_queue){0};
}

/* Room for one more: first what was dropped at the front, then more memory. */
static void make_room(struct sm_queue *q) {
    if (q->head + q->count < q->cap)
        return;
    if (q->head > q->cap / 2) {
        memmove(q->entries, q->entries + q->head, q->count * sizeof(*q->entries));
        q->head = 0;
        return;
    }
    q->cap = q->cap ? q->cap * 2 : 4;
    q->entries = mem_array(q->entries, q->cap, sizeof(*q->entries));
}

void sm_queue_add(struct sm_queue *q, const char *bytes, size_t len, int64_t wall_ms) {
    make_room(q);
    q->entries[q->head + q->count++] = (struct sm_entry){len, wall_ms, 0};
    buf_add(&q->bytes, bytes, len);
}

void sm_queue_drop(struct sm_queue *q, size_t count) {
    assert(count <= q->count);
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += q->entries[q->head + i].len;
    q->head += count;
    q->count -= count;
    buf_consume(&q->bytes, len);
    if (q->count == 0) {
        q->head = 0;
        buf_release(&q->bytes, KEEP);
        if (q->cap * sizeof(*q->entries) > KEEP) {
            mem_free(q->entries);
            q->entries = NULL;
            q->cap = 0;
        }
    }
}

void sm_queue_each(const struct sm_queue *q, size_t from, sm_queue_fn *fn, void *ctx) {
    const char *at = buf_data(&q->bytes);
    for (size_t i = 0; i < q->count; i++) {
        const struct sm_entry *e = &q->entries[q->head + i];
        if (i >= from)
            fn(ctx, (struct str){at, e->len}, e);
        at += e->len;
    }
}

static void add_to(void *ctx, struct str bytes, const struct sm_entry *e) {
    struct sm_queue *to = ctx;
    sm_queue_add(to, bytes.s, bytes.len, e->wall_ms);
    to->entries[to->head + to->count - 1].mark = e->mark;
}

void sm_queue_move(struct sm_queue *to, struct sm_queue *from) {
    sm_queue_each(from, 0, add_to, to);
    sm_queue_drop(from, from->count);
}
