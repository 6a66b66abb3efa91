/* SPDX-License-Identifier: MIT */
/* web_counts: what the HTTP server answered: how often which status, on which route. */
#ifndef COUPLET_RUNTIME_WEB_COUNTS_H
#define COUPLET_RUNTIME_WEB_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct web_count {
    const char *path; /* of the route, borrowed; "": no route was found */
    int status;
    uint64_t count;
};

struct web_counts { /* zeroed at first */
    struct web_count *list;
    size_t len;
};

/* ctx: the counts. As http_server_watch wants it; routes and their paths outlive the counts. */
void web_counts_add(void *ctx, const char *path, int status);
void web_counts_finish(struct web_counts *c);

#endif
