/* SPDX-License-Identifier: MIT */
/*
 * The identity is checked inside the verification of the chain: a certificate for another name ends the
 * handshake with an alert, before our side of it (a client certificate, for one) is sent.
 *
 * Chain, dates, purpose, name constraints and the strength of keys and hashes are OpenSSL's. What it finds is
 * said in words that tell what to do (tls_words.c).
 */
#include "net/tls_trust.h"

#include "net/identity.h"
#include "net/tls_dane.h"
#include "net/tls_internal.h"
#include "net/tls_status.h"
#include "net/tls_words.h"

#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { SECURITY_BITS = 112 }; /* RSA with 2048 bits (RFC 9325 4.5) */

static void spki_hash(X509 *c, unsigned char out[TLS_PIN_LEN]) {
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c), &der);
    memset(out, 0, TLS_PIN_LEN);
    if (len > 0)
        SHA256(der, (size_t)len, out);
    OPENSSL_free(der);
}

static bool is_pinned(const struct tls_context *context, X509 *c) {
    unsigned char hash[TLS_PIN_LEN];
    spki_hash(c, hash);
    for (size_t i = 0; i < context->pin_count; i++)
        if (memcmp(context->pins[i], hash, TLS_PIN_LEN) == 0)
            return true;
    return false;
}

static bool has_pinned(const struct tls_context *context, X509_STORE_CTX *store) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
    for (int i = 0; i < sk_X509_num(chain); i++)
        if (is_pinned(context, sk_X509_value(chain, i)))
            return true;
    return false;
}

static bool is_limited(X509_STORE_CTX *store) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
    for (int i = 1; i < sk_X509_num(chain); i++)
        if (X509_get_ext_by_NID(sk_X509_value(chain, i), NID_name_constraints, -1) >= 0)
            return true;
    return false;
}

static time_t end_of(X509 *c) {
    struct tm tm;
    return ASN1_TIME_to_tm(X509_get0_notAfter(c), &tm) == 1 ? timegm(&tm) : 0;
}

static time_t end_of_chain(X509_STORE_CTX *store) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
    time_t end = TLS_FOR_EVER;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        time_t one = end_of(sk_X509_value(chain, i));
        end = one < end ? one : end;
    }
    return end;
}

/* false: why is set. */
static bool refuse(struct tls *t, X509_STORE_CTX *store, int error, const char *text) {
    X509_STORE_CTX_set_error(store, error);
    tls_set_why(t, text);
    return false;
}

/* Of a chain that is no good. Where a pinned key would have been enough, that it was not is told too. */
static bool refuse_chain(struct tls *t, X509_STORE_CTX *store, X509 *leaf) {
    char text[TLS_WORDS_LEN];
    unsigned char hash[TLS_PIN_LEN];
    if (tls_words_is_revocation(X509_STORE_CTX_get_error(store)))
        tls_words_listed(store, tls_lists_find(&t->context->lists, X509_STORE_CTX_get_current_cert(store)),
                         text);
    else if (t->has_tlsa)
        tls_words_tlsa(store, text);
    else
        tls_words_chain(store, t->context->ca_file, text);
    if (t->context->pin_count > 0 && t->context->ca_file == NULL) {
        spki_hash(leaf, hash);
        tls_words_add_pin(hash, text);
    }
    return refuse(t, store, X509_STORE_CTX_get_error(store), text);
}

static bool is_named(const struct tls *t, X509 *leaf, bool limited) {
    return identity_is_for(leaf, t->domain, limited) ||
           (t->host != NULL && identity_is_for(leaf, t->host, limited));
}

/* The key itself was named: neither authorities nor names nor dates say anything about it. */
static bool is_key_good(struct tls *t, X509_STORE_CTX *store, X509 *leaf) {
    if (EVP_PKEY_get_security_bits(X509_get0_pubkey(leaf)) < SECURITY_BITS)
        return refuse(t, store, X509_V_ERR_EE_KEY_TOO_SMALL, "is not trusted: its key is too short");
    X509_STORE_CTX_set_error(store, X509_V_OK);
    t->good_until = TLS_FOR_EVER;
    t->by_chain = t->demands_proof = false;
    return true;
}

/* The proof itself comes later in the handshake (tls_status.c), and is the one of then afterwards. */
static void note_ends(struct tls *t, X509_STORE_CTX *store) {
    time_t end = end_of_chain(store);
    t->by_chain = true;
    t->demands_proof = tls_status_is_demanded(store);
    t->good_until = tls_lists_end(&t->context->lists, X509_STORE_CTX_get0_chain(store), end);
    if (t->ready && t->demands_proof && t->proof_until < t->good_until)
        t->good_until = t->proof_until;
}

static bool is_chain_good(struct tls *t, X509_STORE_CTX *store, X509 *leaf) {
    char text[TLS_WORDS_LEN];
    unsigned char hash[TLS_PIN_LEN];
    tls_lists_use(&t->context->lists, store);
    if (X509_verify_cert(store) <= 0)
        return refuse_chain(t, store, leaf);
    bool is_own = tls_dane_is_own(t);
    bool limited = is_limited(store);
    if (!is_own && !is_named(t, leaf, limited))
        return refuse(t, store, X509_V_ERR_HOSTNAME_MISMATCH,
                      tls_words_names(leaf, t->domain, limited, text));
    if (t->context->pin_count > 0 && !has_pinned(t->context, store)) {
        spki_hash(leaf, hash);
        return refuse(t, store, X509_V_ERR_APPLICATION_VERIFICATION, tls_words_pin(hash, text));
    }
    note_ends(t, store);
    return !is_own || is_key_good(t, store, leaf);
}

static bool is_good(struct tls *t, X509_STORE_CTX *store) {
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    if (t->context->ca_file == NULL && is_pinned(t->context, leaf))
        return is_key_good(t, store, leaf);
    return is_chain_good(t, store, leaf);
}

int tls_verify(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *t = SSL_get_app_data(ssl);
    (void)unused;
    t->untrusted = !is_good(t, store);
    return !t->untrusted;
}

bool tls_verify_again(struct tls *t) {
    X509_STORE_CTX *store = X509_STORE_CTX_new();
    X509 *leaf = SSL_get0_peer_certificate(t->ssl);
    X509_STORE *anchors = SSL_CTX_get_cert_store(t->context->ssl);
    bool good = false;
    if (store == NULL || X509_STORE_CTX_init(store, anchors, leaf, SSL_get_peer_cert_chain(t->ssl)) != 1) {
        tls_set_why(t, "cannot be verified again");
    } else { /* as OpenSSL does in a handshake */
        X509_STORE_CTX_set_default(store, "ssl_server");
        X509_STORE_CTX_set0_dane(store, SSL_get0_dane(t->ssl));
        X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(store), SSL_get0_param(t->ssl));
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(store), SSL_get_security_level(t->ssl));
        good = is_good(t, store);
    }
    X509_STORE_CTX_free(store);
    return good;
}
