/* SPDX-License-Identifier: MIT */
/*
 * err: what went wrong, for people. A function that can fail returns 0 or -1 and fills the
 * caller's struct err; the text names the thing and, where one can be given, the next step.
 * An error is logged once, where it stops.
 */
#ifndef COUPLET_BASE_ERR_H
#define COUPLET_BASE_ERR_H

#include <stdarg.h>

struct err {
    char text[512]; /* empty: no error yet */
};

#define ERR_INIT                                                                                             \
    {                                                                                                        \
        { 0 }                                                                                                \
    }

/* Fills err (NULL accepted) and returns -1, so that a caller can say `return err_set(…)`. */
int err_set(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int err_setv(struct err *err, const char *fmt, va_list ap);
/* Puts "context: " in front of the text that is there. Returns -1. */
int err_context(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
