/* SPDX-License-Identifier: MIT */
/*
 * The BIO under OpenSSL has no memory of its own: it reads from the slice that was fed and appends to the
 * context's wire. OpenSSL keeps a record that is cut, and with SSL_MODE_RELEASE_BUFFERS nothing else.
 *
 * The identity is checked inside the verification of the chain: a certificate for another name ends the
 * handshake with an alert, before our side of it (a client certificate, for one) is sent.
 */
#include "net/tls.h"

#include "base/mem.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/name.h"
#include "net/tls_binding.h"
#include "net/tls_context.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

struct tls {
    struct tls_context *context; /* borrowed */
    SSL *ssl;
    const char *in; /* what was fed and is not read yet */
    size_t in_len;
    char *domain;
    char *alpn; /* owned; the protocol we offered, NULL: none */
    char *why;  /* owned; NULL: nothing is wrong */
    bool ready, untrusted;
};

static void set_why(struct tls *t, const char *text) {
    mem_free(t->why);
    t->why = mem_strdup(text);
}

/* ---- the BIO ---- */

static int bio_read(BIO *bio, char *out, size_t cap, size_t *len) {
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (t->in_len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *len = cap < t->in_len ? cap : t->in_len;
    memcpy(out, t->in, *len);
    t->in += *len;
    t->in_len -= *len;
    return 1;
}

static int bio_write(BIO *bio, const char *bytes, size_t len, size_t *written) {
    struct tls *t = BIO_get_data(bio);
    buf_add(&t->context->wire, bytes, len);
    *written = len;
    return 1;
}

static long bio_ctrl(BIO *bio, int what, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_bio_method(void) {
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "couplet");
    if (m == NULL)
        return NULL;
    BIO_meth_set_read_ex(m, bio_read);
    BIO_meth_set_write_ex(m, bio_write);
    BIO_meth_set_ctrl(m, bio_ctrl);
    return m;
}

/* ---- the certificate ---- */

static void date_text(const ASN1_TIME *time, char out[32]) {
    struct tm tm;
    if (ASN1_TIME_to_tm(time, &tm) != 1)
        memset(&tm, 0, sizeof(tm));
    snprintf(out, 32, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* What is wrong with its dates; false: something else is wrong. whose: "" for the server's own. */
static bool date_trouble(X509 *c, int error, const char *whose, char *out, size_t cap) {
    char date[32];
    if (error == X509_V_ERR_CERT_HAS_EXPIRED)
        date_text(X509_get0_notAfter(c), date);
    else if (error == X509_V_ERR_CERT_NOT_YET_VALID)
        date_text(X509_get0_notBefore(c), date);
    else
        return false;
    snprintf(out, cap, "%s%s on %s", whose,
             error == X509_V_ERR_CERT_HAS_EXPIRED ? "expired" : "becomes valid only", date);
    return true;
}

static void describe_chain(struct tls *t, X509_STORE_CTX *store) {
    int error = X509_STORE_CTX_get_error(store);
    bool own = X509_STORE_CTX_get_error_depth(store) == 0;
    const char *file = t->context->ca_file;
    char what[128], text[512];
    X509 *c = X509_STORE_CTX_get_current_cert(store);
    if (c != NULL && date_trouble(c, error, own ? "" : "is not trusted: the certificate of its authority ",
                                  what, sizeof(what)))
        snprintf(text, sizeof(text), "%s", what);
    else if (file != NULL)
        snprintf(text, sizeof(text), "is not trusted: %s (tls.ca_file is %.200s)",
                 X509_verify_cert_error_string(error), file);
    else
        snprintf(text, sizeof(text),
                 "is not trusted: %s; set tls.ca_file to the certificate of its authority",
                 X509_verify_cert_error_string(error));
    set_why(t, text);
}

static void describe_names(struct tls *t, X509 *c) {
    char names[300], text[640];
    identity_names(c, names, sizeof(names));
    if (names[0] != '\0')
        snprintf(text, sizeof(text), "is for %s, not for %.255s", names, t->domain);
    else
        snprintf(text, sizeof(text), "is not for %.255s: it has no subjectAltName, and nothing else counts",
                 t->domain);
    set_why(t, text);
}

int tls_verify(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *t = SSL_get_app_data(ssl);
    (void)unused;
    t->untrusted = true;
    if (X509_verify_cert(store) <= 0) {
        describe_chain(t, store);
        return 0;
    }
    if (!identity_is_for(X509_STORE_CTX_get0_cert(store), t->domain)) {
        describe_names(t, X509_STORE_CTX_get0_cert(store));
        X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
        return 0;
    }
    t->untrusted = false;
    return 1;
}

/* ---- the session ---- */

/* No SNI for an address (RFC 6066 3). */
static int set_server_name(struct tls *t, struct err *err) {
    union address literal;
    if (address_parse(t->domain, 0, &literal))
        return 0;
    char *name = name_to_ascii(t->domain, err);
    if (name == NULL)
        return -1;
    SSL_set_tlsext_host_name(t->ssl, name);
    mem_free(name);
    return 0;
}

/* RFC 7301 3.1: a list of names, each behind its length; here of one. */
static void offer_alpn(struct tls *t) {
    unsigned char list[256];
    size_t len = t->alpn ? strlen(t->alpn) : 0;
    assert(len < sizeof(list));
    if (len == 0)
        return;
    list[0] = (unsigned char)len;
    memcpy(list + 1, t->alpn, len);
    SSL_set_alpn_protos(t->ssl, list, (unsigned)len + 1);
}

/* A server that knows nothing of ALPN will do. */
static bool is_alpn_good(struct tls *t) {
    const unsigned char *chosen;
    unsigned len;
    SSL_get0_alpn_selected(t->ssl, &chosen, &len);
    return len == 0 || (t->alpn != NULL && strlen(t->alpn) == len && memcmp(chosen, t->alpn, len) == 0);
}

static int set_up(struct tls *t, struct err *err) {
    BIO *bio;
    ERR_clear_error();
    if ((t->ssl = SSL_new(t->context->ssl)) == NULL || (bio = BIO_new(t->context->bio)) == NULL)
        return err_set(err, "cannot set up TLS: %s", tls_reason());
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_app_data(t->ssl, t);
    SSL_set_connect_state(t->ssl);
    offer_alpn(t);
    return set_server_name(t, err);
}

struct tls *tls_new(struct tls_context *context, const char *domain, const char *alpn, struct err *err) {
    struct tls *t = mem_new(struct tls);
    t->context = context;
    t->domain = mem_strdup(domain);
    t->alpn = mem_strdup(alpn);
    if (set_up(t, err) == 0)
        return t;
    tls_free(t);
    return NULL;
}

void tls_free(struct tls *t) {
    if (t == NULL)
        return;
    SSL_free(t->ssl);
    mem_free(t->domain);
    mem_free(t->alpn);
    mem_free(t->why);
    mem_free(t);
}

void tls_feed(struct tls *t, const char *bytes, size_t len) {
    assert(t->in_len == 0 && buf_len(&t->context->wire) == 0);
    t->in = bytes;
    t->in_len = len;
}

static enum tls_event trouble(struct tls *t, int rc) {
    switch (SSL_get_error(t->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        break;
    }
    t->in_len = 0;
    if (t->untrusted) {
        ERR_clear_error();
        return TLS_UNTRUSTED;
    }
    set_why(t, tls_reason());
    return TLS_FAILED;
}

static enum tls_event handshake(struct tls *t) {
    int rc = SSL_do_handshake(t->ssl);
    if (rc != 1)
        return trouble(t, rc);
    if (is_alpn_good(t)) {
        t->ready = true;
        return TLS_READY;
    }
    t->in_len = 0;
    set_why(t, "the server chose another protocol than the one that was asked for (ALPN)");
    return TLS_FAILED;
}

enum tls_event tls_step(struct tls *t, const char **bytes, size_t *len) {
    ERR_clear_error();
    if (!t->ready)
        return handshake(t);
    int rc = SSL_read_ex(t->ssl, t->context->plain, sizeof(t->context->plain), len);
    *bytes = t->context->plain;
    return rc == 1 ? TLS_DATA : trouble(t, rc);
}

int tls_write(struct tls *t, const char *bytes, size_t len) {
    size_t written;
    assert(t->ready && buf_len(&t->context->wire) == 0);
    ERR_clear_error();
    if (len == 0 || SSL_write_ex(t->ssl, bytes, len, &written) == 1)
        return 0;
    set_why(t, tls_reason());
    return -1;
}

void tls_shutdown(struct tls *t) {
    ERR_clear_error();
    if (t->ready && (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN) == 0)
        SSL_shutdown(t->ssl);
    ERR_clear_error();
}

struct buf *tls_wire(struct tls *t) {
    return &t->context->wire;
}

const char *tls_why(const struct tls *t) {
    return t->why ? t->why : "";
}

struct conn_tls_info tls_info(const struct tls *t) {
    const unsigned char *chosen;
    unsigned len;
    SSL_get0_alpn_selected(t->ssl, &chosen, &len);
    return (struct conn_tls_info){.version = SSL_get_version(t->ssl),
                                  .cipher = SSL_get_cipher_name(t->ssl),
                                  .alpn = len > 0 ? t->alpn : NULL};
}

bool tls_channel_binding(const struct tls *t, enum conn_binding kind, struct buf *out) {
    ERR_clear_error();
    bool has = tls_binding(t->ssl, kind, out);
    ERR_clear_error();
    return has;
}
