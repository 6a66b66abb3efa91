/* SPDX-License-Identifier: MIT */
/*
 * staple: what authorities say of certificates, for tests: answers of OCSP, which a server staples, and lists
 * of the revoked.
 *
 *   struct staple s = staple_make(&(struct staple_wish){.until_s = 3600}, &leaf, &ca);
 *   staple_to(&s, server);                         // from now on the server shows it
 *   list_save(&(struct list_wish){.revoked = leaf.x509}, &ca, path);
 */
#ifndef COUPLET_SPEC_STAPLE_H
#define COUPLET_SPEC_STAPLE_H

#include "certs.h"

#include <openssl/ocsp.h>
#include <openssl/ssl.h>

struct staple {
    unsigned char *der;
    int len;
};

struct staple_wish {
    int status;                /* V_OCSP_CERTSTATUS_…; 0: good */
    int reason;                /* when it is revoked */
    long from_s, until_s;      /* of now; until_s 0: it has no end */
    const struct cert *signer; /* NULL: the authority */
    bool shows_signer;         /* its certificate is in the answer */
    const char *id_hash;       /* by which the certificate is named; NULL: SHA1 */
    const char *hash;          /* of the signature; NULL: SHA256 */
    int error;                 /* of the whole answer, OCSP_RESPONSE_STATUS_…; 0: none */
};

static inline struct staple staple_wrap(OCSP_BASICRESP *basic, int error) {
    struct staple s = {NULL, 0};
    OCSP_RESPONSE *whole = OCSP_response_create(error, basic);
    s.len = i2d_OCSP_RESPONSE(whole, &s.der);
    OCSP_RESPONSE_free(whole);
    return s;
}

static inline struct staple staple_make(const struct staple_wish *w, const struct cert *c,
                                        const struct cert *authority) {
    const struct cert *signer = w->signer ? w->signer : authority;
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id =
        OCSP_cert_to_id(EVP_get_digestbyname(w->id_hash ? w->id_hash : "SHA1"), c->x509, authority->x509);
    bool revoked = w->status == V_OCSP_CERTSTATUS_REVOKED;
    ASN1_TIME *from = X509_gmtime_adj(NULL, w->from_s ? w->from_s : -60);
    ASN1_TIME *until = w->until_s ? X509_gmtime_adj(NULL, w->until_s) : NULL;
    ASN1_TIME *since = revoked ? ASN1_TIME_set(NULL, 1700000000) : NULL; /* 2023-11-14 */
    OCSP_basic_add1_status(basic, id, w->status, w->reason, since, from, until);
    OCSP_basic_sign(basic, signer->x509, signer->key, EVP_get_digestbyname(w->hash ? w->hash : "SHA256"),
                    NULL, w->shows_signer ? 0 : OCSP_NOCERTS);
    struct staple s = staple_wrap(w->error ? NULL : basic, w->error);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    ASN1_TIME_free(since);
    OCSP_CERTID_free(id);
    OCSP_BASICRESP_free(basic);
    return s;
}

static inline void staple_finish(struct staple *s) {
    OPENSSL_free(s->der);
}

static inline int staple_show(SSL *ssl, void *arg) {
    const struct staple *s = arg;
    if (s->len == 0)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup(s->der, (size_t)s->len), s->len);
    return SSL_TLSEXT_ERR_OK;
}

/* s: borrowed for as long as the server. */
static inline void staple_to(struct staple *s, SSL_CTX *server) {
    SSL_CTX_set_tlsext_status_cb(server, staple_show);
    SSL_CTX_set_tlsext_status_arg(server, s);
}

/* ---- lists ---- */

struct list_wish {
    X509 *revoked;        /* borrowed; NULL: the list is empty */
    int reason;           /* -1: none is said */
    long from_s, until_s; /* of now; 0, 0: from an hour ago, for a day */
    EVP_PKEY *key;        /* that signs; NULL: the authority's */
    bool is_added;        /* to the end of the file */
};

static inline void list_revoke(X509_CRL *list, X509 *c, int reason) {
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *since = ASN1_TIME_set(NULL, 1700000000);
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(c));
    X509_REVOKED_set_revocationDate(entry, since);
    if (reason >= 0) {
        ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();
        ASN1_ENUMERATED_set(value, reason);
        X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0);
        ASN1_ENUMERATED_free(value);
    }
    X509_CRL_add0_revoked(list, entry);
    ASN1_TIME_free(since);
}

static inline X509_CRL *list_make(const struct list_wish *w, const struct cert *authority) {
    X509_CRL *list = X509_CRL_new();
    bool dated = w->from_s || w->until_s;
    ASN1_TIME *from = X509_gmtime_adj(NULL, dated ? w->from_s : -3600);
    ASN1_TIME *until = X509_gmtime_adj(NULL, dated ? w->until_s : 86400);
    X509_CRL_set_version(list, 1);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(authority->x509));
    X509_CRL_set1_lastUpdate(list, from);
    X509_CRL_set1_nextUpdate(list, until);
    if (w->revoked != NULL)
        list_revoke(list, w->revoked, w->reason);
    X509_CRL_sort(list);
    X509_CRL_sign(list, w->key ? w->key : authority->key, EVP_sha256());
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return list;
}

/* As a good neighbour does it: the file is whole at any moment. */
static inline void list_save(const struct list_wish *w, const struct cert *authority, const char *path) {
    char beside[200];
    X509_CRL *list = list_make(w, authority);
    snprintf(beside, sizeof(beside), "%s.new", path);
    FILE *f = fopen(w->is_added ? path : beside, w->is_added ? "a" : "w");
    PEM_write_X509_CRL(f, list);
    fclose(f);
    if (!w->is_added)
        rename(beside, path);
    X509_CRL_free(list);
}

#endif
