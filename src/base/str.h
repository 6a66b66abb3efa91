/* SPDX-License-Identifier: MIT */
/* str: a borrowed piece of text with its length; not necessarily NUL-terminated unless the giver says so. */
#ifndef COUPLET_BASE_STR_H
#define COUPLET_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
    const char *s; /* NULL: absent (not the same as empty) */
    size_t len;
};

#define STR_NONE     ((struct str){NULL, 0})
#define STR_LIT(lit) ((struct str){"" lit, sizeof(lit) - 1})

static inline struct str str_of(const char *s) {
    return (struct str){s, s ? strlen(s) : 0};
}

static inline bool str_eq(struct str a, struct str b) {
    return a.len == b.len && (a.s == b.s || (a.s != NULL && b.s != NULL && memcmp(a.s, b.s, a.len) == 0));
}

static inline bool str_is(struct str a, const char *b) {
    return a.s != NULL && a.len == strlen(b) && memcmp(a.s, b, a.len) == 0;
}

#endif
