/* SPDX-License-Identifier: MIT */
/*
 * tls: one TLS session as a client, sans I/O. Ciphertext is fed, plain text and ciphertext to be sent come
 * out. The context (conn.h) has what connections share: settings, trust, and the memory in which bytes pass
 * through, so that an idle session holds nothing beside OpenSSL's own. Not a header for other rooms.
 *
 *   bytes -> tls_feed, then tls_step until it wants more input
 *   after every call: what tls_wire holds is to be sent, and taken at once (it is the context's)
 */
#ifndef COUPLET_NET_TLS_H
#define COUPLET_NET_TLS_H

#include "base/buf.h"
#include "net/conn.h"
#include "net/tlsa.h"

struct tls;

enum tls_event {
    TLS_WANTS_INPUT, /* all that was fed is used up */
    TLS_READY,       /* once: the handshake is done, the certificate is good for the domain */
    TLS_DATA,        /* a piece of plain text: borrowed, until the next call */
    TLS_CLOSED,      /* the peer's close_notify */
    TLS_FAILED,      /* tls_why says how */
    TLS_UNTRUSTED,   /* the certificate; tls_why goes on after "the certificate of …" */
};

struct tls_wish {            /* strings are copied */
    const char *domain;      /* whose certificate is wanted, and SNI; any script, or an address */
    const char *alpn;        /* NULL, or the one protocol that is offered */
    uint16_t port;           /* a session of the same domain and port may be resumed */
    const struct dane *dane; /* NULL: DNSSEC was not asked */
};
struct tls *tls_new(struct tls_context *context, const struct tls_wish *wish, struct err *err);
void tls_free(struct tls *t);                                /* NULL accepted; says nothing to the peer */
void tls_feed(struct tls *t, const char *bytes, size_t len); /* borrowed until tls_step wants input */
enum tls_event tls_step(struct tls *t, const char **bytes, size_t *len);
/* Encrypts, in records as large as possible. Only after TLS_READY. -1: the session is broken. */
int tls_write(struct tls *t, const char *bytes, size_t len);
void tls_shutdown(struct tls *t); /* writes close_notify, once */
struct buf *tls_wire(struct tls *t);
const char *tls_why(const struct tls *t);
/* The rest is for after TLS_READY. */
struct conn_tls_info tls_info(const struct tls *t); /* borrowed */
/* Until a certificate of the chain ends, a list of the revoked, or the proof of what must have one;
 * INT64_MAX: it does not matter. Of the wall clock, so ask again. */
int64_t tls_good_for_s(const struct tls *t);
/* There are lists of the revoked, which may change at any time. */
bool tls_has_lists(const struct tls *t);
/* The certificate looked at anew, with today's date and lists (RFC 6120 13.7.2.3). */
enum tls_verdict {
    TLS_STILL_GOOD,
    TLS_WANTS_PROOF,  /* it is good a while longer; a new handshake would bring a new proof. tls_why */
    TLS_GOOD_NO_MORE, /* tls_why */
};
enum tls_verdict tls_look_again(struct tls *t);
void tls_forget_tickets(struct tls *t); /* the next session is a new one (RFC 6120 4.9.3.16) */
bool tls_channel_binding(const struct tls *t, enum conn_binding kind, struct buf *out);

#endif
