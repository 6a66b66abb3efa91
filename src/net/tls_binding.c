/* SPDX-License-Identifier: MIT */
/*
 * Bytes that both ends of a TLS session can compute and nobody in the middle can. SCRAM's -PLUS mechanisms
 * sign them, so that a login that was passed on by somebody with another session fails.
 *
 * Under TLS 1.2 the secrets of a session say nothing of who took part in the handshake, unless the extended
 * master secret was agreed on (RFC 7627): without it there is no tls-exporter (RFC 9266 3), and a resumed
 * session has no tls-unique. Renegotiation, which would change tls-unique, is switched off.
 */
#include "net/tls_binding.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

enum { EXPORTED_LEN = 32, FINISHED_CAP = 64 };

static bool is_1_3(const SSL *ssl) {
    return SSL_version(ssl) >= TLS1_3_VERSION;
}

/* RFC 9266 2: a context that is there and empty, which TLS 1.2 tells from none. */
static bool exporter(SSL *ssl, struct buf *out) {
    static const char label[] = "EXPORTER-Channel-Binding";
    unsigned char bytes[EXPORTED_LEN];
    if (!is_1_3(ssl) && SSL_get_extms_support(ssl) != 1)
        return false;
    if (SSL_export_keying_material(ssl, bytes, sizeof(bytes), label, sizeof(label) - 1, NULL, 0, 1) != 1)
        return false;
    buf_add(out, bytes, sizeof(bytes));
    return true;
}

/* RFC 5929 4.1: the hash of the certificate's own signature, a better one in place of MD5 and SHA-1. Where
 * the signature has no hash of its own (Ed25519) the binding is not defined. */
static const EVP_MD *hash_of(X509 *certificate) {
    int hash;
    if (X509_get_signature_info(certificate, &hash, NULL, NULL, NULL) != 1 || hash == NID_undef)
        return NULL;
    return hash == NID_md5 || hash == NID_sha1 || hash == NID_md5_sha1 ? EVP_sha256()
                                                                       : EVP_get_digestbynid(hash);
}

static bool end_point(SSL *ssl, struct buf *out) {
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    const EVP_MD *hash = certificate ? hash_of(certificate) : NULL;
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len;
    if (hash == NULL || X509_digest(certificate, hash, bytes, &len) != 1)
        return false;
    buf_add(out, bytes, len);
    return true;
}

/* RFC 5929 3.1: the first Finished of the handshake. That is the client's, but in a resumed session the
 * server finishes first. */
static bool unique(SSL *ssl, struct buf *out) {
    unsigned char bytes[FINISHED_CAP];
    bool resumed = SSL_session_reused(ssl);
    if (is_1_3(ssl) || (resumed && SSL_get_extms_support(ssl) != 1))
        return false;
    size_t len = resumed ? SSL_get_peer_finished(ssl, bytes, sizeof(bytes))
                         : SSL_get_finished(ssl, bytes, sizeof(bytes));
    if (len == 0 || len > sizeof(bytes))
        return false;
    buf_add(out, bytes, len);
    return true;
}

/* RFC 8446 4.4.4; under TLS 1.2 with the extended master secret alone. */
static bool own_finished(SSL *ssl, struct buf *out) {
    unsigned char bytes[FINISHED_CAP];
    if (!is_1_3(ssl) && !(SSL_session_reused(ssl) && SSL_get_extms_support(ssl) == 1))
        return false;
    size_t len = SSL_get_finished(ssl, bytes, sizeof(bytes));
    if (len == 0 || len > sizeof(bytes))
        return false;
    buf_add(out, bytes, len);
    return true;
}

bool tls_binding(SSL *ssl, enum conn_binding kind, struct buf *out) {
    static bool (*const kinds[])(SSL *, struct buf *) = {
        [CONN_TLS_EXPORTER] = exporter,
        [CONN_TLS_SERVER_END_POINT] = end_point,
        [CONN_TLS_UNIQUE] = unique,
        [CONN_TLS_FINISHED] = own_finished,
    };
    return kinds[kind](ssl, out);
}
