/* SPDX-License-Identifier: MIT */
/*
 * scram_message: what a SCRAM server writes, taken apart by the letter of RFC 5802 7 and checked. It computes
 * nothing. Attributes stand in their order, values are not empty, nonces are printable, numbers are in
 * bounds.
 */
#ifndef COUPLET_XMPP_SCRAM_MESSAGE_H
#define COUPLET_XMPP_SCRAM_MESSAGE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct scram_server_first {
    struct str nonce; /* the client's and the server's; a view into the message */
    struct buf salt;  /* decoded; owned by the caller, to be finished whatever the result */
    uint32_t iterations;
    struct str offers_hash; /* h=, XEP-0474 6.1: base64, a view; .s NULL: none */
};

/* r=…,s=…,i=… and optional extensions, which are ignored, but for h=; m= is refused. */
int scram_read_server_first(struct str in, struct str client_nonce, struct scram_server_first *out,
                            struct err *err);
/* v=… : the decoded signature is appended. e=… and anything else is an error. */
int scram_read_server_final(struct str in, struct buf *signature, struct err *err);

#endif
