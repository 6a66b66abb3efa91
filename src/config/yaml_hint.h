/* SPDX-License-Identifier: MIT */
/*
 * yaml_hint: what a person should look at when libyaml has told what it did not find. It reads libyaml's own
 * words, and knows nothing of the file but the character where it stopped.
 */
#ifndef CONFIG_YAML_HINT_H
#define CONFIG_YAML_HINT_H

/* Words that begin with "; ", or "". `problem` and `context` may be NULL; `at` is the byte at the place, 0 at
 * the end. */
const char *yaml_hint(const char *problem, const char *context, char at);

#endif
