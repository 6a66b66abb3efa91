/* SPDX-License-Identifier: MIT */
/* The files of `tls:`, which are refused by name when they will not do, and the certificate of the client. */
#include "check.h"
#include "tls_scene.h"

static void context_is_refused(struct tls_options options, const char *why) {
    struct err err = ERR_INIT;
    enum tls_part part = TLS_PART_NONE;
    CHECK(tls_context_new(&options, &part, &err) == NULL);
    CHECK_HAS(err.text, why);
    CHECK_INT(part, strstr(err.text, "tls.key ") == err.text           ? TLS_PART_KEY
                    : strstr(err.text, "tls.certificate ") == err.text ? TLS_PART_CERTIFICATE
                                                                       : TLS_PART_CA_FILE);
}

static void bad_files(void) {
    FILE *f = fopen(none_path, "w");
    fputs("no certificate here\n", f);
    fclose(f);
    context_is_refused((struct tls_options){.ca_file = "/nonexistent/ca.pem"},
                       "tls.ca_file /nonexistent/ca.pem: No such file");
    context_is_refused((struct tls_options){.ca_file = none_path}, "holds no certificate");
    context_is_refused((struct tls_options){.ca_file = ca_path, .certificate = none_path}, "tls.certificate");
    context_is_refused((struct tls_options){.ca_file = ca_path, .certificate = "/nonexistent/c.pem"},
                       "tls.certificate /nonexistent/c.pem: No such file");
    context_is_refused((struct tls_options){.ca_file = ca_path, .certificate = ca_path, .key = none_path},
                       "holds no private key in PEM form");
    context_is_refused(
        (struct tls_options){.ca_file = ca_path, .certificate = ca_path, .key = "/nonexistent/k.pem"},
        "tls.key /nonexistent/k.pem: No such file");
    tls_context_free(NULL);
    f = fopen(none_path, "w");
    fputs("-----BEGIN NONSENSE-----\n", f);
    fclose(f);
    context_is_refused((struct tls_options){.ca_file = ca_path, .certificate = none_path},
                       "none.pem holds no certificate in PEM form");
    context_is_refused((struct tls_options){.ca_file = none_path},
                       "none.pem holds no certificate in PEM form");
}

/* passphrase NULL: none. */
static void save_key(const struct cert *c, const char *passphrase) {
    FILE *f = fopen(own_path, "w");
    PEM_write_PKCS8PrivateKey(f, c->key, passphrase ? EVP_aes_128_cbc() : NULL, passphrase,
                              passphrase ? (int)strlen(passphrase) : 0, NULL, NULL);
    fclose(f);
}

/* Too weak to be worth anything (RFC 9325 4.5). */
static void weak_certificates(void) {
    struct cert own = cert_make(&(struct cert_wish){.name = "x", .key = "RSA:1024"}, &ca);
    struct tls_options options = {.ca_file = ca_path, .certificate = client_path, .key = client_path};
    cert_save(&own, client_path);
    context_is_refused(options, "client.pem cannot be used: ee key too small");
    cert_finish(&own);
}

static void bad_keys(void) {
    static const char *const kinds[] = {NULL, "RSA:2048"};
    struct cert own = leaf_for("DNS:client.example");
    struct tls_options options = {.ca_file = ca_path, .certificate = client_path, .key = own_path};
    cert_save(&own, client_path);
    for (int i = 0; i < 2; i++) {
        struct cert other = cert_make(&(struct cert_wish){.name = "x", .key = kinds[i]}, &ca);
        save_key(&other, NULL);
        context_is_refused(options, "own.pem is not the key of the certificate in /tmp/couplet-tls-");
        cert_finish(&other);
    }
    save_key(&own, "open sesame");
    context_is_refused(options, "own.pem is locked with a passphrase, which nobody is there to type");
    save_key(&own, NULL);
    struct tls_context *good = tls_context_new(&options, NULL, NULL);
    CHECK(good != NULL);
    tls_context_free(good);
    cert_finish(&own);
}

static int accept_any(int ok, X509_STORE_CTX *store) {
    (void)ok, (void)store;
    return 1;
}

static void the_client_has_a_certificate(void) {
    struct client c;
    struct cert leaf = leaf_for("DNS:localhost"), own = leaf_for("DNS:client.example");
    SSL_CTX *server = server_context(&leaf, NULL);
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
    cert_save(&own, client_path);
    connect_with(&c, server, play_echo, &(struct wish){.certificate = client_path});
    CHECK_STR(client_log(&c), "connected|secured|hello|closed");
    client_finish(&c);
    connect_with(&c, server, play_echo, &(struct wish){0});
    CHECK_HAS(client_log(&c), "|failed"); /* under TLS 1.3 the refusal comes after the handshake */
    CHECK_HAS(c.why, "certificate required (the server wants a client certificate: set tls.certificate)");
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&own);
    cert_finish(&leaf);
}

int main(void) {
    RUN(scene_set_up);
    RUN(bad_files);
    RUN(weak_certificates);
    RUN(bad_keys);
    RUN(the_client_has_a_certificate);
    RUN(scene_tear_down);
    return check_done();
}
