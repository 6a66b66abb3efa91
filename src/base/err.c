/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

int err_setv(struct err *err, const char *fmt, va_list ap) {
    if (err != NULL)
        vsnprintf(err->text, sizeof(err->text), fmt, ap);
    return -1;
}

int err_set(struct err *err, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    err_setv(err, fmt, ap);
    va_end(ap);
    return -1;
}

int err_context(struct err *err, const char *fmt, ...) {
    struct err before;
    va_list ap;
    if (err == NULL)
        return -1;
    before = *err;
    va_start(ap, fmt);
    err_setv(err, fmt, ap);
    va_end(ap);
    size_t len = strlen(err->text);
    snprintf(err->text + len, sizeof(err->text) - len, ": %s", before.text);
    return -1;
}
