/* SPDX-License-Identifier: MIT */
/*
 * calls: how often the functions of one bot ran, how long they took, how they ended; by their label
 * ("module.function", or "file.lua:12"). Kept only for bots that somebody watches.
 *
 * A call lasts from its beginning to its answer, waits included (bot:iq, bot:sleep, the disk). At most
 * CALLS_MOST labels are told apart; the rest is counted together.
 */
#ifndef COUPLET_LUA_CALLS_H
#define COUPLET_LUA_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALLS_BUCKETS = 14, CALLS_SLOTS = 64, CALLS_MOST = 500 };

enum call_end {
    CALL_GOOD,
    CALL_FAILED,       /* it raised, or returned nil, err */
    CALL_TIME,         /* stopped: limits.time */
    CALL_INSTRUCTIONS, /* limits.instructions */
    CALL_MEMORY,       /* limits.memory */
    CALL_ENDS
};

struct call_stats {
    char *label; /* owned */
    uint64_t ends[CALL_ENDS];
    uint64_t buckets[CALLS_BUCKETS + 1]; /* not cumulative; the last one: longer than all bounds */
    uint64_t ns;                         /* all together */
    struct call_stats *next;             /* of the slot */
};

struct calls {
    struct call_stats *slots[CALLS_SLOTS];
    size_t count;
};

extern const double calls_bounds[CALLS_BUCKETS]; /* seconds, the upper ends of the buckets */

struct calls *calls_new(void);
void calls_free(struct calls *c); /* NULL accepted */
uint64_t calls_clock(void);       /* nanoseconds; for the beginning of a call */
void calls_add(struct calls *c, const char *label, enum call_end end, uint64_t began);
uint64_t calls_all(const struct call_stats *s); /* how many there were */

#endif
