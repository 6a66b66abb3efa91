/* SPDX-License-Identifier: MIT */
/*
 * pattern: Lua patterns (Lua 5.4 manual 6.4.1) matched in C, with a bound on the steps: a pattern and a text
 * of a stranger's can never hold the process up. Same answers as string.match.
 */
#ifndef COUPLET_HOOK_PATTERN_H
#define COUPLET_HOOK_PATTERN_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

enum { PATTERN_CAPTURES = 32 };

struct pattern_match {
    int count; /* captures; 0: the pattern has none, and whole is what counts */
    struct str whole;
    struct str captures[PATTERN_CAPTURES]; /* views into the text; a position capture has .s == NULL and .len
                                              the 1-based position */
};

/* -1 with the reason ("malformed pattern (missing ']')") when it is not a pattern. */
int pattern_check(const char *pattern, struct err *err);
/* The pattern must have passed pattern_check. False also when the steps ran out. */
bool pattern_find(const char *pattern, struct str text, struct pattern_match *out);

#endif
