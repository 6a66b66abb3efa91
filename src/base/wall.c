/* SPDX-License-Identifier: MIT */
#include "base/wall.h"

#include <time.h>

int64_t wall_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

double wall_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void wall_stamp(int64_t ms, char out[WALL_STAMP_LEN]) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(out, WALL_STAMP_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
