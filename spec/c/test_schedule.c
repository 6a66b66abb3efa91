/* SPDX-License-Identifier: MIT */
/* schedule: what a timer makes of a clock that goes, jumps, and stands still while the machine sleeps. */
#include "base/schedule.h"
#include "check.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const int64_t MIDNIGHT = (int64_t)20000 * DAY; /* 2024-10-04 */

static struct schedule make(const char *cron, double jitter, int64_t now) {
    struct schedule s;
    struct err err = ERR_INIT;
    CHECK(schedule_init(&s, cron, "UTC", jitter, &err) == 0);
    schedule_start(&s, now);
    return s;
}

/* Asks as a timer does from `from` to `to`: how often did it run? */
static int go(struct schedule *s, int64_t from, int64_t to) {
    int runs = 0;
    for (int64_t now = from; now <= to;) {
        runs += schedule_tick(s, now);
        int64_t wait = schedule_wait_ms(s, now);
        now += wait > 0 ? wait : 1;
    }
    return runs;
}

static void goes(void) {
    struct schedule s = make("*/10 * * * *", 0, MIDNIGHT);
    CHECK_INT(s.due_ms, MIDNIGHT + 10 * MINUTE); /* not what is due this very moment */
    CHECK_INT(schedule_wait_ms(&s, MIDNIGHT), 30000);
    CHECK(!schedule_tick(&s, MIDNIGHT + 10 * MINUTE - 1));
    CHECK_INT(schedule_wait_ms(&s, MIDNIGHT + 10 * MINUTE - 1), 1);
    CHECK(schedule_tick(&s, MIDNIGHT + 10 * MINUTE));
    CHECK(!schedule_tick(&s, MIDNIGHT + 10 * MINUTE));
    CHECK_INT(go(&s, MIDNIGHT + 10 * MINUTE + 1, MIDNIGHT + 3 * HOUR), 17);
    schedule_finish(&s);
}

static void machine_slept(void) {
    struct schedule s = make("*/10 * * * *", 0, MIDNIGHT);
    CHECK(schedule_tick(&s, MIDNIGHT + 8 * HOUR + 5 * MINUTE)); /* 48 are due: one runs */
    CHECK_INT(go(&s, MIDNIGHT + 8 * HOUR + 5 * MINUTE, MIDNIGHT + 8 * HOUR + 9 * MINUTE), 0);
    CHECK_INT(go(&s, MIDNIGHT + 8 * HOUR + 9 * MINUTE, MIDNIGHT + 8 * HOUR + 10 * MINUTE), 1);
    CHECK(!schedule_tick(&s, MIDNIGHT + 3 * (int64_t)DAY)); /* it was due more than a day ago */
    CHECK(schedule_tick(&s, MIDNIGHT + 3 * (int64_t)DAY + 10 * MINUTE));
    schedule_finish(&s);
}

static void clock_put_back(void) {
    struct schedule s = make("0 * * * *", 0, MIDNIGHT + 30 * MINUTE);
    CHECK(schedule_tick(&s, MIDNIGHT + HOUR));
    CHECK_INT(go(&s, MIDNIGHT + HOUR - 5000, MIDNIGHT + 2 * HOUR - 1), 0); /* what ran does not run again */
    CHECK(schedule_tick(&s, MIDNIGHT + 2 * HOUR));
    CHECK(!schedule_tick(&s, MIDNIGHT - DAY)); /* so much is believed */
    CHECK_INT(s.due_ms, MIDNIGHT - DAY + HOUR);
    schedule_finish(&s);
}

static void jitter(void) {
    bool differs = false;
    int64_t first = 0;
    struct schedule s = make("0 * * * *", 60, MIDNIGHT);
    for (int i = 1; i <= 20; i++) {
        int64_t late = s.due_ms - (MIDNIGHT + (int64_t)i * HOUR);
        CHECK(late >= 0 && late <= MINUTE);
        first = i == 1 ? late : first;
        differs = differs || late != first;
        CHECK(!schedule_tick(&s, s.due_ms - 1));
        CHECK(schedule_tick(&s, s.due_ms));
    }
    CHECK(differs);
    schedule_finish(&s);
}

static void mistakes(void) {
    struct schedule s;
    struct err err = ERR_INIT;
    CHECK(schedule_init(&s, "0 9 * *", NULL, 0, &err) < 0);
    CHECK_HAS(err.text, "five fields");
    CHECK(schedule_init(&s, "0 9 * * *", "Nowhere", 0, &err) < 0);
    CHECK_STR(err.text, "there is no time zone 'Nowhere'");
}

int main(void) {
    RUN(goes);
    RUN(machine_slept);
    RUN(clock_put_back);
    RUN(jitter);
    RUN(mistakes);
    return check_done();
}
