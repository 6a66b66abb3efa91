/* SPDX-License-Identifier: MIT */
/*
 * watch: the process as it shows itself to those who run it: metrics and health for whoever asks, the
 * supervisor, and SIGHUP, which opens the log file anew.
 */
#ifndef COUPLET_RUNTIME_WATCH_H
#define COUPLET_RUNTIME_WATCH_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct runtime;

/* The supervisor is looked for and SIGHUP is taken. -1: err. */
int watch_start(struct runtime *r, struct err *err);
void watch_stop(struct runtime *r); /* also where nothing was started */

/* The whole answer of /metrics, of type EXPOSITION_TYPE (exposition.h). */
void watch_metrics(struct runtime *r, struct buf *out);
/* The whole answer of /healthz, JSON. True: 200, false: 503. */
bool watch_health(struct runtime *r, struct buf *out);

#endif
