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

struct cert {
    X509 *x509;
    EVP_PKEY *key;
};

struct cert_wish {
    const char *name;     /* common name */
    const char *alt;      /* subjectAltName in OpenSSL's notation; NULL: none */
    bool is_ca;           /* CA:TRUE, else CA:FALSE */
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

/* issuer NULL: signed by itself. */
static inline struct cert cert_make(const struct cert_wish *w, const struct cert *issuer) {
    static long serial;
    struct cert c = {X509_new(), EVP_EC_gen("P-256")};
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
    X509_sign(c.x509, issuer ? issuer->key : c.key, EVP_sha256());
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
