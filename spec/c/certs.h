/* SPDX-License-Identifier: MIT */
/*
 * certs: certificates for tests, made on the spot. P-256 keys, since they are quick to make.
 *
 *   struct cert ca = cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true}, NULL);
 *   struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &ca);
 */
#ifndef COUPLET_SPEC_CERTS_H
#define COUPLET_SPEC_CERTS_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cert {
    X509 *x509;
    EVP_PKEY *key;
};

struct cert_wish {
    const char *name;     /* common name */
    const char *alt;      /* subjectAltName in OpenSSL's notation; NULL: none */
    bool is_ca;           /* CA:TRUE, else CA:FALSE */
    const char *key;      /* "RSA:2048", "ED25519"; NULL: P-256 */
    const char *hash;     /* of the signature; NULL: SHA256 */
    const char *usage;    /* extendedKeyUsage; NULL: none */
    const char *limits;   /* nameConstraints; NULL: none */
    const char *features; /* TLS feature, "status_request" for must-staple; NULL: none */
    long from_s, until_s; /* of now; 0, 0: from an hour ago, for a day */
};

static inline void cert_extend(X509 *x, X509 *issuer, int nid, const char *value) {
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (e == NULL) {
        printf("# bad extension %s\n", value);
        return;
    }
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
}

static inline EVP_PKEY *cert_key(const char *kind) {
    if (kind == NULL)
        return EVP_EC_gen("P-256");
    if (strncmp(kind, "RSA:", 4) == 0)
        return EVP_RSA_gen((unsigned)atoi(kind + 4));
    return EVP_PKEY_Q_keygen(NULL, NULL, kind);
}

static inline void cert_sign(X509 *x, EVP_PKEY *key, const char *hash) {
    bool own = EVP_PKEY_get_id(key) == EVP_PKEY_ED25519; /* has no choice of a hash */
    X509_sign(x, key, own ? NULL : EVP_get_digestbyname(hash ? hash : "SHA256"));
}

/* issuer NULL: signed by itself. */
static inline struct cert cert_make(const struct cert_wish *w, const struct cert *issuer) {
    static long serial;
    struct cert c = {X509_new(), cert_key(w->key)};
    X509_NAME *name = X509_get_subject_name(c.x509);
    X509_set_version(c.x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c.x509), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(c.x509), w->from_s || w->until_s ? w->from_s : -3600);
    X509_gmtime_adj(X509_getm_notAfter(c.x509), w->from_s || w->until_s ? w->until_s : 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)w->name, -1, -1, 0);
    X509_set_issuer_name(c.x509, issuer ? X509_get_subject_name(issuer->x509) : name);
    X509_set_pubkey(c.x509, c.key);
    cert_extend(c.x509, c.x509, NID_basic_constraints, w->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    if (w->alt != NULL)
        cert_extend(c.x509, c.x509, NID_subject_alt_name, w->alt);
    if (w->usage != NULL)
        cert_extend(c.x509, c.x509, NID_ext_key_usage, w->usage);
    if (w->limits != NULL)
        cert_extend(c.x509, c.x509, NID_name_constraints, w->limits);
    if (w->features != NULL)
        cert_extend(c.x509, c.x509, NID_tlsfeature, w->features);
    cert_sign(c.x509, issuer ? issuer->key : c.key, w->hash);
    return c;
}

static inline void cert_finish(struct cert *c) {
    X509_free(c->x509);
    EVP_PKEY_free(c->key);
}

/* Certificate and key in one PEM file. */
static inline void cert_save(const struct cert *c, const char *path) {
    FILE *f = fopen(path, "w");
    PEM_write_X509(f, c->x509);
    PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
}

#endif
