/* SPDX-License-Identifier: MIT */
/* scratch: what a test of files needs: a folder of its own, and a log that nobody reads. */
#ifndef COUPLET_SPEC_SCRATCH_H
#define COUPLET_SPEC_SCRATCH_H

#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64], path[96]; /* path: a database in it */
static struct log quiet;

/* For main(), which ends with rmdir(folder). False: there is none. */
static bool scratch_begin(const char *name) {
    const char *tmp = getenv("TMPDIR");
    log_init(&quiet);
    quiet.fd = open("/dev/null", O_WRONLY);
    snprintf(folder, sizeof(folder), "%s/couplet-%s-XXXXXX", tmp && strlen(tmp) < 32 ? tmp : "/tmp", name);
    if (mkdtemp(folder) == NULL)
        return false;
    snprintf(path, sizeof(path), "%s/couplet.db", folder);
    return true;
}

#endif
