/* SPDX-License-Identifier: MIT */
/*
 * tls_tickets: sessions that may be resumed (RFC 8446 2.2, RFC 5077), in memory, of one context. A ticket
 * belongs to the key it was put under: the domain whose certificate was verified, and the port. So a session
 * is only ever resumed for the name, and under the trust settings, that it was verified for. None is used for
 * longer than a day, nor after the end of its certificates. For tls*.c only.
 */
#ifndef COUPLET_NET_TLS_TICKETS_H
#define COUPLET_NET_TLS_TICKETS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct ticket {
    char *key;
    SSL_SESSION *session; /* NULL: none is kept under this key */
    time_t good_until;    /* of the certificates */
    time_t usable_till;   /* of the ticket */
};

enum { TICKETS_MOST = 64, TICKETS_OF_KEY = 8, TICKET_S = 86400 };

struct tickets { /* zeroed at first; the oldest first */
    struct ticket *list;
    size_t count;
};

/* session: copied. Old ones go where there are too many. */
void tickets_put(struct tickets *t, const char *key, SSL_SESSION *session, time_t good_until, time_t now);
/* The newest of this key that is still good: now the caller's, as session_out is (SSL_SESSION_free). False:
 * there is none. A ticket is used once (RFC 8446 C.4). */
bool tickets_take(struct tickets *t, const char *key, time_t now, SSL_SESSION **session_out,
                  time_t *good_until);
/* A server tripped over one: for a day none is kept under this key. */
void tickets_shun(struct tickets *t, const char *key, time_t now);
void tickets_forget(struct tickets *t, const char *key);
void tickets_finish(struct tickets *t);

#endif
