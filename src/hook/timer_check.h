/* SPDX-License-Identifier: MIT */
/* timer_check: what of a hook says when a timer comes: every or cron, tz, jitter. */
#ifndef COUPLET_HOOK_TIMER_CHECK_H
#define COUPLET_HOOK_TIMER_CHECK_H

#include "hook/hook.h"

/* -1: *field is what is wrong, or missing. A hook that is no timer has none of them. */
int timer_check(const struct hook_spec *spec, const char **field, struct err *err);

#endif
