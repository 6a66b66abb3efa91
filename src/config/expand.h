/* SPDX-License-Identifier: MIT */
/*
 * expand: ${NAME} and ${NAME:-default} in values, from the environment; $${ stands for ${ itself. What is
 * there is taken once: a value that holds ${...} again is left as it is. Works on the text that source.h
 * made.
 */
#ifndef COUPLET_CONFIG_EXPAND_H
#define COUPLET_CONFIG_EXPAND_H

#include "base/arena.h"
#include "base/err.h"

/* A copy in the arena; NULL, with the reason, when a variable is not set. */
char *expand_text(struct arena *arena, const char *text, struct err *err);
/* The text as it was written, for keys. */
char *expand_not(struct arena *arena, const char *text);

#endif
