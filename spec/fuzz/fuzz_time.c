/* SPDX-License-Identifier: MIT */
/*
 * fuzz_time: a server's times (XEP-0082). Promised: a time that was read, written in UTC by the C library, is
 * read as the same.
 */
#include "fuzz.h"
#include "xmpp/fast.h"

#include <time.h>

static void write_again(int64_t seconds) {
    char text[64];
    struct tm tm;
    time_t t = (time_t)seconds;
    int64_t again;
    demand(gmtime_r(&t, &tm) != NULL, "it is a time that calendars have");
    if (tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) /* a zone may lead out of the four digits */
        return;
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    demand(fast_read_time(str_of(text), &again) == 0, "a time in UTC is a time");
    demand(again == seconds, "read(write(time)) == time");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct str in = fuzz_bytes(data, len);
    int64_t seconds;
    if (fast_read_time(in, &seconds) == 0)
        write_again(seconds);
    fuzz_bytes_free(in);
    return 0;
}
