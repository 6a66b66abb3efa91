/* SPDX-License-Identifier: MIT */
/*
 * GLib's GTimeZone never changes once it is made, and touches no state of the process: the five functions
 * that are wanted of it are declared here, so that its headers need not be there.
 */
#include "base/zone.h"

#include "base/library.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { UNIVERSAL = 2 /* G_TIME_TYPE_UNIVERSAL */ };

struct glib_zone; /* GTimeZone */
struct glib_zone *g_time_zone_new_identifier(const char *name);
void g_time_zone_unref(struct glib_zone *z);
int g_time_zone_find_interval(struct glib_zone *z, int type, int64_t t);
int32_t g_time_zone_get_offset(struct glib_zone *z, int interval);
int g_time_zone_is_dst(struct glib_zone *z, int interval);
const char *g_time_zone_get_abbreviation(struct glib_zone *z, int interval);

struct glib {
    __typeof__(g_time_zone_new_identifier) *make;
    __typeof__(g_time_zone_unref) *unref;
    __typeof__(g_time_zone_find_interval) *find;
    __typeof__(g_time_zone_get_offset) *offset;
    __typeof__(g_time_zone_is_dst) *is_dst;
    __typeof__(g_time_zone_get_abbreviation) *name;
};

static const struct library_symbol symbols[] = {
    LIBRARY_SYMBOL(struct glib, make, g_time_zone_new_identifier),
    LIBRARY_SYMBOL(struct glib, unref, g_time_zone_unref),
    LIBRARY_SYMBOL(struct glib, find, g_time_zone_find_interval),
    LIBRARY_SYMBOL(struct glib, offset, g_time_zone_get_offset),
    LIBRARY_SYMBOL(struct glib, is_dst, g_time_zone_is_dst),
    LIBRARY_SYMBOL(struct glib, name, g_time_zone_get_abbreviation),
    {NULL, 0}};
static const struct library library = {"libglib-2.0.so.0", "libglib2.0-0", symbols};

struct zone {
    bool is_utc;
    void *handle; /* of library_open_kept; NULL: UTC or the machine's own */
    struct glib lib;
    struct glib_zone *tz;
};

static bool names_utc(const char *name) {
    return strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0;
}

struct zone *zone_new(const char *name, struct err *err) {
    struct zone *z = mem_new(struct zone);
    z->is_utc = name != NULL && names_utc(name);
    if (name == NULL || z->is_utc)
        return z;
    if (!zone_is_known(name))
        err_set(err, "there is no time zone '%.100s'", name);
    else if ((z->handle = library_open_kept(&library, &z->lib, err)) != NULL)
        z->tz = z->lib.make(name);
    if (z->tz != NULL)
        return z;
    if (z->handle != NULL)
        err_set(err, "the time zone '%.100s' cannot be read", name);
    zone_free(z);
    return NULL;
}

void zone_free(struct zone *z) {
    if (z == NULL)
        return;
    if (z->tz != NULL)
        z->lib.unref(z->tz);
    library_close(z->handle);
    mem_free(z);
}

static void look_here(int64_t t, struct zone_shows *out) {
    struct tm tm;
    time_t when = (time_t)t;
    if (localtime_r(&when, &tm) == NULL)
        return;
    out->offset = (int)tm.tm_gmtoff;
    out->is_summer = tm.tm_isdst > 0;
    snprintf(out->name, sizeof(out->name), "%s", tm.tm_zone);
}

void zone_look(const struct zone *z, int64_t t, struct zone_shows *out) {
    *out = (struct zone_shows){0, false, "UTC"};
    if (z->is_utc)
        return;
    if (z->tz == NULL) {
        look_here(t, out);
        return;
    }
    int interval = z->lib.find(z->tz, UNIVERSAL, t);
    if (interval < 0)
        return;
    out->offset = z->lib.offset(z->tz, interval);
    out->is_summer = z->lib.is_dst(z->tz, interval) != 0;
    snprintf(out->name, sizeof(out->name), "%s", z->lib.name(z->tz, interval));
}

int zone_offset(const struct zone *z, int64_t t) {
    struct zone_shows shows;
    if (z->tz == NULL) {
        zone_look(z, t, &shows);
        return shows.offset;
    }
    int interval = z->lib.find(z->tz, UNIVERSAL, t);
    return interval < 0 ? 0 : z->lib.offset(z->tz, interval);
}
