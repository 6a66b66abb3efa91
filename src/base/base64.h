/* SPDX-License-Identifier: MIT */
/* base64: RFC 4648 section 4, strict as RFC 6120 13.9.1 asks: no foreign characters, no misplaced '='. */
#ifndef COUPLET_BASE_BASE64_H
#define COUPLET_BASE_BASE64_H

#include "base/buf.h"

void base64_encode(struct buf *out, const void *bytes, size_t len);
/* Appends the decoded bytes; -1 (and nothing appended) when the text is not strict base64. */
int base64_decode(struct buf *out, const char *text, size_t len);

#endif
