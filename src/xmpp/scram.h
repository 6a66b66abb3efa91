/* SPDX-License-Identifier: MIT */
/*
 * scram: the client's side of SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
 * It sees the decoded messages only: no XML, no base64 of the outer layer.
 *
 *   scram_first      ->  n,,n=user,r=nonce
 *   scram_challenge  <-  r=…,s=…,i=…        ->  c=biws,r=…,p=…
 *   scram_challenge or scram_success  <-  v=…    the server has proven that it knows the password, too
 *
 * Nothing is believed before scram_is_verified(). What the server gets wrong is an error with its reason;
 * after an error the exchange is over.
 */
#ifndef COUPLET_XMPP_SCRAM_H
#define COUPLET_XMPP_SCRAM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct scram;

enum scram_hash { SCRAM_SHA_1, SCRAM_SHA_256 };

/* user, password: borrowed until scram_free. nonce: the client's, NULL to make one of 24 random bytes (tests
 * give their own, of the characters that RFC 5802 7 allows). */
struct scram *scram_new(enum scram_hash hash, const char *user, const char *password, const char *nonce);
void scram_free(struct scram *s); /* wipes the keys; NULL accepted */

/* Appends the client's first message. -1 when SASLprep forbids the user name or the password (RFC 5802 5.1).
 */
int scram_first(struct scram *s, struct buf *out, struct err *err);
/* A challenge: appends the answer (nothing when the server's signature came in a challenge and was right). */
int scram_challenge(struct scram *s, struct str in, struct buf *out, struct err *err);
/* The server says success, with this additional data (.s == NULL: none). 0 only when the server's signature
 * was right, here or in a challenge before. */
int scram_success(struct scram *s, struct str in, struct err *err);
bool scram_is_verified(const struct scram *s);

/* The iteration counts that are accepted; what lies outside is refused (the reasons are in scram.c). */
enum { SCRAM_ITERATIONS_MIN = 1000, SCRAM_ITERATIONS_MAX = 1000000 };

#endif
