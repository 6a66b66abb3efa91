/* SPDX-License-Identifier: MIT */
/*
 * fast: logging in with a token that the server gave (FAST, XEP-0484), in one round trip. Here are the
 * mechanisms for it (draft-schmaus-kitten-sasl-ht) and the rules for the token; the XML around is sasl2.c's.
 *
 *   initial response  user NUL HMAC-SHA-256(token, "Initiator" channel-binding-data)
 *   success           HMAC-SHA-256(token, "Responder" channel-binding-data)
 *
 * Rules. Only inside of TLS. A token belongs to its mechanism. What binds to the TLS session is taken before
 * what does not (XEP-0484 6); a token that is not bound is neither asked for nor used where a bound login has
 * worked, or is all that the owner allows: it would be a way around it. The TLS data of a first flight
 * (0-RTT) are never used.
 */
#ifndef COUPLET_XMPP_FAST_H
#define COUPLET_XMPP_FAST_H

#include "base/str.h"
#include "xmpp/choice.h"
#include "xmpp/memory.h"
#include "xmpp/sasl.h"

/* The mechanism of this name, if there is the channel binding for it on this stream and the rules allow it;
 * else NULL. binding: its data, or .s NULL. */
const struct sasl_mechanism *fast_mechanism(const struct choice *c, struct str name, struct str *binding);
/* 1 and more: the smaller the better; 0: not spoken. */
int fast_rank(struct str name);
bool fast_is_token(const struct sasl_mechanism *m); /* one of these? */

/* The token that may be used now (wall_s: seconds since 1970), with its mechanism and binding; NULL: none.
 * One that has expired is dropped. */
const struct sasl_mechanism *fast_ready(const struct choice *c, int64_t wall_s, struct memory_token *token,
                                        struct str *binding);

/* XEP-0082: "2026-03-12T14:36:15Z", with a fraction or another zone if wanted. -1: it is no time. */
int fast_read_time(struct str text, int64_t *seconds);

#endif
