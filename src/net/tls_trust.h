/* SPDX-License-Identifier: MIT */
/*
 * tls_trust: is the certificate that a server shows good for the domain? For tls*.c only.
 *
 *   no pin                the chain leads to an authority that is trusted, and the names are right
 * (identity.h) pin, no ca_file       the server's own key is pinned: that is enough, as with DANE-EE (RFC
 * 7671 5.1); or else chain and names are good and an authority of the chain is pinned pin and ca_file chain
 * and names are good, and a key of the chain is pinned
 *
 * Where a chain counts, tls.crl_file does (tls_lists.h), and so does what the server staples (tls_status.h).
 * Where the server's own key is enough, pinned or of DANE-EE, neither has a say: no authority has.
 */
#ifndef COUPLET_NET_TLS_TRUST_H
#define COUPLET_NET_TLS_TRUST_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls;

/* Given to OpenSSL by the context: called once in a full handshake, never in a resumed one. */
int tls_verify(X509_STORE_CTX *store, void *unused);
/* The same question of a session that is up, with today's date. false: tls_why says why not. */
bool tls_verify_again(struct tls *t);

#endif
