/* SPDX-License-Identifier: MIT */
/* tls_context: what the sessions of one trust setting share. For tls.c and tls_context.c only. */
#ifndef COUPLET_NET_TLS_CONTEXT_H
#define COUPLET_NET_TLS_CONTEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "net/tls_lists.h"
#include "net/tls_tickets.h"

#include <openssl/ssl.h>

enum { TLS_RECORD_LEN = 16384, TLS_PIN_LEN = 32 };

struct tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *bio;                    /* reads what was fed, writes to wire */
    char *ca_file;                      /* as given; NULL: the system's */
    unsigned char (*pins)[TLS_PIN_LEN]; /* owned; of public keys */
    size_t pin_count;
    struct tickets tickets;
    struct tls_lists lists;
    struct buf wire;            /* ciphertext on its way out of one session, empty between calls */
    char plain[TLS_RECORD_LEN]; /* plain text on its way out of one session */
};

/* tls.c: given to OpenSSL by the context. */
BIO_METHOD *tls_bio_method(void);
int tls_keep_session(SSL *ssl, SSL_SESSION *session);

/* tls_reason.c: the newest reason of OpenSSL's error queue; the queue is empty afterwards. */
const char *tls_reason(void);
/* Before anything else of OpenSSL's: the words of its errors are loaded when tls_reason needs them. Any
 * number of times. */
void tls_without_words(void);

#endif
