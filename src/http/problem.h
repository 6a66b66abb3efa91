/* SPDX-License-Identifier: MIT */
/* problem: what went wrong, for programs (RFC 9457), as JSON. */
#ifndef COUPLET_HTTP_PROBLEM_H
#define COUPLET_HTTP_PROBLEM_H

#include "base/buf.h"
#include "base/str.h"

#define PROBLEM_TYPE "application/problem+json"

/* detail.s NULL: none; it may hold anything. */
void problem_write(struct buf *out, int status, struct str detail);

#endif
