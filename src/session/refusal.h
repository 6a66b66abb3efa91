/* SPDX-License-Identifier: MIT */
/*
 * refusal: what an error that came back for a message means: why, for people, and whether it may be otherwise
 * later.
 */
#ifndef COUPLET_SESSION_REFUSAL_H
#define COUPLET_SESSION_REFUSAL_H

#include "base/buf.h"
#include "xml/node.h"

#include <stdbool.h>

/* Adds the reason. to_room: that it is not acceptable means that we are not in it. True: try it again later.
 */
bool refusal_read(struct buf *reason, const struct xml_node *stanza, bool to_room);

#endif
