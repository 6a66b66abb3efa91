/* SPDX-License-Identifier: MIT */
/*
 * tlsa: TLSA records (RFC 6698 2.1), and what DNS says of a server's certificate as a whole. Whether a
 * certificate fits is OpenSSL's to say (tls_dane.h). Not a header for other rooms.
 */
#ifndef COUPLET_NET_TLSA_H
#define COUPLET_NET_TLSA_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tlsa_usage { TLSA_PKIX_TA, TLSA_PKIX_EE, TLSA_DANE_TA, TLSA_DANE_EE };

struct tlsa {
    uint8_t usage, selector, matching;
    unsigned char *data; /* owned by whoever holds the list */
    size_t len;
};

/* The data of a record. False, and nothing is set: it is damaged, or of a kind that nobody knows here (RFC
 * 6698 4.1: not usable). */
bool tlsa_read(struct str data, struct tlsa *out);

/* DNS gives them in any order: the same ones are the same list from here on. */
void tlsa_sort(struct tlsa *list, size_t count);

/* What DNSSEC vouches for. Without records the ordinary rules hold. */
struct dane {
    struct tlsa *list;
    size_t count;
    char *host; /* NULL, or a name that the certificate may have instead of the domain's (RFC 7673 4.1) */
    char *why;  /* without records: why there are none, for people */
};

struct dane *dane_copy(const struct dane *d);
void dane_finish(struct dane *d);
void dane_free(struct dane *d); /* NULL accepted */

#endif
