/* SPDX-License-Identifier: MIT */
/*
 * identity: is a certificate, whose chain is good, the certificate of this domain? (RFC 6120 13.7.2, RFC
 * 9525) Only names in the subjectAltName count, the common name never does. Not a header for other rooms.
 */
#ifndef COUPLET_NET_IDENTITY_H
#define COUPLET_NET_IDENTITY_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

/* domain: of the JID, as a name (any script) or an address ("192.0.2.1", "[2001:db8::1]").
 *
 *   a name      matches a dNSName equal to it; "*." in a dNSName stands for exactly one whole label, the
 * first (RFC 9525 6.3); an SRVName "_xmpp-client." or "_xmpps-client." and such a name (RFC 4985); an
 *               XmppAddr equal to it (RFC 6120 13.7.1.4)
 *   an address  matches an iPAddress with the same octets
 *
 * limited: an authority of the chain may issue for certain names only (nameConstraints, RFC 5280 4.2.1.10).
 * Such a limit binds each kind of name by itself, and is hardly ever given for SRVName and XmppAddr: who may
 * issue for one company's hosts only could write any domain there. So these two do not count then. */
bool identity_is_for(X509 *certificate, const char *domain, bool limited);
/* The names it is for, for people: "a.example, b.example, …"; "" when there are none. */
void identity_names(X509 *certificate, char *out, size_t cap);

#endif
