/* SPDX-License-Identifier: MIT */
/*
 * status: what is known of the process that runs, as one JSON object for `couplet status`. Text of others in
 * it is escaped. Nothing is collected for it: it is read where it is.
 */
#ifndef COUPLET_RUNTIME_STATUS_H
#define COUPLET_RUNTIME_STATUS_H

#include "base/buf.h"
#include "runtime/runtime.h"

/* Appends the object, without a newline. */
void status_write(struct runtime *r, struct buf *out);

#endif
