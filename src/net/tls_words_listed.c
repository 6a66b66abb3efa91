/* SPDX-License-Identifier: MIT */
/*
 * What lists of the revoked (tls.crl_file) and proofs of the contrary (OCSP) say of a certificate, for
 * people; and what keeps it from being looked up: whose list is missing or old, and what to do.
 */
#include "net/tls_words.h"

#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum fill { ISSUER, LIST_END, LIST_BEGIN }; /* what stands for %s */

/* What keeps a certificate from being looked up among the revoked ones. */
static const struct row {
    int error;
    enum fill fill;
    const char *text;
} rows[] = {
    {X509_V_ERR_UNABLE_TO_GET_CRL, ISSUER,
     "tls.crl_file has no list of what its authority, %s, has revoked; that list (CRL) must be in there, as "
     "PEM"},
    {X509_V_ERR_CRL_HAS_EXPIRED, LIST_END,
     "the list of what its authority has revoked is out of date in tls.crl_file, %s; a new one must be put "
     "there"},
    {X509_V_ERR_CRL_NOT_YET_VALID, LIST_BEGIN,
     "the list in tls.crl_file of what its authority has revoked begins later, %s; is the clock of this "
     "machine right?"},
    {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, ISSUER,
     "the list in tls.crl_file is not of its authority, %s, but of another one of that name"},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, ISSUER,
     "the list in tls.crl_file that bears the name of its authority, %s, is forged, or of another of "
     "that name"},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, ISSUER,
     "the list in tls.crl_file that bears the name of its authority, %s, has a damaged signature"},
    {X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, ISSUER,
     "its authority, %s, may not issue lists of what it has revoked (keyUsage), such as the one in "
     "tls.crl_file"},
    {X509_V_ERR_DIFFERENT_CRL_SCOPE, ISSUER,
     "the list in tls.crl_file of its authority, %s, is not about such certificates; the one that is must be "
     "in there"},
    {X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, ISSUER,
     "the list in tls.crl_file of its authority, %s, has a critical extension that is not known here"},
};

static const struct row *find(int error) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].error == error)
            return &rows[i];
    return NULL;
}

bool tls_words_is_revocation(int error) {
    return error == X509_V_ERR_CERT_REVOKED || find(error) != NULL;
}

/* ---- revoked ---- */

const char *tls_words_revoked(const X509_NAME *authority, const ASN1_TIME *since, int reason,
                              char out[TLS_WORDS_LEN]) {
    char date[TLS_WORDS_NAME_LEN], name[TLS_WORDS_NAME_LEN] = "";
    tls_words_date(since, date);
    if (authority != NULL)
        tls_words_name(authority, name);
    snprintf(out, TLS_WORDS_LEN, "is not trusted: %s%s%s was revoked on %s%s%s%s",
             authority ? "the certificate of its authority, " : "it", name, authority ? "," : "", date,
             reason > 0 ? " (" : "", reason > 0 ? OCSP_crl_reason_str(reason) : "", reason > 0 ? ")" : "");
    return out;
}

static int reason_of(X509_REVOKED *entry) {
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    int value = reason != NULL ? (int)ASN1_ENUMERATED_get(reason) : -1;
    ASN1_ENUMERATED_free(reason);
    return value;
}

static const char *revoked_text(X509_STORE_CTX *store, X509_CRL *list, char out[TLS_WORDS_LEN]) {
    X509 *c = X509_STORE_CTX_get_current_cert(store);
    bool is_own = X509_STORE_CTX_get_error_depth(store) == 0;
    X509_REVOKED *entry = NULL;
    if (list != NULL)
        X509_CRL_get0_by_cert(list, &entry, c);
    if (entry == NULL)
        snprintf(out, TLS_WORDS_LEN, "is not trusted: it was revoked");
    else
        tls_words_revoked(is_own ? NULL : X509_get_subject_name(c), X509_REVOKED_get0_revocationDate(entry),
                          reason_of(entry), out);
    return out;
}

/* ---- not to be looked up ---- */

static void list_text(enum fill fill, const X509_CRL *list, char out[TLS_WORDS_NAME_LEN]) {
    char name[TLS_WORDS_NAME_LEN], date[TLS_WORDS_NAME_LEN];
    bool is_end = fill == LIST_END;
    tls_words_name(X509_CRL_get_issuer(list), name);
    tls_words_date(is_end ? X509_CRL_get0_nextUpdate(list) : X509_CRL_get0_lastUpdate(list), date);
    snprintf(out, TLS_WORDS_NAME_LEN, "%.120s, %s %.10s", name, is_end ? "until" : "from", date);
}

static void fill_in(enum fill fill, X509_STORE_CTX *store, const X509_CRL *list,
                    char out[TLS_WORDS_NAME_LEN]) {
    X509 *c = X509_STORE_CTX_get_current_cert(store);
    out[0] = '\0';
    if (fill != ISSUER && list != NULL)
        list_text(fill, list, out);
    else if (c != NULL)
        tls_words_name(X509_get_issuer_name(c), out);
}

const char *tls_words_listed(X509_STORE_CTX *store, X509_CRL *list, char out[TLS_WORDS_LEN]) {
    const struct row *row = find(X509_STORE_CTX_get_error(store));
    char name[TLS_WORDS_NAME_LEN];
    if (row == NULL)
        return revoked_text(store, list, out);
    const char *gap = strstr(row->text, "%s");
    fill_in(row->fill, store, list, name);
    snprintf(out, TLS_WORDS_LEN, "is not trusted, since nobody can tell whether it was revoked: %.*s%s%s",
             (int)(gap - row->text), row->text, name, gap + 2);
    return out;
}
