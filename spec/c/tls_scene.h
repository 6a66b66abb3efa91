/* SPDX-License-Identifier: MIT */
/*
 * tls_scene: what the tests of TLS share: a CA of their own, a peer with OpenSSL's server side, and one
 * connection under a wish.
 *
 *   scene_set_up();
 *   struct cert leaf = leaf_for("DNS:localhost");
 *   SSL_CTX *server = server_context(&leaf, NULL);
 *   connect_with(&c, server, play_echo, &(struct wish){.domain = "localhost"});
 */
#ifndef COUPLET_SPEC_TLS_SCENE_H
#define COUPLET_SPEC_TLS_SCENE_H

#include "certs.h"
#include "check.h"
#include "peer.h"

#include "base/mem.h"

#include <openssl/err.h>
#include <stdlib.h>

static char dir[] = "/tmp/couplet-tls-XXXXXX";
static char ca_path[64], own_path[64], none_path[64], client_path[64], list_path[64];
static struct cert ca;

static inline void scene_set_up(void) {
    CHECK(mkdtemp(dir) != NULL);
    snprintf(ca_path, sizeof(ca_path), "%s/ca.pem", dir);
    snprintf(own_path, sizeof(own_path), "%s/own.pem", dir);
    snprintf(none_path, sizeof(none_path), "%s/none.pem", dir);
    snprintf(client_path, sizeof(client_path), "%s/client.pem", dir);
    snprintf(list_path, sizeof(list_path), "%s/list.pem", dir);
    ca = cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true}, NULL);
    cert_save(&ca, ca_path);
}

static inline void scene_tear_down(void) {
    cert_finish(&ca);
    unlink(ca_path);
    unlink(own_path);
    unlink(none_path);
    unlink(client_path);
    unlink(list_path);
    CHECK_INT(rmdir(dir), 0);
}

/* ---- the peer's side ---- */

static inline SSL_CTX *server_context(const struct cert *leaf, const struct cert *between) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(ctx, leaf->x509);
    SSL_CTX_use_PrivateKey(ctx, leaf->key);
    if (between != NULL)
        SSL_CTX_add1_chain_cert(ctx, between->x509);
    return ctx;
}

static inline bool accept_tls(struct peer *p) {
    SSL *ssl = SSL_new(p->ssl_ctx);
    const char *name;
    SSL_set_fd(ssl, p->fd);
    if (SSL_accept(ssl) != 1) {
        ERR_error_string_n(ERR_peek_last_error(), p->note, sizeof(p->note));
        SSL_free(ssl);
        return false;
    }
    p->ssl = ssl;
    name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    snprintf(p->note, sizeof(p->note), "%s", name ? name : "(no name)");
    return true;
}

static inline void end_tls(struct peer *p) {
    if (SSL_shutdown(p->ssl) == 0) /* ours is sent; now the other one's */
        snprintf(p->note, sizeof(p->note), "%s", SSL_shutdown(p->ssl) == 1 ? "both ways" : "one way");
}

static inline void play_echo(struct peer *p) {
    char bytes[256];
    if (!accept_tls(p))
        return;
    size_t n = peer_read(p, bytes, sizeof(bytes));
    peer_write(p, bytes, n);
    end_tls(p);
}

/* "hello" -> "world": what a client of scene_begin says, and waits for. */
static inline void play_world(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_read_exactly(p, 5);
    peer_write(p, "world", 5);
    end_tls(p);
}

/* ---- the client's side ---- */

struct wish {
    const char *ca_file;  /* NULL: the test's CA */
    const char *crl_file; /* NULL: none */
    const char *domain;   /* NULL: localhost */
    const char *free_at, *shutdown_at;
    const char *certificate;
    const char *alpn;
    struct tls_context *tls; /* NULL: one is made, as the rest says */
    unsigned char (*pins)[32];
    size_t pin_count;
    bool system_trust; /* no ca_file */
    bool closed;       /* scene_begin does not open it */
    size_t hello_len;
    int min_version;
    bool starttls, count_only;
};

/* Opens c under the wish; its peer stays for so many rounds. NULL tls of w: the result is to be freed. */
static inline struct tls_context *scene_begin(struct client *c, SSL_CTX *server, void (*play)(struct peer *),
                                              const struct wish *w, int rounds) {
    struct err err = ERR_INIT;
    struct tls_options options = {.ca_file = w->ca_file        ? w->ca_file
                                             : w->system_trust ? NULL
                                                               : ca_path,
                                  .crl_file = w->crl_file,
                                  .certificate = w->certificate,
                                  .min_version = w->min_version,
                                  .pins = w->pins,
                                  .pin_count = w->pin_count};
    struct tls_context *tls = w->tls ? w->tls : tls_context_new(&options, NULL, &err);
    CHECK_STR(err.text, "");
    client_start(c, play, server);
    c->peer.rounds = rounds;
    c->tls = tls;
    c->domain = w->domain ? w->domain : "localhost";
    c->tls_at_once = !w->starttls;
    c->starttls = w->starttls;
    c->hello = w->hello_len > 0 ? NULL : "hello";
    c->hello_len = w->hello_len;
    c->alpn = w->alpn;
    c->count_only = w->count_only;
    c->free_at = w->free_at;
    c->shutdown_at = w->shutdown_at;
    if (!w->closed)
        client_open(c, true);
    return tls;
}

/* The next round: the same port, and the log begins anew. */
static inline void scene_again(struct client *c) {
    buf_clear(&c->log);
    c->resumed = false;
    client_open(c, true);
    loop_run(c->loop);
}

/* Runs one connection; c is to be finished, and tells what happened. */
static inline void connect_with(struct client *c, SSL_CTX *server, void (*play)(struct peer *),
                                const struct wish *w) {
    struct tls_context *tls = scene_begin(c, server, play, w, 1);
    client_run(c);
    conn_free(c->conn);
    c->conn = NULL;
    if (w->tls == NULL)
        tls_context_free(tls);
}

/* A leaf signed by the CA. */
static inline struct cert leaf_for(const char *alt) {
    return cert_make(&(struct cert_wish){.name = "leaf", .alt = alt}, &ca);
}

static inline void play_with(struct client *c, void (*play)(struct peer *), const struct wish *w) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    connect_with(c, server, play, w);
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

/* ---- verdicts ---- */

static inline void expect_accepted(const struct cert *leaf, const struct cert *between,
                                   const struct wish *w) {
    struct client c;
    SSL_CTX *server = server_context(leaf, between);
    connect_with(&c, server, play_echo, w);
    CHECK_STR(client_log(&c), "connected|secured|hello|closed");
    CHECK_STR(c.version, "TLSv1.3");
    client_finish(&c);
    SSL_CTX_free(server);
}

static inline void expect_refused(const struct cert *leaf, const struct cert *between, const struct wish *w,
                                  const char *why) {
    struct client c;
    SSL_CTX *server = server_context(leaf, between);
    connect_with(&c, server, play_echo, w);
    CHECK_STR(client_log(&c), "connected|untrusted");
    CHECK_HAS(c.why, "the certificate of localhost (127.0.0.1:");
    CHECK_HAS(c.why, why);
    CHECK_INT(c.peer.read_len, 0);
    CHECK_HAS(c.peer.note, "alert"); /* the peer is told, and never saw the handshake's end */
    client_finish(&c);
    SSL_CTX_free(server);
}

static inline void accepted(const char *alt, const char *domain) {
    struct cert leaf = leaf_for(alt);
    expect_accepted(&leaf, NULL, &(struct wish){.domain = domain});
    cert_finish(&leaf);
}

static inline void refused(const struct cert_wish *wish, const char *domain, const char *why) {
    struct cert leaf = cert_make(wish, &ca);
    expect_refused(&leaf, NULL, &(struct wish){.domain = domain}, why);
    cert_finish(&leaf);
}

#endif
