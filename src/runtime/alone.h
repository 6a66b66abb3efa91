/* SPDX-License-Identifier: MIT */
/*
 * alone: one bot of a configuration for one errand, without its hooks: it logs in under a resource of its own
 * (and a priority that takes no messages), sends, waits for the proof, and logs out. What did not get so far
 * is put on disk, where there is a `storage:`, for the process that runs next.
 */
#ifndef COUPLET_RUNTIME_ALONE_H
#define COUPLET_RUNTIME_ALONE_H

#include "base/buf.h"
#include "base/str.h"
#include "config/config.h"

struct alone_order {
    const struct config_bot *bot; /* with its secrets */
    struct str request;           /* of couplet.sending, NUL-terminated; .s == NULL: a request a line */
    const char *const *to;        /* the same people and rooms as in the request */
    size_t to_count;
    double wait;          /* seconds for the connection */
    const char *resource; /* NULL: one that nobody else has */
    bool is_loud;         /* the log goes to stderr, as the configuration says; else only errors */
    /* Each line of standard input, as it comes, is made a request (an empty one is passed over), and the
     * answer to each is told; both NULL unless there is no `request`. */
    void (*make)(void *ctx, const char *line, size_t len, struct buf *request);
    void (*told)(void *ctx, struct str answer);
    void *ctx;
};

/* The answer of couplet.sending in `answer`. -1: it could not be tried, or the login was refused for good
 * (which the log has told). */
int alone_send(const struct config *config, const struct alone_order *order, struct buf *answer,
               struct err *err);

#endif
