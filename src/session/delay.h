/* SPDX-License-Identifier: MIT */
/* delay: a message that is sent later than it was said tells when that was (XEP-0203 4). */
#ifndef COUPLET_SESSION_DELAY_H
#define COUPLET_SESSION_DELAY_H

#include "base/buf.h"
#include "base/str.h"

#include <stdint.h>

/* Appends the whole <message/> with a <delay/> of that time (milliseconds since 1970) before its end tag; one
 * without an end tag, which has no body, as it is. */
void delay_write(struct buf *out, struct str message, int64_t said_ms);

#endif
