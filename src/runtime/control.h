/* SPDX-License-Identifier: MIT */
/*
 * control: what the process does for those who come through the control socket: send, status, stop. A request
 * is a JSON object with "verb"; an answer has "ok".
 */
#ifndef COUPLET_RUNTIME_CONTROL_H
#define COUPLET_RUNTIME_CONTROL_H

#include "runtime/runtime.h"

struct controls;

/* Where `control:` is configured (else *out is NULL). -1: the socket cannot be had. */
int controls_open(struct runtime *r, struct controls **out, struct err *err);
void controls_free(struct controls *c); /* after the bots; NULL accepted */

#endif
