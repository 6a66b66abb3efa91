/* SPDX-License-Identifier: MIT */
/*
 * entry: one compiled hook. Private to hook/. The spec says what is wanted in the user's words; the entry has
 * the same in the form that can be compared: prepared addresses, bits for the types, numbers for well-known
 * names, and what the body must hold whatever the pattern does.
 */
#ifndef COUPLET_HOOK_ENTRY_H
#define COUPLET_HOOK_ENTRY_H

#include "hook/table.h"

struct hook_entry {
    struct hook hook; /* first: a struct hook * is a struct hook_entry * */
    uint32_t types;   /* bit i: the i-th of hook_types(event) */
    unsigned include;
    enum xml_atom xmlns, child; /* ATOM_NONE: compare the texts */
    char **from, **to;          /* prepared, NULL-ended; owned; NULL: not stated */
    char *room;                 /* prepared; owned */
    char *literal;              /* each body that matches holds this; owned; NULL: nothing known */
    uint32_t literal_len;
    bool literal_at_start;
};

struct hook_entry *hook_entry_new(const struct hook_spec *spec, void *owner, void (*freed)(struct hook *h));
/* Is each condition met? type: the stanza's bit, hook_type_bit(). */
bool hook_entry_wants(const struct hook_entry *e, const struct hook_facts *f, uint32_t type);
/* 0: a type that no hook can ask for; all bits: an event without types. */
uint32_t hook_type_bit(enum hook_event event, struct str type);

/* The entries that want a stanza, best first; filled in any order. */
struct hook_pick {
    struct hook_entry *const *entries; /* sorted; a place is an index into it */
    const struct hook_facts *facts;
    uint32_t type;
    uint64_t *tried; /* bit: that place was tried; NULL: each is tried once anyway */
    uint32_t count;
    uint32_t places[HOOK_MATCH_MAX]; /* ascending */
};
/* Adds the entry of that place when it wants the stanza. A second time costs nothing, or a stanza with the
 * same element a thousand times over would have the same pattern run a thousand times. */
void hook_pick_try(struct hook_pick *pick, uint32_t place);

#endif
