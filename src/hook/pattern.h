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

enum {
    PATTERN_CAPTURES = 32,
    PATTERN_COMPLEX = 200,    /* repeated items and parentheses that are too many */
    PATTERN_STEPS = 100000,   /* of one match, and … */
    PATTERN_STEPS_A_BYTE = 16 /* … for each byte of the text on top */
};

struct pattern_match {
    int count; /* captures; 0: the pattern has none, and whole is what counts */
    struct str whole;
    struct str captures[PATTERN_CAPTURES]; /* views into the text; a position capture has .s == NULL and .len
                                              the 1-based position */
};

/* -1 with the reason, in Lua's words ("malformed pattern (missing ']')"), when it is not a pattern. Stricter
 * than Lua in that it looks at all of the pattern, where Lua finds a mistake only when a text leads it there.
 */
int pattern_check(const char *pattern, struct err *err);
/* The pattern must have passed pattern_check. False also when the steps ran out. out may be NULL. */
bool pattern_find(const char *pattern, struct str text, struct pattern_match *out);

/* The longest run of bytes that each text holds that the pattern matches; copied to run (at least
 * strlen(pattern) bytes, not NUL-terminated), its length returned. With an anchored pattern that begins with
 * bytes ("^deploy%s") it is those bytes, and *at_start is set: the text begins with them. 0: nothing is
 * known. */
size_t pattern_literal(const char *pattern, char *run, bool *at_start);

#endif
