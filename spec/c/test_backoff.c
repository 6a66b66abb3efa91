/* SPDX-License-Identifier: MIT */
#include "session/backoff.h"

#include "check.h"

static void starts_at_a_second(void) {
    for (int i = 0; i < 100; i++) {
        struct backoff b = {0};
        int64_t delay = backoff_next_ms(&b, 0);
        CHECK(delay >= 1000 && delay <= 1500);
    }
}

static void doubles_to_five_minutes(void) {
    struct backoff b = {0};
    int64_t base = 1000;
    for (int i = 0; i < 20; i++) {
        int64_t delay = backoff_next_ms(&b, 0);
        CHECK(delay >= (base < 300000 ? base : 300000));
        CHECK(delay <= 300000);
        CHECK(delay <= base + base / 2);
        base *= 2;
    }
}

static void is_not_the_same_for_all(void) {
    int64_t first = 0;
    int others = 0;
    for (int i = 0; i < 50; i++) {
        struct backoff b = {0};
        int64_t delay = backoff_next_ms(&b, 0);
        first = first ? first : delay;
        others += delay != first;
    }
    CHECK(others > 0);
}

static void heeds_the_least(void) {
    struct backoff b = {0};
    CHECK(backoff_next_ms(&b, 60000) >= 60000);
    b = (struct backoff){0};
    CHECK(backoff_next_ms(&b, 300000) >= 300000);
}

static void starts_anew_only_after_a_stable_time(void) {
    struct backoff b = {0};
    backoff_next_ms(&b, 0);
    backoff_next_ms(&b, 0);
    backoff_was_stable(&b, 500); /* thrown out at once: no fresh start */
    CHECK(backoff_next_ms(&b, 0) >= 4000);
    backoff_was_stable(&b, 3600000);
    CHECK(backoff_next_ms(&b, 0) <= 1500);
}

int main(void) {
    RUN(starts_at_a_second);
    RUN(doubles_to_five_minutes);
    RUN(is_not_the_same_for_all);
    RUN(heeds_the_least);
    RUN(starts_anew_only_after_a_stable_time);
    return check_done();
}
