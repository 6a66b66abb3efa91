/* SPDX-License-Identifier: MIT */
/*
 * pattern_item: a Lua pattern read one item at a time. Private to hook/pattern*.c.
 *
 * A pattern has no alternation and no repeated groups, so it is a plain sequence of items: what captures are
 * open at an item, and which are closed, is known from the text of the pattern alone. The check, the matcher
 * and the search for a literal all walk it with this reader. Characters are bytes; the classes are those of
 * the C locale.
 */
#ifndef COUPLET_HOOK_PATTERN_ITEM_H
#define COUPLET_HOOK_PATTERN_ITEM_H

#include "base/err.h"

#include <stdbool.h>

enum pattern_kind {
    PATTERN_END,
    PATTERN_BYTE,     /* c */
    PATTERN_ANY,      /* . */
    PATTERN_CLASS,    /* %c */
    PATTERN_SET,      /* [set set_end], set at the '[', set_end at the ']' */
    PATTERN_OPEN,     /* ( */
    PATTERN_CLOSE,    /* ) */
    PATTERN_POSITION, /* () */
    PATTERN_BALANCED, /* %bcd */
    PATTERN_FRONTIER, /* %f[set set_end] */
    PATTERN_BACK,     /* %1: c is the digit */
    PATTERN_TAIL      /* $ at the end */
};

struct pattern_item {
    enum pattern_kind kind;
    unsigned char c, d;
    char repeat; /* '*', '+', '-', '?', or 0: once. Only of BYTE, ANY, CLASS and SET */
    const char *set, *set_end;
};

/* Reads the item at p; returns where the next one begins. NULL with the reason when it is malformed. A '^' at
 * the start of the pattern is the caller's to skip. */
const char *pattern_item_read(const char *p, struct pattern_item *item, struct err *err);
/* Is the byte one of the set? */
bool pattern_in_set(unsigned char c, const char *set, const char *set_end);
/* Does the byte match an item that stands for one byte? */
bool pattern_is_one(const struct pattern_item *item, unsigned char c);

#endif
