/* SPDX-License-Identifier: MIT */
/* sm_queue: stanzas one behind the other, each with its length and time. Only sm.c and sm_text.c know it. */
#ifndef COUPLET_XMPP_SM_QUEUE_H
#define COUPLET_XMPP_SM_QUEUE_H

#include "base/buf.h"
#include "base/str.h"

#include <stdint.h>

struct sm_entry {
    size_t len;
    int64_t wall_ms;
    uint64_t mark; /* the owner's; 0: none */
};

struct sm_queue {
    struct buf bytes;         /* the texts */
    struct sm_entry *entries; /* owned; from `head` on `count` are in use */
    size_t head, count, cap;
};

void sm_queue_finish(struct sm_queue *q);
void sm_queue_add(struct sm_queue *q, const char *bytes, size_t len, int64_t wall_ms);
void sm_queue_drop(struct sm_queue *q, size_t count); /* the oldest; count <= q->count */
/* Calls fn for each from number `from` on, oldest first. */
typedef void sm_queue_fn(void *ctx, struct str bytes, const struct sm_entry *e);
void sm_queue_each(const struct sm_queue *q, size_t from, sm_queue_fn *fn, void *ctx);
/* All of `from` behind what `to` has; from is empty afterwards. */
void sm_queue_move(struct sm_queue *to, struct sm_queue *from);

#endif
