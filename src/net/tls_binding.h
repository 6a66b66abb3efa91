/* SPDX-License-Identifier: MIT */
/* tls_binding: what ties a login to one TLS session (RFC 5929, RFC 9266). Not a header for other rooms. */
#ifndef COUPLET_NET_TLS_BINDING_H
#define COUPLET_NET_TLS_BINDING_H

#include "base/buf.h"
#include "net/conn.h"

#include <openssl/ssl.h>
#include <stdbool.h>

/* Appends the data of this kind; false, and nothing is appended: the session has none. The handshake is done.
 */
bool tls_binding(SSL *ssl, enum conn_binding kind, struct buf *out);

#endif
