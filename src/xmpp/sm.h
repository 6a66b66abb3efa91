/* SPDX-License-Identifier: MIT */
/*
 * sm: what was sent and not yet proven to have arrived, and the counters of stream management (XEP-0198). It
 * outlives streams: the owner has one for an account and lends it to each stream in turn. Sans I/O, no XML
 * parsing; the elements of XEP-0198 are manage.c's.
 *
 *   sm_sent ──> live ──sm_ack / sm_release──> gone (the server has taken the responsibility, XEP-0198 4)
 *                 │ sm_lost: the session is over
 *                 v
 *                old ──sm_take_old──> the owner sends again or reports
 *
 * The owner may mark a stanza with a number, which tells it later what became of it: sm_take_proven,
 * sm_old_mark. Nothing leaves the queue in another way. Counters count modulo 2^32 (4).
 */
#ifndef COUPLET_XMPP_SM_H
#define COUPLET_XMPP_SM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { SM_COUNT_MAX = 10000, SM_BYTES_MAX = 16 << 20 }; /* of what waits: then nothing more is accepted */

struct sm;

struct sm *sm_new(void);
void sm_free(struct sm *sm); /* NULL accepted */

/* ---- stanzas ---- */

/* One whole stanza was sent, or will be when the session is resumed (bytes are copied). wall_ms: when, in
 * milliseconds since 1970. */
void sm_sent(struct sm *sm, const char *bytes, size_t len, int64_t wall_ms);
bool sm_is_full(const struct sm *sm);
size_t sm_live_count(const struct sm *sm);
/* Calls fn for each of them, the oldest first. */
void sm_each_live(const struct sm *sm, void (*fn)(void *ctx, struct str bytes, int64_t wall_ms), void *ctx);
size_t sm_old_count(const struct sm *sm);
/* The oldest stanza of sessions that are over: appended to out, and forgotten here. False when there is
 * none. */
bool sm_take_old(struct sm *sm, struct buf *out, int64_t *wall_ms);
/* The stanza that was sent last is the owner's number `mark` (not 0). */
void sm_mark(struct sm *sm, uint64_t mark);
/* The mark of one that has arrived, in the order of sending; 0: no more. */
uint64_t sm_take_proven(struct sm *sm);
uint64_t sm_old_mark(const struct sm *sm); /* of what sm_take_old would take; 0: none */
/* Every mark that is in the queue. */
void sm_each_mark(const struct sm *sm, void (*fn)(void *ctx, uint64_t mark), void *ctx);
/* `count` of the live ones have arrived: proven by other means than an ack. */
void sm_release(struct sm *sm, size_t count);
/* Acknowledged up to h (4). -1, and nothing changes: h is not among what was sent, or goes backwards. */
int sm_ack(struct sm *sm, uint32_t h);
void sm_handled(struct sm *sm);         /* one more stanza of the server's was handled */
uint32_t sm_h(const struct sm *sm);     /* how many of the server's were handled */
uint32_t sm_count(const struct sm *sm); /* how many were sent in this session */

/* ---- the session ---- */

/* <enable/> goes out (4: our count starts now); what is live becomes old. */
void sm_start(struct sm *sm);
/* <enabled/> came (3). id NULL: cannot be resumed. location may be NULL; max_s 0: not stated. Copied. */
void sm_enabled(struct sm *sm, struct str id, struct str location, uint32_t max_s, const char *jid);
/* The server has no such session (any more), or none was made: what is live becomes old. */
void sm_lost(struct sm *sm);
bool sm_is_on(const struct sm *sm);      /* enabled or resumed on the stream of now */
bool sm_can_resume(const struct sm *sm); /* there is an id for it */
void sm_detached(struct sm *sm);         /* the stream is gone; the session may be resumed by another */
void sm_resumed(struct sm *sm);          /* on the stream of now */
/* <a/> came. */
void sm_answered(struct sm *sm);
/* The server was asked and did not answer in time. The second time in a row that this follows a resumption
 * the session is given up: what is live becomes old. */
void sm_unanswered(struct sm *sm);
/* The server was asked to resume it, and the stream ended without an answer. The third time in a row the
 * session is given up, as above. */
void sm_not_resumed(struct sm *sm);
const char *sm_id(const struct sm *sm);       /* NULL when it cannot be resumed */
const char *sm_location(const struct sm *sm); /* "host:port" or NULL (3) */
const char *sm_jid(const struct sm *sm);      /* full JID of the session that can be resumed */
uint32_t sm_max_s(const struct sm *sm);       /* how long the server waits for a resumption; 0: not stated */

/* ---- on disk ---- */

/* The whole state as text, a line for each fact, secrets as clear as they are. */
void sm_write(struct sm *sm, struct buf *out);
/* Lines for what has changed since sm_write or sm_journal, to be put behind them. False: only the whole text
 * tells it. */
bool sm_journal(struct sm *sm, struct buf *out);
/* The text on disk is gone, or not to be trusted: the next sm_journal says that it needs the whole. */
void sm_touch(struct sm *sm);
/* Into a new sm. A last line without its end (the process died there) is ignored. -1: line and reason in
 * err. */
int sm_read(struct sm *sm, struct str text, struct err *err);

#endif
