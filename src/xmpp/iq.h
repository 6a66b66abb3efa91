/* SPDX-License-Identifier: MIT */
/*
 * iq: who waits for which answer. An answer belongs to a request only when id, sender and kind
 * fit (RFC 6120 8.1.2.1, 8.2.3): id alone would let anybody answer. The sender must be the JID that was
 * asked; a request without `to` (to our own account) may be answered by nobody, our bare JID, or our full
 * JID; one to our own server's domain, by the domain only.
 *
 * Ids have 120 random bits. Sans I/O: the owner looks at iq_deadline_ms and calls iq_tick.
 */
#ifndef COUPLET_XMPP_IQ_H
#define COUPLET_XMPP_IQ_H

#include "base/random.h"
#include "base/str.h"
#include "xml/node.h"

#include <stdint.h>

enum iq_outcome { IQ_ANSWER, IQ_TIMEOUT, IQ_LOST /* the connection went first */, IQ_CANCELLED };

/* Called once for each request. answer: the result or error stanza for IQ_ANSWER (borrowed), else NULL. */
typedef void iq_done(void *ctx, enum iq_outcome outcome, const struct xml_node *answer);

struct iq_table;
struct iq_table *iq_new(void);
void iq_free(struct iq_table *t); /* nothing may be pending: iq_drop_all first (asserted) */

/* Registers a request that is about to be sent; id is written (to be put on the stanza), or taken from *id
 * when it is not empty. to: as on the stanza, .s == NULL when absent. Returns a handle for iq_cancel, never
 * 0; 0 when the same id is already waiting for the same JID, or when 10,000 requests are pending. */
uint64_t iq_add(struct iq_table *t, char id[RANDOM_ID_LEN + 1], struct str to, int64_t deadline_ms,
                iq_done *done, void *ctx);
/* The same for an id of the caller's own choice, any length. */
uint64_t iq_add_id(struct iq_table *t, struct str id, struct str to, int64_t deadline_ms, iq_done *done,
                   void *ctx);
/* The same for a request that states `from`: the answer's `to` has to be it (a component has many addresses).
 * .s == NULL: as iq_add_id. */
uint64_t iq_add_from(struct iq_table *t, struct str id, struct str from, struct str to, int64_t deadline_ms,
                     iq_done *done, void *ctx);
void iq_cancel(struct iq_table *t,
               uint64_t handle); /* done is called with IQ_CANCELLED; unknown handle: nothing */
/* An iq of type result or error arrived: true when it answered a request. own_full: our bound JID. */
bool iq_answer(struct iq_table *t, const struct xml_node *iq, const char *own_full);
int64_t iq_deadline_ms(const struct iq_table *t); /* INT64_MAX when none is pending */
void iq_tick(struct iq_table *t, int64_t now_ms);
/* Ends all with the outcome, e.g. IQ_LOST. A done callback may add new ones; those stay. */
void iq_drop_all(struct iq_table *t, enum iq_outcome outcome);
size_t iq_count(const struct iq_table *t);

#endif
