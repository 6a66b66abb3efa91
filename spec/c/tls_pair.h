/* SPDX-License-Identifier: MIT */
/* tls_pair: both ends of a TLS session in memory, without a connection between them. */
#ifndef COUPLET_SPEC_TLS_PAIR_H
#define COUPLET_SPEC_TLS_PAIR_H

#include "net/tls.h"

#include <openssl/ssl.h>

struct end {
    SSL *ssl;
    BIO *in, *out;
};

static inline struct end end_new(SSL_CTX *ctx) {
    struct end e = {SSL_new(ctx), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
    SSL_set_bio(e.ssl, e.in, e.out);
    SSL_set_accept_state(e.ssl);
    return e;
}

/* What the client has written goes to the server, and the server's answer comes back. */
static inline size_t exchange(struct end *e, struct tls *t, char *bytes, size_t cap) {
    struct buf *wire = tls_wire(t);
    BIO_write(e->in, buf_data(wire), (int)buf_len(wire));
    buf_clear(wire);
    SSL_do_handshake(e->ssl);
    int n = BIO_read(e->out, bytes, (int)cap);
    return n > 0 ? (size_t)n : 0;
}

static inline enum tls_event shake(struct end *e, struct tls *t) {
    char bytes[16384];
    const char *data;
    size_t len;
    enum tls_event event = tls_step(t, &data, &len);
    while (event == TLS_WANTS_INPUT && (len = exchange(e, t, bytes, sizeof(bytes))) > 0) {
        tls_feed(t, bytes, len);
        event = tls_step(t, &data, &len);
    }
    return event;
}

#endif
