/* SPDX-License-Identifier: MIT */
/*
 * tls_lists: lists of what authorities have revoked (CRL, RFC 5280 5), of the file tls.crl_file. With lists,
 * every authority of a chain must have one that is of today; only what is trusted by itself, the anchor,
 * needs none that says so. The file is read again when it has changed. For tls*.c only.
 */
#ifndef COUPLET_NET_TLS_LISTS_H
#define COUPLET_NET_TLS_LISTS_H

#include "base/err.h"

#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

struct tls_lists { /* zeroed: no file, and nothing is looked up */
    char *file;    /* owned */
    STACK_OF(X509_CRL) * list;
    struct stat seen; /* the file, when it was last read, or tried to be */
    unsigned round;   /* goes up whenever there are other lists */
    char *trouble;    /* owned; why the lists are older than the file; NULL: they are not */
};

/* Reads the file, which must hold one list at least, PEM. -1: the reason. */
int tls_lists_open(struct tls_lists *l, const char *file, struct err *err);
void tls_lists_finish(struct tls_lists *l);
/* Reads the file again if it has changed. A file that will not do leaves the lists that were there, which end
 * by their own dates. */
void tls_lists_refresh(struct tls_lists *l);
/* What verifies this chain looks its certificates up, too. */
void tls_lists_use(const struct tls_lists *l, X509_STORE_CTX *store);
/* The list that this certificate is on, else the newest one of its authority. NULL: there is none. Borrowed.
 */
X509_CRL *tls_lists_find(const struct tls_lists *l, X509 *c);
/* When the first of the lists ends that speak of this chain; `most`: none does before that. */
time_t tls_lists_end(const struct tls_lists *l, STACK_OF(X509) * chain, time_t most);

#endif
