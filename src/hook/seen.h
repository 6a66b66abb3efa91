/* SPDX-License-Identifier: MIT */
/*
 * seen: what is known of the presence of each occupant of a room. What the room says of them (muc#user,
 * XEP-0421, XEP-0317) is kept as a keyed hash: most presence says once more what is known already, and
 * whoever keeps the occupants in Lua need not hear of that. What they say of themselves, show and status,
 * changes often and is asked for seldom: it is kept here.
 *
 * Bounded: at most SEEN_MOST nicks, the text of a status at most SEEN_STATUS_LEN bytes.
 */
#ifndef COUPLET_HOOK_SEEN_H
#define COUPLET_HOOK_SEEN_H

#include "xml/node.h"

#include <stdbool.h>

enum { SEEN_MOST = 24576, SEEN_STATUS_LEN = 256 };

struct hook_seen;

/* Does the room say of that nick in this presence what it said in the last? It is noted. *s is made when it
 * is NULL. */
bool hook_seen_again(struct hook_seen **s, struct str nick, const struct xml_node *presence);
void hook_seen_forget(struct hook_seen *s, struct str nick); /* NULL: nothing */
void hook_seen_free(struct hook_seen *s);                    /* NULL accepted */

/* What they say of themselves: away, chat, dnd, xa, and text for people, cut between characters. NULL where
 * there is none. Borrowed until the next presence. */
const char *hook_seen_show(const struct hook_seen *s, struct str nick);
const char *hook_seen_status(const struct hook_seen *s, struct str nick);

#endif
