/* SPDX-License-Identifier: MIT */
/* json_write: strings as JSON (RFC 8259 7): quoted, escaped, and UTF-8 whatever came in (else U+FFFD). */
#ifndef COUPLET_BASE_JSON_WRITE_H
#define COUPLET_BASE_JSON_WRITE_H

#include "base/buf.h"
#include "base/str.h"

void json_put_text(struct buf *out, struct str text); /* .s == NULL: null */
/* "name":"text" behind a comma, unless an object or list has just begun. */
void json_put(struct buf *out, const char *name, struct str text);
/* "name": behind a comma likewise, for a value of any kind. */
void json_put_name(struct buf *out, const char *name);

#endif
