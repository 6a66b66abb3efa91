/* SPDX-License-Identifier: MIT */
/*
 * RFC 2782, "Weight": records of one priority, those of weight 0 in front; choose a random number from 0 to
 * the sum of the weights, inclusive; the first record whose running sum is at least that number is next;
 * again with the rest.
 */
#include "net/srv.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int by_priority(const void *a, const void *b) {
    const struct srv_record *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return (x->weight != 0) - (y->weight != 0);
}

/* Moves list[i] to the front and keeps the order of those that it passes. */
static void to_front(struct srv_record *list, size_t i) {
    struct srv_record chosen = list[i];
    for (; i > 0; i--)
        list[i] = list[i - 1];
    list[0] = chosen;
}

static void shuffle(struct srv_record *list, size_t count, srv_random_fn *random) {
    for (; count > 1; list++, count--) {
        uint32_t sum = 0, running = 0;
        size_t i;
        for (i = 0; i < count; i++)
            sum += list[i].weight;
        uint32_t chosen = random(sum + 1);
        for (i = 0; i < count - 1; i++) {
            running += list[i].weight;
            if (running >= chosen)
                break;
        }
        to_front(list, i);
    }
}

void srv_order(struct srv_record *list, size_t count, srv_random_fn *random) {
    if (count == 0)
        return;
    qsort(list, count, sizeof(*list), by_priority);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && list[to].priority == list[from].priority; to++)
            continue;
        shuffle(list + from, to - from, random);
    }
}

void srv_join(struct srv_record **list, size_t *count, struct srv_record *more, size_t more_count) {
    if (more_count > 0) {
        *list = mem_array(*list, *count + more_count, sizeof(**list));
        memcpy(*list + *count, more, more_count * sizeof(*more));
        *count += more_count;
    }
    mem_free(more);
}

void srv_free(struct srv_record *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        mem_free(list[i].target);
    mem_free(list);
}
