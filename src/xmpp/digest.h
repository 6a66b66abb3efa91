/* SPDX-License-Identifier: MIT */
/*
 * digest: proof of a secret by a hash of it and of the stream's id: the handshake of a component (XEP-0114 3)
 * and the login of XEP-0078 2. Whoever reads it can try secrets offline, so that it has to go through TLS as
 * a password does; that is the caller's business.
 */
#ifndef COUPLET_XMPP_DIGEST_H
#define COUPLET_XMPP_DIGEST_H

#include "base/str.h"

enum { DIGEST_HEX_LEN = 40 };

/* SHA-1 of the id and the secret, one after the other, as lower-case hex with a NUL. */
void digest_hex(char out[DIGEST_HEX_LEN + 1], struct str id, const char *secret);

#endif
