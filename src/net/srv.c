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

enum { FIXED_LEN = 6, NAME_MOST = 255, LABEL_MOST = 63 };

/* ---- the data of a record ---- */

/* A host's name has no other bytes; "_" is seen (RFC 2181 11 allows all, and nobody could write them). */
static bool is_host_byte(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* RFC 1035 3.1, the root's label at the end of data. out is as long as the name. */
static bool read_name(const unsigned char *at, size_t len, char *out) {
    size_t used = 0;
    while (used < len && at[used] != 0) {
        size_t label = at[used];
        if (label > LABEL_MOST || used + 1 + label >= len)
            return false;
        for (size_t i = used + 1; i <= used + label; i++)
            if (!is_host_byte(at[i]))
                return false;
        if (used > 0)
            *out++ = '.';
        memcpy(out, at + used + 1, label);
        out += label;
        used += 1 + label;
    }
    if (used == 0)
        *out++ = '.';
    *out = '\0';
    return used + 1 == len;
}

static uint16_t read16(const unsigned char *at) {
    return (uint16_t)(at[0] << 8 | at[1]);
}

bool srv_read(struct str data, struct srv_record *out) {
    const unsigned char *at = (const unsigned char *)data.s;
    char name[NAME_MOST + 1];
    if (data.len <= FIXED_LEN || data.len > FIXED_LEN + NAME_MOST ||
        !read_name(at + FIXED_LEN, data.len - FIXED_LEN, name))
        return false;
    *out = (struct srv_record){
        .target = mem_strdup(name), .priority = read16(at), .weight = read16(at + 2), .port = read16(at + 4)};
    return true;
}

/* ---- the order ---- */

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
