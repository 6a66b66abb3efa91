/* SPDX-License-Identifier: MIT */
/*
 * exposition: Prometheus's text format, version 0.0.4: families with HELP and TYPE, samples with labels.
 * Values of labels are escaped, and made UTF-8 where they are not.
 */
#ifndef COUPLET_RUNTIME_EXPOSITION_H
#define COUPLET_RUNTIME_EXPOSITION_H

#include "base/buf.h"

struct exposition {
    struct buf *out;
    const char *name; /* of the family */
};

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* type: counter, gauge, histogram. All samples of a family stand behind its head. */
void exposition_family(struct exposition *e, const char *name, const char *type, const char *help);
/* labels: pairs of name and value, NULL-ended; suffix: "" or, of a histogram, "_bucket", "_sum", "_count". */
void exposition_sample(struct exposition *e, const char *suffix, const char *const *labels, double value);

#endif
