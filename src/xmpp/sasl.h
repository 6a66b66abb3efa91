/* SPDX-License-Identifier: MIT */
/*
 * sasl: the mechanisms that are spoken, as one table with the strongest first, and one exchange with one of
 * them (RFC 4422). It sees decoded messages, no XML: RFC 6120 (auth.c) and XEP-0388 frame them. Which
 * mechanism may be used when is choice.c's to know.
 *
 *   sasl_new -> sasl_first -> [sasl_challenge …] -> sasl_success -> sasl_is_proven
 */
#ifndef COUPLET_XMPP_SASL_H
#define COUPLET_XMPP_SASL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct memory;

struct sasl_identity {    /* borrowed until sasl_free */
    const char *user;     /* localpart (RFC 6120 6.3.7) */
    const char *password; /* or the token that stands for it; NULL: none */
    const char *authzid;  /* EXTERNAL alone may say it (6.3.8, XEP-0178 2); else NULL */
    const char *nonce;    /* NULL: a random one; tests give their own */
    /* gs2-cbind-flag (RFC 5802 7): 'n' we cannot bind, 'y' we could, but the server offers nothing for it,
     * 'p' with these. 0 is 'n'. */
    char gs2;
    const char *binding_type;
    struct str binding;
    /* What the server offered, as XEP-0474 6.1 wants it to be hashed; .s NULL: not known. */
    struct str offers;
    bool needs_hash;       /* go on only if the server vouches for them */
    struct memory *memory; /* of keys; NULL: none */
};

enum sasl_flag {
    SASL_DEFAULT = 1,     /* used without being listed by the owner */
    SASL_PASSWORD = 2,    /* needs a password */
    SASL_TOKEN = 4,       /* needs a token, which comes in place of a password */
    SASL_CERTIFICATE = 8, /* needs a client certificate */
    SASL_BINDS = 16,      /* to the TLS session */
    SASL_SHOWS = 32,      /* the server gets to read the secret: only when nothing better is there */
    SASL_TLS_ONLY = 64,   /* whatever the owner lists */
};

/* Strengths: nothing below the class that a server once had is accepted later. */
enum { SASL_SHOWN = 0, SASL_HASHED = 10, SASL_BOUND = 20, SASL_CLASS = 10 };

struct sasl_mechanism {
    const char *name;
    unsigned flags;
    int strength;
    const struct sasl_kind *kind; /* how it is spoken: sasl_kind.h */
    int variant;
};

/* Number `index` of the table, NULL past its end; fewer than 32. */
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
/* Whatever the mechanism makes the server prove has been proven. */
bool sasl_is_proven(const struct sasl *s);
/* The server vouched for what it offered (XEP-0474), and rightly. */
bool sasl_has_hash(const struct sasl *s);
/* What the server said of a failure inside the exchange (RFC 7628 3.2.2); "" when nothing. Foreign text. */
struct str sasl_note(const struct sasl *s);

#endif
