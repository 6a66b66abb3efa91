/* SPDX-License-Identifier: MIT */
/* tls_internal: one TLS session, as tls.c and tls_trust.c share it. Nobody else includes it. */
#ifndef COUPLET_NET_TLS_INTERNAL_H
#define COUPLET_NET_TLS_INTERNAL_H

#include "net/tls.h"
#include "net/tls_context.h"

#include <stdint.h>
#include <time.h>

#define TLS_FOR_EVER ((time_t)INT64_MAX)

struct tls {
    struct tls_context *context; /* borrowed */
    SSL *ssl;
    const char *in; /* what was fed and is not read yet */
    size_t in_len;
    char *domain;
    char *host; /* owned; a name that will do as well (DANE); NULL: none */
    char *alpn; /* owned; the protocol we offered, NULL: none */
    char *key;  /* owned; under which its tickets are kept */
    char *why;  /* owned; NULL: nothing is wrong */
    /* When the first certificate of the chain ends, or a list that was looked up, or the proof that it must
     * have; TLS_FOR_EVER: pinned */
    time_t good_until;
    time_t proof_until, proof_end; /* of a proof that is demanded: a new one is wanted, must be there */
    char *no_proof;       /* owned; why what was stapled counts for nothing; NULL: it does, or nothing was */
    unsigned lists_round; /* of the lists that it was looked up in (tls_lists.h) */
    bool ready, untrusted;
    bool by_chain;      /* it is an authority's word that it is good by, not its own key */
    bool demands_proof; /* that it was not revoked (must-staple) */
    bool proven;        /* so it is */
    bool has_tlsa;      /* TLSA records say what the certificate must be */
    char tlsa[8];       /* the kind that it fits, "3 1 1"; "": it was not looked at, or there are none */
    bool offered;       /* a ticket */
};

/* Replaces why. text: copied. */
void tls_set_why(struct tls *t, const char *text);

/* tls_look.c */
/* The lists of the revoked, as they are now. */
void tls_read_lists(struct tls *t);

#endif
