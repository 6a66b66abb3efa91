/* SPDX-License-Identifier: MIT */
/*
 * scram: the client's side of SCRAM-SHA-1, -256 and -512 (RFC 5802, RFC 7677), each with channel binding if
 * wanted. It sees the decoded messages only: no XML, no base64 of the outer layer.
 *
 *   scram_first      ->  n,,n=user,r=nonce      (or y,, or p=TYPE,,)
 *   scram_challenge  <-  r=…,s=…,i=…[,h=…]      ->  c=biws,r=…,p=…
 *   scram_challenge or scram_success  <-  v=…    the server has proven that it knows the password, too
 *
 * Nothing is believed before scram_is_verified(). What the server gets wrong is an error with its reason;
 * after an error the exchange is over. PBKDF2 is run once for a salt, if there is a memory for the keys.
 */
#ifndef COUPLET_XMPP_SCRAM_H
#define COUPLET_XMPP_SCRAM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct scram;

enum scram_hash { SCRAM_SHA_1, SCRAM_SHA_256, SCRAM_SHA_512, SCRAM_SHA3_512 };

struct memory;

struct scram_options { /* all borrowed until scram_free */
    enum scram_hash hash;
    const char *user, *password;
    const char *nonce; /* the client's, NULL to make one of 24 random bytes (tests give their own, of the
                          characters that RFC 5802 7 allows) */
    char gs2;          /* 'n' or 0, 'y', 'p' (RFC 5802 6); 'p' with what follows */
    const char *binding_type;
    struct str binding;
    struct str offers;     /* mechanisms and binding types as XEP-0474 6.1 joins them; .s NULL: not checked */
    bool needs_hash;       /* fail, before any proof is sent, where the server does not vouch for them */
    struct memory *memory; /* of keys; NULL: none */
};

struct scram *scram_new(const struct scram_options *options);
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
bool scram_has_hash(const struct scram *s); /* the server vouched for its offers (XEP-0474) */

/* The iteration counts that are accepted; what lies outside is refused (the reasons are in scram_message.c).
 */
enum { SCRAM_ITERATIONS_MIN = 4096, SCRAM_ITERATIONS_MAX = 1000000 };

#endif
