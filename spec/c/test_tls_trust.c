/* SPDX-License-Identifier: MIT */
/*
 * Chains and pins: which certificates are good though nothing is wrong with their names (test_tls.c has
 * those), and what a pinned key changes (RFC 6120 13.6, 13.7; RFC 7671 5.1; RFC 9325 4.5).
 */
#include "check.h"
#include "tls_scene.h"

#include <openssl/sha.h>

/* ---- chains ---- */

static void extended_key_usage(void) {
    struct cert_wish wish = {.name = "x", .alt = "DNS:localhost", .usage = "serverAuth,clientAuth"};
    struct cert leaf = cert_make(&wish, &ca);
    expect_accepted(&leaf, NULL, &(struct wish){0});
    cert_finish(&leaf);
    wish.usage = "clientAuth";
    refused(&wish, NULL, "is not trusted: it is not meant for servers (extendedKeyUsage");
}

/* The server's own OpenSSL would not use such certificates. */
static void refused_weak(const struct cert *leaf, const struct cert *between, const char *why) {
    struct client c;
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_use_certificate(server, leaf->x509);
    SSL_CTX_use_PrivateKey(server, leaf->key);
    if (between != NULL)
        SSL_CTX_add1_chain_cert(server, between->x509);
    connect_with(&c, server, play_echo, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|untrusted");
    CHECK_HAS(c.why, why);
    client_finish(&c);
    SSL_CTX_free(server);
}

static void weak_keys_and_hashes(void) {
    struct cert leaf =
        cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .key = "RSA:1024"}, &ca);
    refused_weak(&leaf, NULL, "is not trusted: it has a key that is too short; RSA takes 2048 bits");
    cert_finish(&leaf);
    leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .hash = "SHA1"}, &ca);
    refused_weak(&leaf, NULL, "is not trusted: it is signed by way of a hash that is broken");
    cert_finish(&leaf);
    struct cert between =
        cert_make(&(struct cert_wish){.name = "Short", .is_ca = true, .key = "RSA:1024"}, &ca);
    leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &between);
    refused_weak(&leaf, &between, "has an authority whose key is too short, CN=Short");
    cert_finish(&leaf);
    cert_finish(&between);
}

/* Twelve authorities, each good, one under the other. */
static void a_long_chain(void) {
    enum { COUNT = 12 };
    struct cert chain[COUNT], leaf;
    struct client c;
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof(name), "Between %d", i);
        chain[i] = cert_make(&(struct cert_wish){.name = name, .is_ca = true}, i ? &chain[i - 1] : &ca);
    }
    leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &chain[COUNT - 1]);
    SSL_CTX *server = server_context(&leaf, NULL);
    for (int i = COUNT; i > 0; i--)
        SSL_CTX_add1_chain_cert(server, chain[i - 1].x509);
    connect_with(&c, server, play_echo, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|untrusted");
    CHECK_HAS(c.why, "has too many authorities above it");
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&leaf);
    for (int i = 0; i < COUNT; i++)
        cert_finish(&chain[i]);
}

/* Ten thousand names: nobody reads that much before it is known who says it. */
static void a_huge_certificate(void) {
    struct buf alt = BUF_INIT;
    struct client c;
    for (int i = 0; i < 10000; i++)
        buf_addf(&alt, "DNS:n%d.example,", i);
    buf_adds(&alt, "DNS:localhost");
    buf_addc(&alt, '\0');
    struct cert leaf = leaf_for(buf_data(&alt));
    SSL_CTX *server = server_context(&leaf, NULL);
    connect_with(&c, server, play_echo, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|failed");
    CHECK_HAS(c.why, "excessive message size");
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&leaf);
    buf_finish(&alt);
}

static void name_constraints(void) {
    struct cert between = cert_make(
        &(struct cert_wish){.name = "Limited", .is_ca = true, .limits = "critical,permitted;DNS:example.org"},
        &ca);
    struct cert in = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:chat.example.org"}, &between);
    struct cert out = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &between);
    expect_accepted(&in, &between, &(struct wish){.domain = "chat.example.org"});
    expect_refused(&out, &between, &(struct wish){0}, "has a name that its authority may not vouch for");
    cert_finish(&in);
    cert_finish(&out);
    cert_finish(&between);
}

/* The limit is for DNS names, so that the chain is good; but then it says nothing of the other kinds. */
static void name_constraints_of_another_kind(void) {
    static const char *const alts[] = {"otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-client.localhost",
                                       "otherName:1.3.6.1.5.5.7.8.5;UTF8:localhost"};
    struct cert limited = cert_make(
        &(struct cert_wish){.name = "Limited", .is_ca = true, .limits = "critical,permitted;DNS:example.org"},
        &ca);
    struct cert below = cert_make(&(struct cert_wish){.name = "Below", .is_ca = true}, &limited);
    for (int i = 0; i < 2; i++) {
        struct cert free_leaf = leaf_for(alts[i]);
        struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = alts[i]}, &limited);
        struct cert lower = cert_make(&(struct cert_wish){.name = "x", .alt = alts[i]}, &below);
        expect_accepted(&free_leaf, NULL, &(struct wish){0});
        expect_refused(&leaf, &limited, &(struct wish){0}, "so its SRV and XMPP names do not count");
        cert_save(&limited, own_path); /* also where it is the anchor */
        expect_refused(&lower, &below, &(struct wish){.ca_file = own_path}, "names do not count");
        cert_finish(&lower);
        cert_finish(&leaf);
        cert_finish(&free_leaf);
    }
    cert_finish(&below);
    cert_finish(&limited);
}

static void a_forged_signature(void) {
    struct cert liar = cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true}, NULL);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &liar);
    expect_refused(&leaf, NULL, &(struct wish){0}, "has a wrong signature: it is damaged or forged");
    cert_finish(&leaf);
    cert_finish(&liar);
}

/* tls.ca_file is instead of the system's authorities, not beside them (RFC 6120 13.6). */
static void a_ca_file_replaces_the_system(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    struct cert other = cert_make(&(struct cert_wish){.name = "Other CA", .is_ca = true}, NULL);
    cert_save(&other, own_path);
    setenv("SSL_CERT_FILE", ca_path, 1);
    expect_accepted(&leaf, NULL, &(struct wish){.system_trust = true});
    expect_refused(&leaf, NULL, &(struct wish){.ca_file = own_path}, "an authority that is not known here");
    unsetenv("SSL_CERT_FILE");
    cert_finish(&other);
    cert_finish(&leaf);
}

/* A name in a certificate gives no orders to a terminal. */
static void names_are_escaped(void) {
    struct cert liar = cert_make(&(struct cert_wish){.name = "Evil\x1b[2J\nCA", .is_ca = true}, NULL);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &liar);
    expect_refused(&leaf, NULL, &(struct wish){0}, "CN=Evil\\1B[2J\\0ACA");
    cert_finish(&leaf);
    cert_finish(&liar);
}

/* ---- pins ---- */

static void spki(const struct cert *c, unsigned char out[32]) {
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(c->key, &der);
    SHA256(der, (size_t)len, out);
    OPENSSL_free(der);
}

/* Neither authority nor name nor date: the key was named. */
static void a_pinned_key_is_enough(void) {
    unsigned char pins[2][32] = {{0}};
    struct cert self = cert_make(
        &(struct cert_wish){.name = "x", .alt = "DNS:other.example", .from_s = -86400, .until_s = -3600},
        NULL);
    spki(&self, pins[1]);
    expect_accepted(&self, NULL, &(struct wish){.system_trust = true, .pins = pins, .pin_count = 2});
    cert_finish(&self);
}

static void another_key_is_not(void) {
    char hex[65], text[200];
    unsigned char pins[1][32], own[32];
    struct cert self = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, NULL);
    struct cert liar = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, NULL);
    struct cert leaf = leaf_for("DNS:localhost");
    spki(&self, pins[0]);
    expect_refused(
        &liar, NULL, &(struct wish){.system_trust = true, .pins = pins, .pin_count = 1},
        "is not trusted: it is self-signed; where that is meant, set tls.ca_file to it, or tls.pin "
        "to its key; nor is its key pinned, which is sha256:");
    spki(&leaf, own); /* all is well with it, but for the key */
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", own[i]);
    snprintf(text, sizeof(text), "is not the pinned one: its key is sha256:%s;", hex);
    setenv("SSL_CERT_FILE", ca_path, 1);
    expect_refused(&leaf, NULL, &(struct wish){.system_trust = true, .pins = pins, .pin_count = 1}, text);
    unsetenv("SSL_CERT_FILE");
    expect_refused(&leaf, NULL, &(struct wish){.pins = pins, .pin_count = 1}, text);
    cert_finish(&leaf);
    cert_finish(&liar);
    cert_finish(&self);
}

/* With a ca_file the pin comes on top. */
static void a_ca_file_asks_for_the_chain_too(void) {
    unsigned char pins[1][32];
    struct cert leaf = leaf_for("DNS:localhost"), other = leaf_for("DNS:other.example");
    struct cert self = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, NULL);
    struct wish wish = {.pins = pins, .pin_count = 1};
    spki(&leaf, pins[0]);
    expect_accepted(&leaf, NULL, &wish);
    spki(&self, pins[0]);
    expect_refused(&self, NULL, &wish, "is not trusted: it is self-signed");
    spki(&other, pins[0]);
    expect_refused(&other, NULL, &wish, "is for other.example, not for localhost");
    cert_finish(&self);
    cert_finish(&other);
    cert_finish(&leaf);
}

/* The chain must lead over it; that somebody sends its certificate along is nothing. */
static void a_pinned_authority(void) {
    unsigned char pins[1][32];
    struct cert between = cert_make(&(struct cert_wish){.name = "Between", .is_ca = true}, &ca);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &between);
    struct cert beside = leaf_for("DNS:localhost");
    struct cert wrong = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:other.example"}, &between);
    struct wish wish = {.pins = pins, .pin_count = 1};
    spki(&between, pins[0]);
    expect_accepted(&leaf, &between, &wish);
    expect_refused(&beside, &between, &wish, "is not the pinned one");
    expect_refused(&wrong, &between, &wish, "is for other.example, not for localhost");
    spki(&ca, pins[0]);
    expect_accepted(&leaf, &between, &wish);
    cert_finish(&wrong);
    cert_finish(&beside);
    cert_finish(&leaf);
    cert_finish(&between);
}

static void a_short_key_is_no_key(void) {
    unsigned char pins[1][32];
    struct client c;
    struct cert self =
        cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .key = "RSA:1024"}, NULL);
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_use_certificate(server, self.x509);
    SSL_CTX_use_PrivateKey(server, self.key);
    spki(&self, pins[0]);
    connect_with(&c, server, play_echo, &(struct wish){.system_trust = true, .pins = pins, .pin_count = 1});
    CHECK_STR(client_log(&c), "connected|untrusted");
    CHECK_HAS(c.why, "its key is too short");
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&self);
}

int main(void) {
    RUN(scene_set_up);
    RUN(extended_key_usage);
    RUN(weak_keys_and_hashes);
    RUN(a_long_chain);
    RUN(a_huge_certificate);
    RUN(name_constraints);
    RUN(name_constraints_of_another_kind);
    RUN(a_forged_signature);
    RUN(a_ca_file_replaces_the_system);
    RUN(names_are_escaped);
    RUN(a_pinned_key_is_enough);
    RUN(another_key_is_not);
    RUN(a_ca_file_asks_for_the_chain_too);
    RUN(a_pinned_authority);
    RUN(a_short_key_is_no_key);
    RUN(scene_tear_down);
    return check_done();
}
