/* SPDX-License-Identifier: MIT */
/* mapped: whether a library is there in this process: what is loaded on demand is loaded no earlier, and goes
 * again. */
#ifndef COUPLET_SPEC_MAPPED_H
#define COUPLET_SPEC_MAPPED_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static inline bool is_mapped(const char *name) {
    char line[512];
    bool found = false;
    FILE *f = fopen("/proc/self/maps", "re");
    while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
        found = strstr(line, name) != NULL;
    if (f != NULL)
        fclose(f);
    return found;
}

#endif
