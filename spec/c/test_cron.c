/* SPDX-License-Identifier: MIT */
/* cron patterns, and when they come at fixed instants in zones whose clocks change in all the ways there are.
 */
#include "base/cron.h"
#include "check.h"

#include <time.h>

/* Seconds since 1970 of what a clock in Greenwich shows. */
static int64_t utc(int year, int month, int day, int hour, int minute) {
    struct tm t = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute};
    return timegm(&t);
}

/* The next `count` times after `after`, as clocks there show them: "29 03:00+0200, …". */
static const char *times(const char *pattern, const char *zone, int64_t after, int count) {
    static char out[512];
    struct cron c;
    struct err err = ERR_INIT;
    struct zone *z = zone_new(zone, &err);
    size_t len = 0;
    out[0] = '\0';
    if (z == NULL || cron_parse(&c, pattern, &err) < 0) {
        zone_free(z);
        snprintf(out, sizeof(out), "%s", err.text);
        return out;
    }
    for (int i = 0; i < count && (after = cron_next(&c, z, after)) >= 0; i++) {
        struct tm t;
        int offset = zone_offset(z, after);
        time_t wall = (time_t)(after + offset);
        gmtime_r(&wall, &t);
        len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%02d-%02d %02d:%02d%+03d%02d",
                                i > 0 ? ", " : "", t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
                                offset / 3600, (offset < 0 ? -offset : offset) / 60 % 60);
    }
    zone_free(z);
    return out;
}

static const char *wrong(const char *pattern) {
    static struct err err;
    struct cron c;
    err = (struct err)ERR_INIT;
    return cron_parse(&c, pattern, &err) < 0 ? err.text : "it is right";
}

static void patterns(void) {
    int64_t monday = utc(2026, 11, 23, 8, 59);
    CHECK_STR(times("0 9 * * mon-fri", "UTC", monday, 3),
              "11-23 09:00+0000, 11-24 09:00+0000, 11-25 09:00+0000");
    CHECK_STR(times("0 9 * * MON-FRI", "UTC", utc(2026, 11, 27, 9, 0), 1), "11-30 09:00+0000");
    CHECK_STR(times("*/20 8-9 * * *", "UTC", monday, 4),
              "11-23 09:00+0000, 11-23 09:20+0000, 11-23 09:40+0000, 11-24 08:00+0000");
    CHECK_STR(times("5,10-30/10 9 * * *", "UTC", monday, 5),
              "11-23 09:05+0000, 11-23 09:10+0000, 11-23 09:20+0000, 11-23 09:30+0000, 11-24 09:05+0000");
    CHECK_STR(times("0 0 1 jan,jul *", "UTC", monday, 2), "01-01 00:00+0000, 07-01 00:00+0000");
    CHECK_STR(times("0 0 29 2 *", "UTC", monday, 1), "02-29 00:00+0000");
    CHECK_STR(times("0 12 * * sat-sun", "UTC", monday, 3),
              "11-28 12:00+0000, 11-29 12:00+0000, 12-05 12:00+0000");
    CHECK_STR(times("0 12 * * 5-7", "UTC", monday, 3),
              "11-27 12:00+0000, 11-28 12:00+0000, 11-29 12:00+0000");
    CHECK_STR(times(" 0\t12  * * 0 ", "UTC", monday, 1), "11-29 12:00+0000");
    CHECK_STR(times("@hourly", "UTC", monday, 2), "11-23 09:00+0000, 11-23 10:00+0000");
    CHECK_STR(times("@Daily", "UTC", monday, 1), "11-24 00:00+0000");
    CHECK_STR(times("@weekly", "UTC", monday, 1), "11-29 00:00+0000");
    CHECK_STR(times("@monthly", "UTC", monday, 1), "12-01 00:00+0000");
    CHECK_STR(times("@yearly", "UTC", monday, 1), "01-01 00:00+0000");
}

static void either_day(void) {
    int64_t monday = utc(2026, 11, 23, 8, 59);
    CHECK_STR(times("0 9 25 * fri", "UTC", monday, 3),
              "11-25 09:00+0000, 11-27 09:00+0000, 12-04 09:00+0000");
    CHECK_STR(times("0 9 */2 * fri", "UTC", monday, 2), "11-27 09:00+0000, 12-11 09:00+0000"); /* both */
    CHECK_STR(times("0 9 31 4 mon", "UTC", monday, 1), "04-05 09:00+0000");
}

static void mistakes(void) {
    CHECK_HAS(wrong("0 9 * *"), "five fields were expected");
    CHECK_HAS(wrong("0 9 * *"), "there are 4");
    CHECK_HAS(wrong("0 9 * * * *"), "there are 6");
    CHECK_HAS(wrong(""), "there are 0");
    CHECK_STR(wrong("60 9 * * *"), "minute: '60' is no number from 0 to 59");
    CHECK_STR(wrong("0 24 * * *"), "hour: '24' is no number from 0 to 23");
    CHECK_STR(wrong("0 0 0 * *"), "day of the month: '0' is no number from 1 to 31");
    CHECK_STR(wrong("0 0 1 foo *"), "month: 'foo' is no number from 1 to 12 and no name like jan");
    CHECK_STR(wrong("0 0 * * monday"),
              "day of the week: 'monday' is no number from 0 to 7 and no name like mon");
    CHECK_STR(wrong("0 17-9 * * *"), "hour: the range 17-9 ends before it begins");
    CHECK_STR(wrong("*/0 * * * *"), "minute: the step '0' is no number from 1 on");
    CHECK_HAS(wrong("5/10 * * * *"),
              "minute: a step stands behind '*' or a range, as in '*/10' or '5-59/10'");
    CHECK_HAS(wrong("1,,2 * * * *"), "minute: a number, a range");
    CHECK_HAS(wrong("1, * * * *"), "minute: a number, a range");
    CHECK_HAS(wrong("-5 * * * *"), "minute: '' is no number");
    CHECK_HAS(wrong("99999999999999999999 * * * *"), "minute: '9999");
    CHECK_HAS(wrong("000000000000000000000000000000000000000000000000000000000 * * * *"), "minute: a number");
    CHECK_STR(wrong("0 0 30 2 *"), "no such month has such a day: this never comes");
    CHECK_HAS(wrong("0 0 31 4,6,9,11 *"), "this never comes");
    CHECK_HAS(wrong("@dayly"), "'@dayly' is none of @hourly");
    CHECK_HAS(wrong("@reboot"), "event: start");
    CHECK_STR(wrong("0 0 31 4,5 *"), "it is right");
}

/* 29 March 2026: 02:00 -> 03:00 at 01:00 UTC; 25 October: 03:00 -> 02:00 at 01:00 UTC. */
static void berlin(void) {
    const char *zone = "Europe/Berlin";
    CHECK_STR(times("0 9 * * *", zone, utc(2026, 3, 28, 7, 0), 2), "03-28 09:00+0100, 03-29 09:00+0200");
    CHECK_STR(times("30 2 * * *", zone, utc(2026, 3, 28, 0, 0), 3),
              "03-28 02:30+0100, 03-29 03:00+0200, 03-30 02:30+0200");
    CHECK_STR(times("30 2 * * *", zone, utc(2026, 3, 29, 1, 0) - 1, 1), "03-29 03:00+0200");
    CHECK_STR(times("30 2 * * *", zone, utc(2026, 3, 29, 1, 0), 1), "03-30 02:30+0200");
    CHECK_STR(times("0 3 * * *", zone, utc(2026, 3, 29, 1, 0) - 1, 1), "03-29 03:00+0200");
    CHECK_STR(times("0 3 * * *", zone, utc(2026, 10, 25, 1, 0) - 1, 1), "10-25 03:00+0100");
    CHECK_STR(times("*/15 2 * * *", zone, utc(2026, 3, 28, 12, 0), 2), "03-29 03:00+0200, 03-30 02:00+0200");
    CHECK_STR(times("0 2,3 * * *", zone, utc(2026, 3, 28, 12, 0), 2), "03-29 03:00+0200, 03-30 02:00+0200");
    CHECK_STR(times("30 * * * *", zone, utc(2026, 3, 28, 23, 45), 3),
              "03-29 01:30+0100, 03-29 03:30+0200, 03-29 04:30+0200");
    CHECK_STR(times("30 2 * * *", zone, utc(2026, 10, 24, 12, 0), 2), "10-25 02:30+0200, 10-26 02:30+0100");
    CHECK_STR(times("0 3 * * *", zone, utc(2026, 10, 24, 12, 0), 2), "10-25 03:00+0100, 10-26 03:00+0100");
    CHECK_STR(times("*/30 2 * * *", zone, utc(2026, 10, 24, 12, 0), 3),
              "10-25 02:00+0200, 10-25 02:30+0200, 10-26 02:00+0100");
    CHECK_STR(times("30 * * * *", zone, utc(2026, 10, 24, 23, 45), 3),
              "10-25 02:30+0200, 10-25 02:30+0100, 10-25 03:30+0100");
    CHECK_STR(times("0 9 * * *", zone, utc(2050, 6, 1, 0, 0), 1), "06-01 09:00+0200"); /* beyond any table */
}

/* 8 March and 1 November 2026. */
static void new_york(void) {
    const char *zone = "America/New_York";
    CHECK_STR(times("15 2 * * *", zone, utc(2026, 3, 7, 12, 0), 2), "03-08 03:00-0400, 03-09 02:15-0400");
    CHECK_STR(times("15 1 * * *", zone, utc(2026, 10, 31, 12, 0), 2), "11-01 01:15-0400, 11-02 01:15-0500");
    CHECK_STR(times("@hourly", zone, utc(2026, 11, 1, 4, 30), 3),
              "11-01 01:00-0400, 11-01 01:00-0500, 11-01 02:00-0500");
}

/* Half an hour: 5 April 2026 02:00 -> 01:30 and 4 October 02:00 -> 02:30. */
static void lord_howe(void) {
    const char *zone = "Australia/Lord_Howe";
    CHECK_STR(times("45 1 * * *", zone, utc(2026, 4, 4, 12, 0), 2), "04-05 01:45+1100, 04-06 01:45+1030");
    CHECK_STR(times("15 1 * * *", zone, utc(2026, 4, 4, 12, 0), 2), "04-05 01:15+1100, 04-06 01:15+1030");
    CHECK_STR(times("15 2 * * *", zone, utc(2026, 10, 3, 12, 0), 2), "10-04 02:30+1100, 10-05 02:15+1100");
    CHECK_STR(times("45 * * * *", zone, utc(2026, 4, 4, 14, 0), 3),
              "04-05 01:45+1100, 04-05 01:45+1030, 04-05 02:45+1030");
}

/* 30 December 2011 was left out. */
static void apia(void) {
    const char *zone = "Pacific/Apia";
    CHECK_STR(times("0 9 * * *", zone, utc(2011, 12, 29, 0, 0), 3),
              "12-29 09:00-1000, 12-31 00:00+1400, 12-31 09:00+1400");
    CHECK_STR(times("0 9 30 12 *", zone, utc(2011, 12, 1, 0, 0), 1), "12-31 00:00+1400");
    CHECK_STR(times("@hourly", zone, utc(2011, 12, 30, 9, 30), 2), "12-31 00:00+1400, 12-31 01:00+1400");
}

static void zones(void) {
    struct err err = ERR_INIT;
    char **names = zone_names();
    size_t count = 0;
    bool has_berlin = false, has_posix = false;
    for (; names[count] != NULL; count++) {
        has_berlin = has_berlin || strcmp(names[count], "Europe/Berlin") == 0;
        has_posix = has_posix || strncmp(names[count], "posix", 5) == 0;
    }
    zone_names_free(names);
    CHECK(count > 300 && has_berlin && !has_posix);
    CHECK(zone_new("Europe/Berlim", &err) == NULL);
    CHECK_STR(err.text, "there is no time zone 'Europe/Berlim'");
    CHECK(zone_is_known("UTC") && zone_is_known("Etc/GMT+1") && zone_is_known("America/Argentina/Salta"));
    CHECK(!zone_is_known("") && !zone_is_known("Europe") && !zone_is_known("Europe/") &&
          !zone_is_known("/etc/localtime"));
    CHECK(!zone_is_known("../../../etc/localtime") && !zone_is_known("Europe/../Europe/Berlin") &&
          !zone_is_known("CET-1CEST,M3.5.0,M10.5.0/3") && !zone_is_known("tzdata.zi"));
    struct zone *here = zone_new(NULL, &err), *berlin_zone = zone_new("Europe/Berlin", &err);
    struct zone_shows shows;
    CHECK(here != NULL && berlin_zone != NULL);
    zone_look(berlin_zone, utc(2026, 7, 1, 0, 0), &shows);
    CHECK_STR(shows.name, "CEST");
    CHECK(shows.is_summer && shows.offset == 7200);
    zone_look(here, utc(2026, 7, 1, 0, 0), &shows);
    time_t t = (time_t)utc(2026, 7, 1, 0, 0);
    struct tm tm;
    localtime_r(&t, &tm);
    CHECK_INT(shows.offset, tm.tm_gmtoff);
    zone_free(here);
    zone_free(berlin_zone);
}

int main(void) {
    RUN(patterns);
    RUN(either_day);
    RUN(mistakes);
    RUN(berlin);
    RUN(new_york);
    RUN(lord_howe);
    RUN(apia);
    RUN(zones);
    return check_done();
}
