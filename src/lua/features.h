/* SPDX-License-Identifier: MIT */
/*
 * features: what the library answers and watches by itself (lua/couplet/features.lua), compiled once for all
 * bots of the process. A bot has a set of bits that says which of it is on; its state gets a module when a
 * stanza matches, no sooner.
 *
 *   stanza -> watch rows (their own run, before anybody) ; the bot's hooks -> answer rows -> nobody
 */
#ifndef COUPLET_LUA_FEATURES_H
#define COUPLET_LUA_FEATURES_H

#include "config/config.h"
#include "hook/table.h"
#include "lua/announced.h"
#include "lua/binding.h"

enum { FEATURES_MAX = 64 };

struct features;
struct extensions;

struct feature_row {
    struct hook_spec spec;
    char *call, *module, *function; /* owned; NULL: it only announces */
    unsigned feature;               /* its bit's number */
};

/* Reads the table in a Lua state that is closed again. A mistake in it aborts: it is ours. */
struct features *features_new(struct log *log);
void features_free(struct features *f); /* NULL accepted */

/* The bits that are on by default; the bit of a name, 0 when there is none. f may be NULL: none. */
uint64_t features_default(const struct features *f);
uint64_t features_bit(const struct features *f, const char *name);
/* Names, NULL-ended, by bit. */
const char *const *features_names(const struct features *f);
/* The event that a feature needs hooks of; -1: none. */
int features_needs(const struct features *f, size_t feature);

/* What accounts, or components, with these features tell of themselves; kept, borrowed. */
const struct announced *features_announced(struct features *f, uint64_t on, bool is_component);

const struct extensions *features_extensions(const struct features *f);
/* The rows among `on` that watch, or that answer; referenced, as hook_table_match does. */
size_t features_match(struct features *f, uint64_t on, bool watch, const struct hook_facts *facts,
                      struct hook *list[HOOK_MATCH_MAX]);
/* The row of a hook; NULL: it is a bot's own. */
const struct feature_row *features_row(const struct features *f, const struct hook *h);

/* The function of a row in a state, loaded at the first time; borrowed. NULL: it cannot be loaded (logged).
 */
const struct binding *features_bind(struct script *s, const struct feature_row *row,
                                    const struct watch_limits *limits);
void features_unbind(struct script *s); /* before the state is closed */

#endif
