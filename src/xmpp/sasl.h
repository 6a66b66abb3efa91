/* SPDX-License-Identifier: MIT */
/*
 * sasl: the mechanisms that are spoken, as one table with the strongest first, and one exchange with one of
 * them (RFC 4422). It sees decoded messages, no XML. Which mechanism may be used when is auth.c's to know.
 */
#ifndef COUPLET_XMPP_SASL_H
#define COUPLET_XMPP_SASL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct sasl_identity { /* borrowed until sasl_free */
    const char *user;  /* localpart (RFC 6120 6.3.7); no authorization identity is ever sent (6.3.8) */
    const char *password;
    const char *nonce; /* NULL: a random one; tests give their own */
};

struct sasl_mechanism {
    const char *name;
    bool shows_password; /* the server gets to read it: only when nothing better is there, only inside TLS */
    void *(*begin)(const struct sasl_mechanism *m, const struct sasl_identity *who);
    void (*end)(void *state);
    int (*first)(void *state, struct buf *out, struct err *err);
    int (*challenge)(void *state, struct str in, struct buf *out, struct err *err);
    int (*success)(void *state, struct str in, struct err *err);
    int variant;
};

/* Number `index` of the table, NULL past its end. */
const struct sasl_mechanism *sasl_mechanism_at(size_t index);
/* Its number, or -1 when it is not spoken. */
int sasl_mechanism_index(struct str name);

struct sasl;
struct sasl *sasl_new(const struct sasl_mechanism *m, const struct sasl_identity *who);
void sasl_free(struct sasl *s); /* NULL accepted */
const struct sasl_mechanism *sasl_mechanism(const struct sasl *s);
/* Appends the initial response. -1: what we have cannot be sent with this mechanism. */
int sasl_first(struct sasl *s, struct buf *out, struct err *err);
/* Appends the answer to a challenge. -1: the server broke the rules of the mechanism. */
int sasl_challenge(struct sasl *s, struct str in, struct buf *out, struct err *err);
/* Additional data with success (.s == NULL: none). -1: the server has not proven what it has to. */
int sasl_success(struct sasl *s, struct str in, struct err *err);

#endif
