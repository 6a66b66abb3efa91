/* SPDX-License-Identifier: MIT */
/*
 * zone: what a clock on the wall shows in a time zone, from the system's tzdata, and nothing of the process
 * is switched over for it: TZ is left alone. UTC and the machine's own zone cost nothing; any other one loads
 * GLib, which reads the files (docs/adr, "Time zones").
 */
#ifndef COUPLET_BASE_ZONE_H
#define COUPLET_BASE_ZONE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct zone;

struct zone_shows {
    int offset; /* seconds east of UTC */
    bool is_summer;
    char name[16]; /* "CEST" */
};

/* "Europe/Berlin", "UTC"; NULL: the machine's own. NULL and the reason when there is none of that name. */
struct zone *zone_new(const char *name, struct err *err);
void zone_free(struct zone *z); /* NULL accepted */
/* t: seconds since 1970, UTC. */
int zone_offset(const struct zone *z, int64_t t);
void zone_look(const struct zone *z, int64_t t, struct zone_shows *out);

/* Is there such a zone on this machine? No library is loaded. */
bool zone_is_known(const char *name);
/* The names of all zones, NULL-ended; zone_names_free. Empty where there is no tzdata. */
char **zone_names(void);
void zone_names_free(char **names);

#endif
