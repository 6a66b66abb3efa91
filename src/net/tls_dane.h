/* SPDX-License-Identifier: MIT */
/* tls_dane: TLSA records and a TLS session (RFC 6698 2.1, RFC 7671). Matching is OpenSSL's, inside
 * X509_verify_cert; what follows from it is tls_trust.c's. For tls*.c only. */
#ifndef COUPLET_NET_TLS_DANE_H
#define COUPLET_NET_TLS_DANE_H

#include "base/buf.h"
#include "base/err.h"
#include "net/tlsa.h"

struct tls;

/* Before the handshake. Without usable records the ordinary rules hold, with d's host as another name. */
int tls_dane_use(struct tls *t, const struct dane *d, struct err *err);
/* Appends what tells sessions apart that were verified by other records: one is not resumed for another. */
void tls_dane_add_key(const struct dane *d, struct buf *key);
/* After X509_verify_cert was content: t->tlsa is set, too. True: the server's own key or certificate is in
 * DNS, and that is all that counts (RFC 7671 5.1). */
bool tls_dane_is_own(struct tls *t);

#endif
