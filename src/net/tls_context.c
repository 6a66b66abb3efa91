/* SPDX-License-Identifier: MIT */
/*
 * Settings that every session has: TLS 1.2 at least, forward secrecy and authenticated encryption only (RFC
 * 9325 4.2), no compression, no renegotiation, no early data, keys of 112 bits of security at least, and a
 * certificate that must verify. Tickets are kept by us, not by OpenSSL (tls_tickets.h).
 *
 * Trust: tls.ca_file alone where it is given (RFC 6120 13.6); else the system's directory of hashed
 * certificates, in which OpenSSL looks up the one it needs. The bundle file, which takes 15 ms to load, is
 * only read where there is no such directory, or where SSL_CERT_FILE names it.
 */
#include "net/conn.h"
#include "net/tls_context.h"
#include "net/tls_status.h"
#include "net/tls_trust.h"

#include "base/mem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECURITY_LEVEL = 2 }; /* OpenSSL's: no RSA below 2048 bits, no SHA-1 in signatures */
enum { CHAIN_MOST = 10 };    /* authorities between the server and the anchor */

static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

static bool has_directory(void) {
    const char *named = getenv(X509_get_default_cert_dir_env());
    return access(named ? named : X509_get_default_cert_dir(), R_OK | X_OK) == 0;
}

static void trust_system(SSL_CTX *ssl) {
    bool directory = has_directory();
    if (directory)
        SSL_CTX_set_default_verify_dir(ssl);
    if (!directory || getenv(X509_get_default_cert_file_env()) != NULL)
        SSL_CTX_set_default_verify_file(ssl);
    ERR_clear_error(); /* no anchors at all: every certificate will say so */
}

/* Any certificate in the file is an anchor, an intermediate or the server's own too. */
static int trust_file(SSL_CTX *ssl, const char *file, struct err *err) {
    if (access(file, R_OK) != 0)
        return err_set(err, "tls.ca_file %s: %s", file, strerror(errno));
    if (SSL_CTX_load_verify_file(ssl, file) != 1)
        return err_set(err, "tls.ca_file %s holds no certificate in PEM form (%s)", file, tls_reason());
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl), X509_V_FLAG_PARTIAL_CHAIN);
    return 0;
}

/* Nobody is asked for a passphrase at the terminal; that it was wanted is noted. */
static int no_passphrase(char *out, int cap, int writing, void *asked) {
    (void)out, (void)cap, (void)writing;
    *(bool *)asked = true;
    return -1;
}

static int read_key(const char *file, EVP_PKEY **key, struct err *err) {
    bool asked = false;
    errno = 0;
    BIO *bio = BIO_new_file(file, "r");
    if (bio == NULL) {
        ERR_clear_error();
        return err_set(err, "tls.key %s: %s", file, strerror(errno));
    }
    *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
    BIO_free(bio);
    if (asked)
        return err_set(
            err,
            "tls.key %s is locked with a passphrase, which nobody is there to type; store it without "
            "one (openssl pkey -in %s -out NEW) where only the bot can read it",
            file, file);
    if (*key == NULL)
        return err_set(err, "tls.key %s holds no private key in PEM form (%s)", file, tls_reason());
    return 0;
}

static int refuse_certificate(const char *file, struct err *err) {
    if (ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_PEM) { /* or else what is in it */
        ERR_clear_error();
        return err_set(err, "tls.certificate %s holds no certificate in PEM form", file);
    }
    return err_set(err, "tls.certificate %s cannot be used: %s", file, tls_reason());
}

static int use_certificate(SSL_CTX *ssl, const struct tls_options *o, enum tls_part *part, struct err *err) {
    const char *file = o->key ? o->key : o->certificate;
    EVP_PKEY *key = NULL;
    if (o->certificate == NULL)
        return 0;
    *part = TLS_PART_CERTIFICATE;
    if (access(o->certificate, R_OK) != 0)
        return err_set(err, "tls.certificate %s: %s", o->certificate, strerror(errno));
    if (SSL_CTX_use_certificate_chain_file(ssl, o->certificate) != 1)
        return refuse_certificate(o->certificate, err);
    *part = TLS_PART_KEY;
    if (read_key(file, &key, err) != 0)
        return -1;
    bool fits = SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;
    EVP_PKEY_free(key);
    ERR_clear_error();
    return fits ? 0
                : err_set(err, "tls.key %s is not the key of the certificate in %s", file, o->certificate);
}

static int set_up(struct tls_context *t, const struct tls_options *o, enum tls_part *part, struct err *err) {
    if (t->ssl == NULL || t->bio == NULL)
        return err_set(err, "cannot set up TLS: %s", tls_reason());
    SSL_CTX_set_min_proto_version(t->ssl, o->min_version ? o->min_version : TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(t->ssl, ciphers);
    SSL_CTX_set_options(t->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(t->ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(t->ssl, tls_keep_session);
    if (SSL_CTX_get_security_level(t->ssl) < SECURITY_LEVEL)
        SSL_CTX_set_security_level(t->ssl, SECURITY_LEVEL);
    SSL_CTX_set_mode(t->ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(t->ssl, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_verify_depth(t->ssl, CHAIN_MOST);
    SSL_CTX_set_cert_verify_callback(t->ssl, tls_verify, NULL);
    tls_status_ask(t->ssl);
    if (use_certificate(t->ssl, o, part, err) != 0)
        return -1;
    *part = TLS_PART_CRL_FILE;
    if (o->crl_file != NULL && tls_lists_open(&t->lists, o->crl_file, err) != 0)
        return -1;
    *part = TLS_PART_CA_FILE;
    if (o->ca_file != NULL)
        return trust_file(t->ssl, o->ca_file, err);
    trust_system(t->ssl);
    return 0;
}

struct tls_context *tls_context_new(const struct tls_options *options, enum tls_part *part, struct err *err) {
    enum tls_part unused;
    struct tls_context *t = mem_new(struct tls_context);
    tls_without_words();
    ERR_clear_error();
    t->ssl = SSL_CTX_new(TLS_client_method());
    t->bio = tls_bio_method();
    t->ca_file = mem_strdup(options->ca_file);
    t->pin_count = options->pin_count;
    t->pins = mem_array(NULL, options->pin_count, TLS_PIN_LEN);
    if (options->pin_count > 0)
        memcpy(t->pins, options->pins, options->pin_count * TLS_PIN_LEN);
    if (set_up(t, options, part ? part : &unused, err) == 0)
        return t;
    tls_context_free(t);
    return NULL;
}

void tls_context_free(struct tls_context *t) {
    if (t == NULL)
        return;
    tickets_finish(&t->tickets);
    tls_lists_finish(&t->lists);
    SSL_CTX_free(t->ssl);
    BIO_meth_free(t->bio);
    buf_finish(&t->wire);
    mem_free(t->ca_file);
    mem_free(t->pins);
    mem_free(t);
}
