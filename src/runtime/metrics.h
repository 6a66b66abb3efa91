/* SPDX-License-Identifier: MIT */
/*
 * metrics: a look in Prometheus's text format: what /metrics answers. docs/reference/metrics.md has every
 * family.
 *
 * Labels are names of the configuration, functions of hooks, and rooms; of those at most METRICS_ROOMS a bot.
 */
#ifndef COUPLET_RUNTIME_METRICS_H
#define COUPLET_RUNTIME_METRICS_H

#include "base/buf.h"
#include "runtime/look.h"

enum { METRICS_ROOMS = 200 };

void metrics_write(const struct look *look, struct buf *out);

#endif
