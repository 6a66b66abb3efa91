/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL keeps the words of its errors in a table that it fills at the start: 160 KiB, and nearly every
 * process never says one of them. So it is told to leave that, and what we may have to say is filled in at
 * the first error. It takes no more than that the flag comes before anything else of OpenSSL's.
 *
 * The names are those of before OpenSSL 3, where the one call for all of them does nothing after the flag.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "net/tls_context.h"

#include <openssl/cryptoerr_legacy.h>
#include <openssl/err.h>
#include <openssl/sslerr_legacy.h>
#include <string.h>

void tls_without_words(void) {
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_LOAD_SSL_STRINGS, NULL);
}

/* Each looks first whether it was done. */
static void load_words(void) {
    ERR_load_SSL_strings();
    ERR_load_X509_strings();
    ERR_load_X509V3_strings();
    ERR_load_PEM_strings();
    ERR_load_ASN1_strings();
    ERR_load_EVP_strings();
    ERR_load_BIO_strings();
    ERR_load_EC_strings();
    ERR_load_RSA_strings();
    ERR_load_OSSL_STORE_strings();
}

const char *tls_reason(void) {
    unsigned long e = ERR_peek_last_error();
    const char *text = "no reason given";
    if (e != 0 && ERR_SYSTEM_ERROR(e)) {
        text = strerror((int)ERR_GET_REASON(e));
    } else if (e != 0) {
        load_words();
        text = ERR_reason_error_string(e);
    }
    ERR_clear_error();
    return text ? text : "unknown error";
}
