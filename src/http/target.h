/* SPDX-License-Identifier: MIT */
/*
 * target: what a request asks for (RFC 9112 3.2.1): a path and a query, decoded once and never again. A path
 * that could be read in two ways is none: an encoded slash, `.` and `..` as segments, control characters,
 * bytes that are not UTF-8, a `%` without two digits.
 */
#ifndef COUPLET_HTTP_TARGET_H
#define COUPLET_HTTP_TARGET_H

#include "base/err.h"
#include "base/str.h"

enum { TARGET_MOST = 4096, TARGET_FIELDS_MOST = 100 };

struct target {
    char *memory;           /* owned: of what follows */
    struct str path, query; /* decoded; as it came, without '?' (.s NULL: none) */
};

struct target_field {
    struct str name, value;
};

/* text: "/path?a=b". -1: it is none. */
int target_parse(struct target *t, struct str text, struct err *err);
void target_finish(struct target *t);
/* The pairs of `a=b&c=d`, '+' for a blank, decoded into memory of at least text.len bytes; how many. What is
 * no text is left as it came. */
size_t target_fields(struct str text, char *memory, struct target_field *fields, size_t most);

#endif
