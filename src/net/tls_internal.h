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
    char *host;        /* owned; a name that will do as well (DANE); NULL: none */
    char *alpn;        /* owned; the protocol we offered, NULL: none */
    char *key;         /* owned; under which its tickets are kept */
    char *why;         /* owned; NULL: nothing is wrong */
    time_t good_until; /* when the first certificate of the chain ends; TLS_FOR_EVER: pinned */
    bool ready, untrusted;
    bool has_tlsa; /* TLSA records say what the certificate must be */
    char tlsa[8];  /* the kind that it fits, "3 1 1"; "": it was not looked at, or there are none */
    bool offered;  /* a ticket */
};

/* Replaces why. text: copied. */
void tls_set_why(struct tls *t, const char *text);

#endif
