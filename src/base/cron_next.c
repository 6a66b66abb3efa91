/* SPDX-License-Identifier: MIT */
/*
 * The clock on the wall is a number like an instant: what it shows, as if that were UTC. A stretch in which
 * the zone's offset stays the same maps the one to the other; the search goes from stretch to stretch.
 */
#include "base/cron.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

enum {
    HOUR = 3600,
    DAY = 24 * HOUR,
    STEP = 6 * HOUR, /* no zone changes twice in so short a time */
    BEFORE = 26 * HOUR,
    YEARS_MOST = 10
};

static bool has(uint64_t set, int value) {
    return (set >> value & 1) != 0;
}

static bool is_day(const struct cron *c, const struct tm *t) {
    bool day = has(c->days, t->tm_mday), weekday = has(c->weekdays, t->tm_wday);
    return c->is_any_day || c->is_any_weekday ? day && weekday : day || weekday;
}

/* What the clock shows first, from `wall` on, that is of the pattern; -1: none. */
static int64_t match(const struct cron *c, int64_t wall) {
    struct tm t;
    time_t at = (time_t)((wall + 59) / 60 * 60);
    gmtime_r(&at, &t);
    int last = t.tm_year + YEARS_MOST;
    while (t.tm_year <= last) {
        if (!has(c->months, t.tm_mon + 1)) {
            t.tm_mon++;
            t.tm_mday = 1;
            t.tm_hour = t.tm_min = 0;
        } else if (!is_day(c, &t)) {
            t.tm_mday++;
            t.tm_hour = t.tm_min = 0;
        } else if (!has(c->hours, t.tm_hour)) {
            t.tm_hour++;
            t.tm_min = 0;
        } else if (!has(c->minutes, t.tm_min)) {
            t.tm_min++;
        } else {
            return at;
        }
        at = timegm(&t);
        gmtime_r(&at, &t);
    }
    return -1;
}

/* The first instant in (from, to] at which the offset is another than at `from`; -1: none. */
static int64_t change(const struct zone *z, int64_t from, int64_t to) {
    int offset = zone_offset(z, from);
    int64_t same = from, other = from;
    while (other < to) {
        other = to - same < STEP ? to : same + STEP;
        if (zone_offset(z, other) != offset)
            break;
        same = other;
    }
    if (same == other)
        return -1;
    while (other - same > 1) {
        int64_t middle = same + (other - same) / 2;
        if (zone_offset(z, middle) == offset)
            same = middle;
        else
            other = middle;
    }
    return other;
}

/* Did the clock show the same earlier, before it was put back? */
static bool is_second_time(const struct zone *z, int64_t t) {
    int back = zone_offset(z, t - BEFORE) - zone_offset(z, t);
    return back > 0 && zone_offset(z, t - back) == zone_offset(z, t) + back;
}

int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after) {
    bool is_hourly = c->hours == 0xFFFFFF;
    int64_t end = after + (int64_t)YEARS_MOST * 366 * DAY;
    /* What comes stands at `least` or behind it. The stretch is that of `from`: the very next second may be
     * the first one of another. */
    for (int64_t from = after, least = after + 1; from < end;) {
        int offset = zone_offset(z, from);
        int64_t wall = match(c, least + offset), to = wall - offset;
        if (wall < 0)
            return -1;
        int64_t changed = change(z, from, to);
        if (changed >= 0) {
            if (!is_hourly && wall < changed + zone_offset(z, changed))
                return changed; /* the clock skips it */
            from = least = changed;
        } else if (!is_hourly && is_second_time(z, to)) {
            from = to;
            least = to + 1;
        } else {
            return to;
        }
    }
    return -1;
}
