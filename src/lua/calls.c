/* SPDX-License-Identifier: MIT */
#include "lua/calls.h"

#include "base/mem.h"

#include <string.h>
#include <time.h>

const double calls_bounds[CALLS_BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                            0.25,  0.5,    1,     2.5,  5,     10,   30};

struct calls *calls_new(void) {
    return mem_new(struct calls);
}

void calls_free(struct calls *c) {
    for (size_t i = 0; c != NULL && i < CALLS_SLOTS; i++) {
        for (struct call_stats *s = c->slots[i], *next; s != NULL; s = next) {
            next = s->next;
            mem_free(s->label);
            mem_free(s);
        }
    }
    mem_free(c);
}

uint64_t calls_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static struct call_stats **slot_of(struct calls *c, const char *label) {
    uint32_t hash = 2166136261U; /* FNV-1a: labels are the configuration's and the scripts' */
    for (const char *at = label; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619U;
    return &c->slots[(hash ^ hash >> 16) % CALLS_SLOTS];
}

static struct call_stats *find(struct calls *c, const char *label) {
    struct call_stats **slot = slot_of(c, label), *s = *slot;
    while (s != NULL && strcmp(s->label, label) != 0)
        s = s->next;
    if (s != NULL)
        return s;
    if (c->count == CALLS_MOST && strcmp(label, "other") != 0)
        return find(c, "other");
    s = mem_new(struct call_stats);
    s->label = mem_strdup(label);
    s->next = *slot;
    *slot = s;
    c->count += c->count < CALLS_MOST;
    return s;
}

void calls_add(struct calls *c, const char *label, enum call_end end, uint64_t began) {
    struct call_stats *s = find(c, label);
    uint64_t now = calls_clock(), ns = now > began ? now - began : 0;
    double seconds = (double)ns / 1e9;
    size_t bucket = 0;
    while (bucket < CALLS_BUCKETS && seconds > calls_bounds[bucket])
        bucket++;
    s->buckets[bucket]++;
    s->ends[end]++;
    s->ns += ns;
}

uint64_t calls_all(const struct call_stats *s) {
    uint64_t all = 0;
    for (int i = 0; i < CALL_ENDS; i++)
        all += s->ends[i];
    return all;
}
