/* SPDX-License-Identifier: MIT */
/* index_key: the conditions of a hook, and the facts of a stanza, as numbers that are equal when they are.
 * Two that differ may fall together; the conditions themselves decide. Private to hook/index*.c. */
#ifndef COUPLET_HOOK_INDEX_KEY_H
#define COUPLET_HOOK_INDEX_KEY_H

#include "hook/entry.h"

enum index_kind {
    INDEX_ROOM,
    INDEX_FROM, /* the bare JIDs of globs without a '*' in them */
    INDEX_NICK,
    INDEX_XMLNS,
    INDEX_CHILD,
    INDEX_WORD,   /* the first words of a command's names */
    INDEX_START,  /* the first bytes of the body, at most INDEX_START_MAX */
    INDEX_DOMAIN, /* the domains of globs without a '*' in them */
    INDEX_KINDS
};

enum { INDEX_START_MAX = 8 };

uint32_t index_hash(enum index_kind kind, struct str text);
/* Of a word in any case. */
uint32_t index_hash_word(struct str word);
uint32_t index_hash_name(enum index_kind kind, const struct xml_str *name);
/* Of the first len bytes. */
uint32_t index_hash_start(struct str body, size_t len);
/* The domain of an address without resource. */
struct str index_domain(struct str bare);

/* Can the hook be filed under keys of that kind? */
bool index_has(const struct hook_entry *e, enum index_kind kind);
/* Its i-th key of a kind that it has; false: there are no more. */
bool index_key(const struct hook_entry *e, enum index_kind kind, size_t i, uint32_t *hash);
/* How many bytes of the body its key of the kind INDEX_START is made of. */
size_t index_start_len(const struct hook_entry *e);

#endif
