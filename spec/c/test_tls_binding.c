/* SPDX-License-Identifier: MIT */
/*
 * Channel bindings (RFC 5929, RFC 9266): both ends of a session have the same data, or our end has none. What
 * the server has is computed here with OpenSSL's server side, not with the code under test. And ALPN, which
 * both ends have to agree on too.
 */
#include "check.h"
#include "tls_scene.h"

#include <openssl/sha.h>

static unsigned char exported[32], finished[64], hashed[64];
static size_t finished_len;

static void play_bindings(struct peer *p) {
    if (!accept_tls(p))
        return;
    SSL_export_keying_material(p->ssl, exported, 32, "EXPORTER-Channel-Binding", 24, NULL, 0, 1);
    /* the first Finished: the client's, or in a resumed session the server's */
    finished_len = SSL_session_reused(p->ssl) ? SSL_get_finished(p->ssl, finished, 64)
                                              : SSL_get_peer_finished(p->ssl, finished, 64);
    peer_read_exactly(p, 5);
    end_tls(p);
}

static bool is_data(const struct client *c, enum conn_binding kind, const void *bytes, size_t len) {
    const struct buf *b = &c->bindings[kind];
    return buf_len(b) == len && memcmp(buf_data(b), bytes, len) == 0;
}

static size_t hash_certificate(const struct cert *leaf, const EVP_MD *md) {
    unsigned char *der = NULL;
    int len = i2d_X509(leaf->x509, &der);
    unsigned hashed_len = 0;
    EVP_Digest(der, (size_t)len, hashed, &hashed_len, md, NULL);
    OPENSSL_free(der);
    return hashed_len;
}

static void connect_to(struct client *c, const struct cert *leaf, int version, uint64_t options) {
    SSL_CTX *server = server_context(leaf, NULL);
    SSL_CTX_set_max_proto_version(server, version);
    SSL_CTX_set_options(server, options);
    connect_with(c, server, play_bindings, &(struct wish){0});
    CHECK_STR(client_log(c), "connected|secured|closed");
    SSL_CTX_free(server);
}

static void tls_1_3(void) {
    struct client c;
    struct cert leaf = leaf_for("DNS:localhost");
    connect_to(&c, &leaf, TLS1_3_VERSION, 0);
    CHECK(is_data(&c, CONN_TLS_EXPORTER, exported, 32));
    CHECK(is_data(&c, CONN_TLS_SERVER_END_POINT, hashed, hash_certificate(&leaf, EVP_sha256())));
    CHECK_INT(buf_len(&c.bindings[CONN_TLS_UNIQUE]), 0); /* RFC 9266 3 */
    CHECK(is_data(&c, CONN_TLS_FINISHED, finished, finished_len));
    CHECK(finished_len >= 32); /* a MAC of full length (RFC 8446 4.4.4) */
    client_finish(&c);
    cert_finish(&leaf);
}

static void tls_1_2(void) {
    struct client c;
    struct cert leaf = leaf_for("DNS:localhost");
    connect_to(&c, &leaf, TLS1_2_VERSION, 0);
    CHECK(is_data(&c, CONN_TLS_EXPORTER, exported, 32));
    CHECK(is_data(&c, CONN_TLS_UNIQUE, finished, finished_len));
    CHECK_INT(finished_len, 12);
    CHECK_INT(buf_len(&c.bindings[CONN_TLS_FINISHED]), 0); /* it is the same */
    client_finish(&c);
    cert_finish(&leaf);
}

/* Without it the exporter says nothing of who took part (RFC 7627, RFC 9266 3). */
static void no_extended_master_secret(void) {
    struct client c;
    struct cert leaf = leaf_for("DNS:localhost");
    connect_to(&c, &leaf, TLS1_2_VERSION, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    CHECK_INT(buf_len(&c.bindings[CONN_TLS_EXPORTER]), 0);
    CHECK_INT(buf_len(&c.bindings[CONN_TLS_FINISHED]), 0);
    CHECK(is_data(&c, CONN_TLS_UNIQUE, finished, finished_len));
    client_finish(&c);
    cert_finish(&leaf);
}

static void end_point_is(const struct cert_wish *wish, const EVP_MD *md) {
    struct client c;
    struct cert leaf = cert_make(wish, &ca);
    connect_to(&c, &leaf, TLS1_3_VERSION, 0);
    CHECK(is_data(&c, CONN_TLS_SERVER_END_POINT, hashed, hash_certificate(&leaf, md)));
    client_finish(&c);
    cert_finish(&leaf);
}

static void the_signature_names_the_hash(void) {
    end_point_is(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .hash = "SHA384"}, EVP_sha384());
    end_point_is(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .hash = "SHA512"}, EVP_sha512());
}

/* RFC 5929 4.1: SHA-256 in place of SHA-1. Such a certificate is only taken as an anchor of one's own. */
static void sha_1_is_replaced(void) {
    struct client c;
    struct cert leaf =
        cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .hash = "SHA1"}, NULL);
    SSL_CTX *server = server_context(&leaf, NULL);
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_use_certificate(server, leaf.x509);
    SSL_CTX_use_PrivateKey(server, leaf.key);
    cert_save(&leaf, own_path);
    connect_with(&c, server, play_bindings, &(struct wish){.ca_file = own_path});
    CHECK_STR(client_log(&c), "connected|secured|closed");
    CHECK(is_data(&c, CONN_TLS_SERVER_END_POINT, hashed, hash_certificate(&leaf, EVP_sha256())));
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

/* The signature of Ed25519 has no hash of its own, so the kind is not defined. */
static void no_hash_no_end_point(void) {
    struct client c;
    struct cert authority =
        cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true, .key = "ED25519"}, NULL);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &authority);
    SSL_CTX *server = server_context(&leaf, NULL);
    cert_save(&authority, own_path);
    connect_with(&c, server, play_bindings, &(struct wish){.ca_file = own_path});
    CHECK_STR(client_log(&c), "connected|secured|closed");
    CHECK_INT(buf_len(&c.bindings[CONN_TLS_SERVER_END_POINT]), 0);
    CHECK(is_data(&c, CONN_TLS_EXPORTER, exported, 32));
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&leaf);
    cert_finish(&authority);
}

static void nothing_without_a_session(void) {
    struct err err = ERR_INIT;
    struct loop *loop = loop_new(&err);
    struct dns *dns = dns_new(loop, NULL, &err);
    struct conn *conn = conn_new(loop, dns, &client_events, NULL);
    struct buf out = BUF_INIT;
    for (int i = 0; i < 3; i++)
        CHECK(!conn_channel_binding(conn, (enum conn_binding)i, &out));
    CHECK_INT(buf_len(&out), 0);
    conn_free(conn);
    dns_free(dns);
    loop_free(loop);
}

/* ---- ALPN (RFC 7301) ---- */

/* What the server chooses, whatever is offered; "": nothing. */
static int choose(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *offered,
                  unsigned offered_len, void *ctx) {
    const char *answer = ctx;
    (void)ssl, (void)offered, (void)offered_len;
    *out = (const unsigned char *)answer;
    *len = (unsigned char)strlen(answer);
    return answer[0] != '\0' ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static void alpn_ends(const char *offer, const char *answer, int version, const char *log) {
    struct client c;
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    SSL_CTX_set_max_proto_version(server, version);
    SSL_CTX_set_alpn_select_cb(server, choose, (void *)answer);
    connect_with(&c, server, play_echo, &(struct wish){.alpn = offer});
    CHECK_STR(client_log(&c), log);
    if (strstr(log, "failed") != NULL)
        CHECK_HAS(c.why, "TLS handshake with localhost (127.0.0.1:");
    else
        CHECK_STR(c.alpn_chosen, offer != NULL ? answer : "");
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

static void protocols_are_agreed_on(void) {
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (int i = 0; i < 2; i++) {
        alpn_ends("xmpp-client", "xmpp-client", versions[i], "connected|secured|hello|closed");
        alpn_ends("xmpp-client", "", versions[i], "connected|secured|hello|closed");
        alpn_ends("xmpp-client", "h2", versions[i], "connected|failed");
        alpn_ends("xmpp-client", "xmpp-clien", versions[i], "connected|failed");
        alpn_ends(NULL, "h2", versions[i], "connected|secured|hello|closed"); /* nobody asks the server */
    }
}

int main(void) {
    RUN(scene_set_up);
    RUN(tls_1_3);
    RUN(tls_1_2);
    RUN(no_extended_master_secret);
    RUN(the_signature_names_the_hash);
    RUN(sha_1_is_replaced);
    RUN(no_hash_no_end_point);
    RUN(nothing_without_a_session);
    RUN(protocols_are_agreed_on);
    RUN(scene_tear_down);
    return check_done();
}
