/* SPDX-License-Identifier: MIT */
#include "base/schedule.h"

#include "base/random.h"

#include <math.h>
#include <stddef.h>

enum { SLEEP_MOST_MS = 30 * 1000, BACK_MOST_MS = 3 * 3600 * 1000, LATE_MOST_MS = 24 * 3600 * 1000 };

int schedule_init(struct schedule *s, const char *cron, const char *tz, double jitter, struct err *err) {
    *s = (struct schedule){.jitter_ms = (int64_t)ceil(jitter * 1000)};
    if (cron_parse(&s->cron, cron, err) < 0)
        return -1;
    s->zone = zone_new(tz, err);
    return s->zone != NULL ? 0 : -1;
}

void schedule_finish(struct schedule *s) {
    zone_free(s->zone);
    s->zone = NULL;
}

static void plan(struct schedule *s, int64_t after) {
    s->nominal = cron_next(&s->cron, s->zone, after);
    s->due_ms = s->nominal < 0 ? -1 : s->nominal * 1000;
    if (s->nominal >= 0 && s->jitter_ms > 0)
        s->due_ms += random_below((uint32_t)s->jitter_ms + 1);
}

void schedule_start(struct schedule *s, int64_t now_ms) {
    s->seen_ms = now_ms;
    plan(s, now_ms / 1000);
}

bool schedule_tick(struct schedule *s, int64_t now_ms) {
    if (now_ms < s->seen_ms - BACK_MOST_MS) {
        schedule_start(s, now_ms);
        return false;
    }
    if (now_ms > s->seen_ms)
        s->seen_ms = now_ms;
    if (s->due_ms < 0 || now_ms < s->due_ms)
        return false;
    int64_t late = now_ms - s->due_ms, now = now_ms / 1000;
    plan(s, now > s->nominal ? now : s->nominal);
    return late <= LATE_MOST_MS;
}

int64_t schedule_wait_ms(const struct schedule *s, int64_t now_ms) {
    int64_t left = s->due_ms < 0 ? SLEEP_MOST_MS : s->due_ms - now_ms;
    return left < 0 ? 0 : left < SLEEP_MOST_MS ? left : SLEEP_MOST_MS;
}
