/* SPDX-License-Identifier: MIT */
/*
 * cron: "0 9 * * mon-fri" read, and when it comes next in a time zone. Five fields: minute, hour, day of the
 * month, month, day of the week (0 and 7: Sunday); each `*`, a number or a name, a range, a list, with a
 * step behind `*` or a range; or @hourly, @daily, @weekly, @monthly, @yearly. Where both days are stated
 * either will do, as cron has it; a field that begins with `*` states none.
 *
 * When the clocks change:
 * - what the clock skips comes once, as soon as it shows something again;
 * - what it shows twice comes once, the first time;
 * - a pattern of every hour (`*` there) goes by the clock as it is: it comes in each real hour.
 */
#ifndef COUPLET_BASE_CRON_H
#define COUPLET_BASE_CRON_H

#include "base/err.h"
#include "base/zone.h"

#include <stdbool.h>
#include <stdint.h>

struct cron { /* bits: 1 << value */
    uint64_t minutes;
    uint32_t hours, days, months, weekdays;
    bool is_any_day, is_any_weekday; /* the field begins with `*` */
};

/* -1: err says which field, and what is wrong. What can never come (30 February) is wrong. */
int cron_parse(struct cron *c, const char *text, struct err *err);
/* The first instant (seconds since 1970) after `after`; -1 when there is none within ten years. */
int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after);

#endif
