/* SPDX-License-Identifier: MIT */
/* tls_words: what is wrong with a certificate, for people. Each text goes on after "the certificate of …".
 * For tls*.c only. */
#ifndef COUPLET_NET_TLS_WORDS_H
#define COUPLET_NET_TLS_WORDS_H

#include <openssl/x509.h>
#include <stdbool.h>

enum { TLS_WORDS_LEN = 800, TLS_WORDS_NAME_LEN = 160 };

/* The error that X509_verify_cert left in the store. ca_file: of the settings, NULL: none. Returns out. */
const char *tls_words_chain(X509_STORE_CTX *store, const char *ca_file, char out[TLS_WORDS_LEN]);
/* The same, where TLSA records say what it must be. */
const char *tls_words_tlsa(X509_STORE_CTX *store, char out[TLS_WORDS_LEN]);
const char *tls_words_names(X509 *c, const char *domain, bool limited, char out[TLS_WORDS_LEN]);
/* hash: of the key, which is not pinned. */
/* What an error of OpenSSL's queue that ended a session means, as " (…)"; "" where its own words say it. */
const char *tls_words_broken(unsigned long error);
const char *tls_words_pin(const unsigned char hash[32], char out[TLS_WORDS_LEN]);
/* Appends to what is wrong with a chain that its key is not pinned either. */
const char *tls_words_add_pin(const unsigned char hash[32], char out[TLS_WORDS_LEN]);

/* tls_words_listed.c */
/* Is the error about lists of the revoked, or that the certificate is on one? */
bool tls_words_is_revocation(int error);
/* Such an error. list: of the authority of the certificate that it is about; NULL: there is none. */
const char *tls_words_listed(X509_STORE_CTX *store, X509_CRL *list, char out[TLS_WORDS_LEN]);
/* authority: whose certificate it is, NULL: the server's. reason: as in RFC 5280 5.3.1; -1: none. */
const char *tls_words_revoked(const X509_NAME *authority, const ASN1_TIME *since, int reason,
                              char out[TLS_WORDS_LEN]);

/* tls_words.c, for the other one: "2026-11-21"; a name as in RFC 2253, which escapes what is not ASCII. */
void tls_words_date(const ASN1_TIME *time, char out[TLS_WORDS_NAME_LEN]);
void tls_words_name(const X509_NAME *name, char out[TLS_WORDS_NAME_LEN]);

#endif
