/* SPDX-License-Identifier: MIT */
/*
 * origin: where an event came from, hence where its answer goes. Taken from the stanza by C, never from the
 * Lua event, which a script may change. Views into the stanza at first; copied once the handler waits, since
 * the stanza is gone then.
 */
#ifndef COUPLET_LUA_ORIGIN_H
#define COUPLET_LUA_ORIGIN_H

#include "hook/facts.h"

struct origin {
    enum hook_event event;
    struct str from, to, type, id, thread, room; /* to: which of our addresses was asked */
    char *kept;                                  /* the copies' memory; NULL: still views */
};

void origin_of_stanza(struct origin *o, const struct hook_facts *facts);
void origin_of_event(struct origin *o, enum hook_event event); /* no stanza */
void origin_keep(struct origin *o);
void origin_finish(struct origin *o);
bool origin_is_request(const struct origin *o); /* an iq get or set: must be answered */

#endif
