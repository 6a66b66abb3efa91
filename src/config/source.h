/* SPDX-License-Identifier: MIT */
/*
 * source: the text of a config file, ready for libyaml. In a flow map YAML would take the braces of
 * `password: ${NAME}` for a map of its own; so the braces of each ${NAME} and ${NAME:-default} become two
 * characters of Unicode's private use, one for one, which leaves every column where it was. expand_text knows
 * them.
 */
#ifndef COUPLET_CONFIG_SOURCE_H
#define COUPLET_CONFIG_SOURCE_H

#include "base/buf.h"
#include "config/config.h"

#define SOURCE_OPEN  "\xee\x80\x80" /* U+E000 */
#define SOURCE_CLOSE "\xee\x80\x81" /* U+E001 */

/* At most 16 MiB. -1: the mistake is added. */
int source_read(struct buf *out, const char *path, struct config_mistakes *mistakes);

#endif
