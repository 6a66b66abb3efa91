/* SPDX-License-Identifier: MIT */
/* json_text: JSON for programs that watch the process, as text into a buffer; no tree is built. */
#ifndef COUPLET_RUNTIME_JSON_TEXT_H
#define COUPLET_RUNTIME_JSON_TEXT_H

#include "base/buf.h"

/* A string with its quotes; what is not UTF-8 becomes U+FFFD. NULL: null. */
void json_text(struct buf *out, const char *text);
/* ,"name":"value" — and the same with a number. name is written as it is. */
void json_field(struct buf *out, const char *name, const char *value);
void json_number(struct buf *out, const char *name, double value);

#endif
