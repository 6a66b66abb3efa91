/* SPDX-License-Identifier: MIT */
/*
 * index: the hooks of one event filed under keys, for a table with many of them. Private to hook/.
 *
 *   stanza -- room, sender, domain, nick, payload names, start of the body --> hash --> slot: a few hooks
 *          -- pairs of bytes in the body --------------------------------> hooks that need a run of bytes
 *          -------------------------------------------------------------> the rest: hooks without a key
 *
 * Each hook is filed once, under that of its conditions which it shares with the fewest other hooks. The
 * index borrows the entries and is thrown away when the list of them changes.
 */
#ifndef COUPLET_HOOK_INDEX_H
#define COUPLET_HOOK_INDEX_H

#include "hook/entry.h"

struct hook_index;

/* The index finds entries by their place in this list. */
struct hook_index *hook_index_new(struct hook_entry *const *entries, uint32_t count);
void hook_index_free(struct hook_index *x); /* NULL accepted */
/* Tries those entries that could want pick->facts. */
void hook_index_find(const struct hook_index *x, struct hook_pick *pick);

#endif
