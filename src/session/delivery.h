/* SPDX-License-Identifier: MIT */
/*
 * delivery: what brings the messages of an outbox to where they go, and knows when they are there.
 *
 *   outbox (disk) ──the oldest of each destination, some at a time──> session_sent_marked
 *   proof: one to one  the server acknowledged it (XEP-0198 4; else a ping behind it was answered)
 *          in a room   it came back from the room under our nick
 *   no proof: the session is over, unresumed; the room was left: sent again, with the same id, in order,
 * marked with the time at which it was accepted (XEP-0203); never while the session's own queue has it an
 * error for it: of type wait (or a room that we are not in): later, a few times; else a dead letter
 *
 * A message for a room waits until the room is joined. It knows nothing of Lua.
 */
#ifndef COUPLET_SESSION_DELIVERY_H
#define COUPLET_SESSION_DELIVERY_H

#include "session/session.h"
#include "store/outbox.h"

struct delivery_callbacks { /* what is lent is for the call */
    void (*delivered)(void *ctx, const char *id, const char *to);
    void (*failed)(void *ctx, const char *id, const char *to, const char *reason);
};

struct delivery;

/* Borrowed: all but bot, which is copied. */
struct delivery *delivery_new(struct loop *loop, struct log *log, struct database *db, const char *bot,
                              const struct delivery_callbacks *callbacks, void *ctx);
void delivery_free(struct delivery *d); /* what was accepted stays on disk; NULL accepted */
struct outbox *delivery_outbox(struct delivery *d);
/* Before the loop runs: what an earlier process left, and which of it the session still has. Waits. -1: err.
 */
int delivery_load(struct delivery *d, struct session *session, struct err *err);
void delivery_attach(struct delivery *d, struct session *session); /* NULL: there is none any more */

/* ---- what others tell; d may be NULL: nothing ---- */
void delivery_online(struct delivery *d);
void delivery_offline(struct delivery *d); /* the session is over; no room is joined any more */
void delivery_room(struct delivery *d, struct str room, bool is_joined);
void delivery_proven(struct delivery *d, uint64_t mark);
void delivery_unproven(struct delivery *d, uint64_t mark);
/* A message came back from this room under our nick, with this id. */
void delivery_reflected(struct delivery *d, struct str room, struct str id);
/* An error stanza came from this bare JID. */
void delivery_error(struct delivery *d, struct str from, const struct xml_node *stanza);

#endif
