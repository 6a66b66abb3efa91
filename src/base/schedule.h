/* SPDX-License-Identifier: MIT */
/*
 * schedule: a cron pattern against a clock that may jump. It is asked with the clock's time and says whether
 * to run now, and how long to sleep until it is asked again: never long, because the clock may be set, and a
 * machine that slept tells nobody.
 *
 * What was missed (a machine asleep, a clock put forward) runs once, and not at all when it is more than a
 * day late. A clock put back by up to three hours repeats nothing; by more, it is believed.
 */
#ifndef COUPLET_BASE_SCHEDULE_H
#define COUPLET_BASE_SCHEDULE_H

#include "base/cron.h"

struct schedule {
    struct cron cron;
    struct zone *zone; /* owned */
    int64_t jitter_ms; /* each run comes up to so much later, by chance */
    int64_t due_ms;    /* since 1970, jitter included; -1: never */
    int64_t nominal;   /* seconds: due without jitter */
    int64_t seen_ms;   /* the clock when it was asked last */
};

/* tz: NULL for the machine's own. -1: err says what is wrong. */
int schedule_init(struct schedule *s, const char *cron, const char *tz, double jitter, struct err *err);
void schedule_finish(struct schedule *s);
void schedule_start(struct schedule *s, int64_t now_ms);
/* Is it to run now? Once for each time that is due. */
bool schedule_tick(struct schedule *s, int64_t now_ms);
int64_t schedule_wait_ms(const struct schedule *s, int64_t now_ms);

#endif
