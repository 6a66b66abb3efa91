/* SPDX-License-Identifier: MIT */
/*
 * TLS over a connection: how sessions begin, end and break, with servers that are old, rude or hostile. The
 * peer is OpenSSL's own server side on a thread.
 */
#include "check.h"
#include "tls_scene.h"

#include <netinet/tcp.h>

/* ---- the peer's side ---- */

static void play_name(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_read_exactly(p, 5);
    peer_write(p, p->note, strlen(p->note));
    end_tls(p);
}

/* Clear text first, as STARTTLS has it. */
static void play_starttls(struct peer *p) {
    peer_read_exactly(p, 8);
    peer_write(p, "proceed", 7);
    play_echo(p);
}

static void play_until_closed(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_wait_for_hello(p);
    peer_read_to_end(p);
    bool closed = (SSL_get_shutdown(p->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
    snprintf(p->note, sizeof(p->note), "%s", closed ? "close_notify" : "cut");
    peer_write(p, "late", 4);
    SSL_shutdown(p->ssl);
}

static void play_cut(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_write(p, "half", 4);
    peer_read_exactly(p, 5);
    SSL_set_quiet_shutdown(p->ssl, 1);
}

static void play_flood(struct peer *p) {
    static char piece[100000];
    memset(piece, 'f', sizeof(piece));
    if (!accept_tls(p))
        return;
    peer_read_exactly(p, 5);
    for (int i = 0; i < 40; i++)
        peer_write(p, piece, sizeof(piece));
    end_tls(p);
}

/* Every write is a record of one byte, and TCP cuts it where it likes. */
static void play_crumbs(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_read_exactly(p, 5);
    for (int i = 0; i < 200; i++)
        peer_write(p, "c", 1);
    end_tls(p);
}

/* All that OpenSSL wants to say, a byte at a time. */
static void say_in_bytes(struct peer *p, BIO *out) {
    char byte;
    while (BIO_read(out, &byte, 1) == 1)
        if (send(p->fd, &byte, 1, MSG_NOSIGNAL) != 1)
            return;
}

/* The handshake in single bytes, each a write of its own; then the echo, in the same way. */
static void play_dribble(struct peer *p) {
    char bytes[4096];
    int one = 1;
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    SSL *ssl = SSL_new(p->ssl_ctx);
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    SSL_set_bio(ssl, in, out);
    for (bool done = false; !done;) {
        ssize_t n = read(p->fd, bytes, sizeof(bytes));
        if (n <= 0)
            break;
        BIO_write(in, bytes, (int)n);
        SSL_accept(ssl);
        if (SSL_is_init_finished(ssl) && (n = SSL_read(ssl, bytes, sizeof(bytes))) > 0) {
            SSL_write(ssl, bytes, (int)n);
            SSL_shutdown(ssl);
            done = true;
        }
        say_in_bytes(p, out);
    }
    p->ssl = ssl;
}

static void play_leave(struct peer *p) {
    peer_read_some(p);
}

static void play_nonsense(struct peer *p) {
    peer_read_some(p);
    peer_write(p, "<stream:error/>", 15);
    peer_read_to_end(p);
}

/* Asks for a new handshake in the middle (RFC 9325 3.5), and goes on when there is none. */
static void play_renegotiate(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_read_exactly(p, 5);
    SSL_renegotiate(p->ssl);
    SSL_do_handshake(p->ssl); /* asks */
    peer_write(p, "still", 5);
    SSL_read(p->ssl, p->tail, 1); /* the client's warning: no_renegotiation */
    ERR_error_string_n(ERR_peek_last_error(), p->note, sizeof(p->note));
}

/* New keys again and again, which is allowed (RFC 8446 4.6.3). */
static void play_new_keys(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_read_exactly(p, 5);
    for (int i = 0; i < 10; i++) {
        SSL_key_update(p->ssl, SSL_KEY_UPDATE_REQUESTED);
        peer_write(p, "k", 1);
    }
    end_tls(p);
}

static void play_garbage_later(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_read_exactly(p, 5);
    send(p->fd, "\x17\x03\x03\x00\x20 not what the keys would make of", 38, MSG_NOSIGNAL);
    peer_read_to_end(p);
}

/* ---- protocols ---- */

static void old_protocols(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    struct client c;
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_set_min_proto_version(server, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(server, TLS1_1_VERSION);
    connect_with(&c, server, play_echo, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|failed");
    CHECK_HAS(c.why, "TLS handshake with localhost (127.0.0.1:");
    client_finish(&c);
    SSL_CTX_free(server);
    server = server_context(&leaf, NULL);
    SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION);
    connect_with(&c, server, play_echo, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|secured|hello|closed");
    CHECK_STR(c.version, "TLSv1.2");
    client_finish(&c);
    connect_with(&c, server, play_echo, &(struct wish){.min_version = TLS1_3_VERSION});
    CHECK_STR(client_log(&c), "connected|failed");
    CHECK_HAS(c.why, "(the server knows no version of TLS that tls.min_version allows)");
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

/* RFC 9325 4.1, 4.2: no forward secrecy, no authenticated encryption, keys exchanged over a finite field. */
static void old_ciphers(void) {
    static const char *const names[] = {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256",
                                        "ECDHE-RSA-AES256-SHA", "DHE-RSA-AES128-GCM-SHA256",
                                        "ECDHE-RSA-AES128-GCM-SHA256"};
    struct cert leaf =
        cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .key = "RSA:2048"}, &ca);
    for (int i = 0; i < 5; i++) {
        SSL_CTX *server = server_context(&leaf, NULL);
        struct client c;
        SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION);
        SSL_CTX_set_dh_auto(server, 1);
        CHECK_INT(SSL_CTX_set_cipher_list(server, names[i]), 1);
        connect_with(&c, server, play_echo, &(struct wish){0});
        CHECK_STR(client_log(&c), i == 4 ? "connected|secured|hello|closed" : "connected|failed");
        if (i < 4)
            CHECK_HAS(c.why, "handshake failure (the server finds no version and cipher in common:");
        client_finish(&c);
        SSL_CTX_free(server);
    }
    cert_finish(&leaf);
}

/* RFC 9325 4.3, 4.5: handshakes signed with SHA-1, curves that are too small. */
static void old_signatures_and_curves(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    for (int i = 0; i < 2; i++) {
        SSL_CTX *server = server_context(&leaf, NULL);
        struct client c;
        SSL_CTX_set_security_level(server, 0);
        SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION);
        CHECK_INT(i == 0 ? SSL_CTX_set1_sigalgs_list(server, "ECDSA+SHA1")
                         : SSL_CTX_set1_groups_list(server, "secp192r1"),
                  1);
        connect_with(&c, server, play_echo, &(struct wish){0});
        CHECK_STR(client_log(&c), "connected|failed");
        client_finish(&c);
        SSL_CTX_free(server);
    }
    cert_finish(&leaf);
}

/* ---- sessions ---- */

static void sni_is_sent(void) {
    struct client c;
    struct cert leaf = leaf_for("DNS:chat.example.org,IP:127.0.0.1,DNS:xn--bcher-kva.example");
    SSL_CTX *server = server_context(&leaf, NULL);
    connect_with(&c, server, play_name, &(struct wish){.domain = "chat.example.org"});
    CHECK_STR(client_log(&c), "connected|secured|chat.example.org|closed");
    client_finish(&c);
    connect_with(&c, server, play_name, &(struct wish){.domain = "127.0.0.1"});
    CHECK_STR(client_log(&c), "connected|secured|(no name)|closed");
    client_finish(&c);
    connect_with(&c, server, play_name,
                 &(struct wish){.domain = "b\xc3\xbc"
                                          "cher.example"});
    CHECK_STR(client_log(&c), "connected|secured|xn--bcher-kva.example|closed");
    client_finish(&c);
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

static void tls_begins_after_clear_text(void) {
    struct client c;
    play_with(&c, play_starttls, &(struct wish){.starttls = true});
    CHECK_STR(client_log(&c), "connected|proceed|secured|hello|closed");
    client_finish(&c);
}

static void close_notify_is_answered(void) {
    struct client c;
    play_with(&c, play_echo, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|secured|hello|closed");
    CHECK_STR(c.peer.note, "both ways");
    client_finish(&c);
}

static void shutdown_sends_close_notify(void) {
    struct client c;
    play_with(&c, play_until_closed, &(struct wish){.shutdown_at = "secured"});
    CHECK_STR(client_log(&c), "connected|secured|late|closed");
    CHECK_STR(c.peer.note, "close_notify");
    CHECK_INT(c.peer.read_len, 5);
    client_finish(&c);
}

static void much_goes_both_ways(void) {
    struct client c;
    play_with(&c, play_until_closed,
              &(struct wish){.shutdown_at = "secured", .hello_len = 20u << 20, .count_only = true});
    CHECK_INT(c.peer.read_len, 20u << 20);
    CHECK(c.unsent > 0);
    CHECK_STR(c.peer.note, "close_notify");
    client_finish(&c);
    play_with(&c, play_flood, &(struct wish){.count_only = true});
    CHECK_INT(c.received_len, 4000000);
    CHECK_STR(client_log(&c), "connected|secured|closed");
    client_finish(&c);
    play_with(&c, play_crumbs, &(struct wish){.count_only = true});
    CHECK_INT(c.received_len, 200);
    client_finish(&c);
}

static void bytes_may_come_one_by_one(void) {
    struct client c;
    play_with(&c, play_dribble, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|secured|hello|closed");
    client_finish(&c);
}

static void a_cut_is_a_failure(void) {
    struct client c;
    play_with(&c, play_cut, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|secured|half|failed");
    CHECK_HAS(c.why, "cut the connection");
    client_finish(&c);
}

static void handshakes_that_fail(void) {
    struct client c;
    play_with(&c, play_leave, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|failed");
    CHECK_HAS(c.why, "during the TLS handshake");
    client_finish(&c);
    play_with(&c, play_nonsense, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|failed");
    CHECK_HAS(c.why, "failed: wrong version number (what answers there does not speak TLS");
    client_finish(&c);
    play_with(&c, play_garbage_later, &(struct wish){0});
    CHECK_STR(client_log(&c), "connected|secured|failed");
    CHECK_HAS(c.why, "TLS with localhost (127.0.0.1:");
    client_finish(&c);
}

static void connect_at(struct client *c, int version, void (*play)(struct peer *)) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    SSL_CTX_set_max_proto_version(server, version);
    connect_with(c, server, play, &(struct wish){0});
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

static void nothing_is_negotiated_twice(void) {
    struct client c;
    connect_at(&c, TLS1_2_VERSION, play_renegotiate);
    CHECK_HAS(client_log(&c), "connected|secured");
    CHECK_HAS(c.peer.note, "no renegotiation");
    client_finish(&c);
}

static void keys_may_be_new(void) {
    struct client c;
    connect_at(&c, TLS1_3_VERSION, play_new_keys);
    CHECK_STR(client_log(&c), "connected|secured|k|k|k|k|k|k|k|k|k|k|closed");
    client_finish(&c);
}

static void freed_in(const char *where, void (*play)(struct peer *)) {
    struct client c;
    play_with(&c, play, &(struct wish){.free_at = where, .starttls = play == play_starttls});
    CHECK(c.conn == NULL);
    client_finish(&c);
}

static void free_is_allowed_everywhere(void) {
    freed_in("connected", play_echo);
    freed_in("secured", play_echo);
    freed_in("received", play_echo);
    freed_in("received", play_flood);
    freed_in("received", play_starttls);
    freed_in("closed", play_echo);
    freed_in("closed", play_nonsense);
}

int main(void) {
    RUN(scene_set_up);
    RUN(old_protocols);
    RUN(old_ciphers);
    RUN(old_signatures_and_curves);
    RUN(sni_is_sent);
    RUN(tls_begins_after_clear_text);
    RUN(close_notify_is_answered);
    RUN(shutdown_sends_close_notify);
    RUN(much_goes_both_ways);
    RUN(bytes_may_come_one_by_one);
    RUN(a_cut_is_a_failure);
    RUN(handshakes_that_fail);
    RUN(nothing_is_negotiated_twice);
    RUN(keys_may_be_new);
    RUN(free_is_allowed_everywhere);
    RUN(scene_tear_down);
    return check_done();
}
