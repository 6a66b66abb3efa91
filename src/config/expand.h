/* SPDX-License-Identifier: MIT */
/* expand: ${NAME} and ${NAME:-default} in a value, from the environment; $${ stands for a plain ${. */
#ifndef COUPLET_CONFIG_EXPAND_H
#define COUPLET_CONFIG_EXPAND_H

#include "base/arena.h"
#include "config/config.h"

/* A copy in the arena. NULL, and a mistake that names the variable but never a value, when one is not set and
 * has no default. */
char *expand_text(struct arena *arena, const char *text, const char *path, struct config_mark mark,
                  struct config_mistakes *mistakes);

#endif
