/* SPDX-License-Identifier: MIT */
/*
 * check: the smallest unit-test help that says what failed and where.
 *
 *   static void adds(void) { CHECK(1 + 1 == 2); CHECK_STR(x, "text"); CHECK_INT(n, 3); }
 *   int main(void) { RUN(adds); return check_done(); }
 *
 * Prints TAP lines ("ok 1 adds", "not ok 2 …") and a plan; exit status 1 when one failed.
 */
#ifndef COUPLET_CHECK_H
#define COUPLET_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_count, check_failed, check_bad;

#define CHECK(cond)                                                                                          \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #cond);                                    \
            check_bad = 1;                                                                                   \
        }                                                                                                    \
    } while (0)

#define CHECK_INT(got, want)                                                                                 \
    do {                                                                                                     \
        long long got_ = (long long)(got), want_ = (long long)(want);                                        \
        if (got_ != want_) {                                                                                 \
            printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, want_);                \
            check_bad = 1;                                                                                   \
        }                                                                                                    \
    } while (0)

#define CHECK_STR(got, want)                                                                                 \
    do {                                                                                                     \
        const char *got_ = (got), *want_ = (want);                                                           \
        if (got_ == NULL || strcmp(got_, want_) != 0) {                                                      \
            printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got, got_ ? got_ : "(null)",  \
                   want_);                                                                                   \
            check_bad = 1;                                                                                   \
        }                                                                                                    \
    } while (0)

/* Substring. */
#define CHECK_HAS(got, want)                                                                                 \
    do {                                                                                                     \
        const char *got_ = (got), *want_ = (want);                                                           \
        if (got_ == NULL || strstr(got_, want_) == NULL) {                                                   \
            printf("# %s:%d: %s is \"%s\", without \"%s\"\n", __FILE__, __LINE__, #got,                      \
                   got_ ? got_ : "(null)", want_);                                                           \
            check_bad = 1;                                                                                   \
        }                                                                                                    \
    } while (0)

#define RUN(function)                                                                                        \
    do {                                                                                                     \
        check_bad = 0;                                                                                       \
        function();                                                                                          \
        check_count++;                                                                                       \
        check_failed += check_bad;                                                                           \
        printf("%s %d %s\n", check_bad ? "not ok" : "ok", check_count, #function);                           \
        fflush(stdout);                                                                                      \
    } while (0)

static inline int check_done(void) {
    printf("1..%d\n", check_count);
    return check_failed != 0;
}

#endif
