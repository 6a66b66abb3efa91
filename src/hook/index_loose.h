/* SPDX-License-Identifier: MIT */
/*
 * index_loose: hooks whose body pattern may match anywhere but needs a certain run of bytes ("OPS-" of
 * "OPS%-(%d+)"), all looked for in one pass over the body. Each is filed under the two neighbouring bytes of
 * its run that are the least common in talk; where the body has such a pair, the run is compared there, at
 * the place where it would stand. Private to hook/index*.c.
 */
#ifndef COUPLET_HOOK_INDEX_LOOSE_H
#define COUPLET_HOOK_INDEX_LOOSE_H

#include "hook/entry.h"

struct index_loose;

struct index_loose *index_loose_new(void);
void index_loose_free(struct index_loose *l); /* NULL accepted */
/* Does the hook have a run to be looked for? */
bool index_loose_fits(const struct hook_entry *e);
void index_loose_add(struct index_loose *l, const struct hook_entry *e, uint32_t place);
/* Tries those whose run the body has. */
void index_loose_find(const struct index_loose *l, struct hook_pick *pick);

#endif
