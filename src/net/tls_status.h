/* SPDX-License-Identifier: MIT */
/*
 * tls_status: the proof that a server staples to its certificate: an answer of the authority's that it was
 * not revoked (OCSP, RFC 6960; in the handshake, RFC 6066 8, RFC 8446 4.4.2.1). Nobody is asked over the
 * network. "Revoked" ends the handshake; what is broken, out of date, about another certificate or signed by
 * somebody else counts as if there were none; and none is enough, but for a certificate that says that it
 * comes with one (must-staple, RFC 7633). For tls*.c only.
 */
#ifndef COUPLET_NET_TLS_STATUS_H
#define COUPLET_NET_TLS_STATUS_H

#include <openssl/ssl.h>
#include <stdbool.h>

enum { TLS_STATUS_SLACK_S = 300 }; /* between our clock and the authority's */

/* Every session asks for the proof. */
void tls_status_ask(SSL_CTX *ssl);
/* Does a certificate of the chain that was verified say that the server must show one (status_request)? */
bool tls_status_is_demanded(X509_STORE_CTX *store);

#endif
