/* SPDX-License-Identifier: MIT */
/* metrics_internal: what the files of metrics share; nobody else includes it. */
#ifndef COUPLET_RUNTIME_METRICS_INTERNAL_H
#define COUPLET_RUNTIME_METRICS_INTERNAL_H

#include "runtime/exposition.h"
#include "runtime/look.h"

void metrics_bots(struct exposition *e, const struct look *look);  /* metrics_bot.c */
void metrics_calls(struct exposition *e, const struct look *look); /* metrics_calls.c */

#endif
