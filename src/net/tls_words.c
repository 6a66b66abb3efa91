/* SPDX-License-Identifier: MIT */
/*
 * Tables of OpenSSL's errors: what each one means for somebody who runs a bot, and whether tls.ca_file could
 * help. Names in a certificate are anybody's bytes: they are escaped.
 */
#include "net/tls_words.h"

#include "net/identity.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum fill { PLAIN, DATE_END, DATE_BEGIN, SUBJECT, ISSUER }; /* what stands for %s */

struct words {
    int error;
    enum fill fill;
    bool ca_helps;
    const char *text;
};

static const struct words table[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, DATE_END, false, "expired on %s"},
    {X509_V_ERR_CERT_NOT_YET_VALID, DATE_BEGIN, false,
     "becomes valid only on %s; is the clock of this machine right?"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PLAIN, true, "is self-signed"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, SUBJECT, true,
     "was issued by an authority that is not known here, %s"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ISSUER, true,
     "was issued by an authority that is not known here, %s, or the server leaves out the "
     "certificates in between"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ISSUER, true,
     "was issued by an authority that is not known here, %s"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ISSUER, true,
     "was issued by an authority that is not known here, %s, or the server leaves out the "
     "certificates in between"},
    {X509_V_ERR_INVALID_CA, SUBJECT, false, "was issued by %s, which is no authority (CA:FALSE)"},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, SUBJECT, false, "was issued by %s, which may not issue any (keyUsage)"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, SUBJECT, false,
     "has more authorities between than %s allows (pathlen)"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, PLAIN, false, "has too many authorities above it"},
    {X509_V_ERR_INVALID_PURPOSE, PLAIN, false,
     "is not meant for servers (extendedKeyUsage without serverAuth)"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, PLAIN, false, "has a key that is too short; RSA takes 2048 bits at least"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, SUBJECT, false, "has an authority whose key is too short, %s"},
    {X509_V_ERR_CA_MD_TOO_WEAK, PLAIN, false, "is signed by way of a hash that is broken (SHA-1 or MD5)"},
    {X509_V_ERR_PERMITTED_VIOLATION, PLAIN, false,
     "has a name that its authority may not vouch for (nameConstraints)"},
    {X509_V_ERR_EXCLUDED_VIOLATION, PLAIN, false,
     "has a name that its authority may not vouch for (nameConstraints)"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, PLAIN, false, "has a wrong signature: it is damaged or forged"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, PLAIN, false,
     "has a critical extension that is not known here"},
};

void tls_words_date(const ASN1_TIME *time, char out[TLS_WORDS_NAME_LEN]) {
    struct tm tm;
    if (ASN1_TIME_to_tm(time, &tm) != 1)
        memset(&tm, 0, sizeof(tm));
    snprintf(out, TLS_WORDS_NAME_LEN, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* RFC 2253, which escapes whatever is not printable ASCII. */
void tls_words_name(const X509_NAME *name, char out[TLS_WORDS_NAME_LEN]) {
    BIO *bio = BIO_new(BIO_s_mem());
    int len = -1;
    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        len = BIO_read(bio, out, TLS_WORDS_NAME_LEN - 1);
    out[len > 0 ? len : 0] = '\0';
    BIO_free(bio);
}

static void fill_in(enum fill fill, X509 *c, char out[TLS_WORDS_NAME_LEN]) {
    out[0] = '\0';
    if (c == NULL)
        return;
    if (fill == DATE_END)
        tls_words_date(X509_get0_notAfter(c), out);
    else if (fill == DATE_BEGIN)
        tls_words_date(X509_get0_notBefore(c), out);
    else if (fill != PLAIN)
        tls_words_name(fill == SUBJECT ? X509_get_subject_name(c) : X509_get_issuer_name(c), out);
}

static const struct words *find(int error) {
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].error == error)
            return &table[i];
    return NULL;
}

/* The row's text with its %s filled in. */
static void row_text(const struct words *row, X509 *c, char *out, size_t cap) {
    const char *gap = strstr(row->text, "%s");
    char name[TLS_WORDS_NAME_LEN];
    fill_in(row->fill, c, name);
    if (gap == NULL)
        snprintf(out, cap, "%s", row->text);
    else
        snprintf(out, cap, "%.*s%s%s", (int)(gap - row->text), row->text, name, gap + 2);
}

static void hint_text(int error, const char *ca_file, char *out, size_t cap) {
    if (ca_file != NULL)
        snprintf(out, cap, " (tls.ca_file is %.200s)", ca_file);
    else if (error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
        snprintf(out, cap, "; where that is meant, set tls.ca_file to it, or tls.pin to its key");
    else
        snprintf(out, cap, "; where that is meant, set tls.ca_file to the certificate of its authority");
}

const char *tls_words_chain(X509_STORE_CTX *store, const char *ca_file, char out[TLS_WORDS_LEN]) {
    int error = X509_STORE_CTX_get_error(store), depth = X509_STORE_CTX_get_error_depth(store);
    const struct words *row = find(error);
    bool is_date = row != NULL && (row->fill == DATE_END || row->fill == DATE_BEGIN);
    char text[400], hint[300] = "";
    if (row != NULL)
        row_text(row, X509_STORE_CTX_get_current_cert(store), text, sizeof(text));
    else
        snprintf(text, sizeof(text), "%s", X509_verify_cert_error_string(error));
    if (row != NULL && row->ca_helps)
        hint_text(error, ca_file, hint, sizeof(hint));
    snprintf(out, TLS_WORDS_LEN, "%s%s%s",
             !is_date     ? "is not trusted: it "
             : depth == 0 ? ""
                          : "is not trusted: the certificate of its authority ",
             text, hint);
    return out;
}

const char *tls_words_tlsa(X509_STORE_CTX *store, char out[TLS_WORDS_LEN]) {
    static const char rule[] =
        "its domain's owner has written into DNS (TLSA) what it must be; only they can "
        "mend either of the two";
    const struct words *row = find(X509_STORE_CTX_get_error(store));
    char text[400];
    if (row == NULL) { /* X509_V_ERR_DANE_NO_MATCH, mostly */
        snprintf(out, TLS_WORDS_LEN, "is not the one that DNS announces (DANE): %s", rule);
        return out;
    }
    row_text(row, X509_STORE_CTX_get_current_cert(store), text, sizeof(text));
    snprintf(out, TLS_WORDS_LEN, "is not the one that DNS announces (DANE): it %s; %s", text, rule);
    return out;
}

const char *tls_words_names(X509 *c, const char *domain, bool limited, char out[TLS_WORDS_LEN]) {
    const char *rule =
        limited ? " (its authority is limited to certain names, so its SRV and XMPP names do not count)" : "";
    char names[300];
    identity_names(c, names, sizeof(names));
    if (names[0] != '\0')
        snprintf(out, TLS_WORDS_LEN, "is for %s, not for %.255s%s", names, domain, rule);
    else
        snprintf(out, TLS_WORDS_LEN, "is not for %.255s: it has no subjectAltName, and nothing else counts",
                 domain);
    return out;
}

static void hash_text(const unsigned char hash[32], char out[65]) {
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

const char *tls_words_pin(const unsigned char hash[32], char out[TLS_WORDS_LEN]) {
    char hex[65];
    hash_text(hash, hex);
    snprintf(
        out, TLS_WORDS_LEN,
        "is not the pinned one: its key is sha256:%s; if the server's owner says that this is its new key, "
        "set tls.pin to that",
        hex);
    return out;
}

const char *tls_words_add_pin(const unsigned char hash[32], char out[TLS_WORDS_LEN]) {
    char hex[65];
    size_t len = strlen(out);
    hash_text(hash, hex);
    snprintf(out + len, TLS_WORDS_LEN - len, "; nor is its key pinned, which is sha256:%s", hex);
    return out;
}

/* ---- sessions that break ---- */

static const char refuses_ours[] = " (the server refuses our tls.certificate)";
static const char no_version[] = " (the server knows no version of TLS that tls.min_version allows)";

static const struct {
    int reason;
    const char *text;
} breaks[] = {
    {SSL_R_WRONG_VERSION_NUMBER, " (what answers there does not speak TLS, or only an ancient version)"},
    {SSL_R_UNSUPPORTED_PROTOCOL, no_version},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, no_version},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, " (the server finds no version and cipher in common: it must know "
                                          "TLS 1.3, or 1.2 with ECDHE and AES-GCM or "
                                          "ChaCha20)"},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
     " (the server wants a client certificate: set tls.certificate)"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, refuses_ours},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, refuses_ours},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, refuses_ours},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, refuses_ours},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, refuses_ours},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, refuses_ours},
    {SSL_R_TLSV1_UNRECOGNIZED_NAME, " (the server does not know the JID's domain)"},
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, " (the server is none for XMPP clients on this port)"},
};

const char *tls_words_broken(unsigned long error) {
    for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++)
        if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == breaks[i].reason)
            return breaks[i].text;
    return "";
}
