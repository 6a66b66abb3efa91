/* SPDX-License-Identifier: MIT */
/*
 * health: is everything as it should be? What /healthz answers, and what keeps it from being well.
 *
 * Red is: a bot that is not connected, a room of the configuration that the bot is not in, a message that
 * waits for too long, a storage that takes nothing, a Lua state that is full. What is only on its way (a
 * start, a reconnect, an entrance) has `grace_s` for it.
 */
#ifndef COUPLET_RUNTIME_HEALTH_H
#define COUPLET_RUNTIME_HEALTH_H

#include "base/buf.h"
#include "runtime/look.h"

struct health_limits {
    double grace_s;  /* for what is on its way */
    double oldest_s; /* how long a message may wait in the outbox */
};

extern const struct health_limits health_defaults; /* 30 s, 5 min */

/* Writes {"status":"ok"}, or {"status":"failing","problems":[{"what":…,"bot":…,"room":…,"text":…}]}. True:
 * ok. */
bool health_write(const struct look *look, const struct health_limits *limits, struct buf *out);

/* The list of them alone, "[]" where there is none. Returns how many. */
size_t health_problems(const struct look *look, const struct health_limits *limits, struct buf *out);

#endif
