/* SPDX-License-Identifier: MIT */
/*
 * TLS over a connection: which certificates are accepted and what is said of the others, and how sessions
 * begin, end and break. The certificates are made here; the peer is OpenSSL's own server side on a thread.
 */
#include "check.h"
#include "tls_scene.h"

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

/* ---- certificates ---- */

static void good_certificates(void) {
    accepted("DNS:localhost", NULL);
    accepted("DNS:*.example.org", "chat.example.org");
    accepted("otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-client.example.org", "example.org");
    accepted("otherName:1.3.6.1.5.5.7.8.5;UTF8:example.org", "example.org");
    accepted("IP:127.0.0.1", "127.0.0.1");
    accepted("DNS:xn--bcher-kva.example", "b\xc3\xbc"
                                          "cher.example");
}

static void the_jid_domain_counts_not_the_host(void) {
    /* the host that was connected to is localhost in every case */
    refused(&(struct cert_wish){.name = "localhost", .alt = "DNS:localhost"}, "example.org",
            "is for localhost, not for example.org");
}

static void other_names(void) {
    refused(&(struct cert_wish){.name = "x", .alt = "DNS:other.example,DNS:more.example"}, NULL,
            "is for other.example, more.example, not for localhost");
    refused(&(struct cert_wish){.name = "x", .alt = "DNS:*.example.org"}, "a.b.example.org",
            "is for *.example.org, not for a.b.example.org");
    refused(&(struct cert_wish){.name = "x",
                                .alt = "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-server.localhost"},
            NULL, "is for _xmpp-server.localhost, not for localhost");
    refused(&(struct cert_wish){.name = "localhost"}, NULL, "is not for localhost: it has no subjectAltName");
}

static void dates(void) {
    refused(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .from_s = -864000, .until_s = -86400},
            NULL, ") expired on 20");
    refused(&(struct cert_wish){.name = "x", .alt = "DNS:localhost", .from_s = 86400, .until_s = 864000},
            NULL, ") becomes valid only on 20");
}

static void an_expired_authority(void) {
    struct cert old = cert_make(
        &(struct cert_wish){.name = "Old CA", .is_ca = true, .from_s = -864000, .until_s = -86400}, &ca);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &old);
    expect_refused(&leaf, &old, &(struct wish){0},
                   "is not trusted: the certificate of its authority expired on 20");
    cert_finish(&leaf);
    cert_finish(&old);
}

static void unknown_authorities(void) {
    struct cert self = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, NULL);
    struct cert other = cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true}, NULL);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &other);
    expect_refused(&self, NULL, &(struct wish){0}, "is not trusted: it is self-signed (tls.ca_file is /");
    expect_refused(&leaf, NULL, &(struct wish){0}, "is not trusted: ");
    cert_save(&self, own_path); /* a certificate of one's own may be the anchor itself */
    expect_accepted(&self, NULL, &(struct wish){.ca_file = own_path});
    cert_finish(&self);
    cert_finish(&leaf);
    cert_finish(&other);
}

static void authorities_between(void) {
    struct cert between = cert_make(&(struct cert_wish){.name = "Between", .is_ca = true}, &ca);
    struct cert not_ca = cert_make(&(struct cert_wish){.name = "Not a CA", .alt = "DNS:other.example"}, &ca);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &between);
    struct cert forged = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:localhost"}, &not_ca);
    expect_accepted(&leaf, &between, &(struct wish){0});
    expect_refused(
        &leaf, NULL, &(struct wish){0},
        "it was issued by an authority that is not known here, CN=Between, or the server leaves out");
    expect_refused(&forged, &not_ca, &(struct wish){0},
                   "is not trusted: it was issued by CN=Not a CA, which is no authority (CA:FALSE)");
    cert_save(&between, own_path);
    expect_accepted(&leaf, NULL, &(struct wish){.ca_file = own_path});
    cert_finish(&forged);
    cert_finish(&leaf);
    cert_finish(&not_ca);
    cert_finish(&between);
}

/* Without tls.ca_file the system's directory counts: here one with nothing in it. */
static void system_trust(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    struct tls_options options = {.ca_file = NULL};
    struct client c;
    setenv("SSL_CERT_DIR", dir, 1);
    struct tls_context *tls = tls_context_new(&options, NULL, NULL);
    client_start(&c, play_echo, server);
    c.tls = tls;
    c.tls_at_once = true;
    client_open(&c, true);
    client_run(&c);
    CHECK_STR(client_log(&c), "connected|untrusted");
    CHECK_HAS(c.why, "; where that is meant, set tls.ca_file to the certificate of its authority");
    client_finish(&c);
    tls_context_free(tls);
    unsetenv("SSL_CERT_DIR");
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

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
}

/* passphrase NULL: none. */
static void save_key(const struct cert *c, const char *passphrase) {
    FILE *f = fopen(own_path, "w");
    PEM_write_PKCS8PrivateKey(f, c->key, passphrase ? EVP_aes_128_cbc() : NULL, passphrase,
                              passphrase ? (int)strlen(passphrase) : 0, NULL, NULL);
    fclose(f);
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
    RUN(good_certificates);
    RUN(the_jid_domain_counts_not_the_host);
    RUN(other_names);
    RUN(dates);
    RUN(an_expired_authority);
    RUN(unknown_authorities);
    RUN(authorities_between);
    RUN(system_trust);
    RUN(old_protocols);
    RUN(old_ciphers);
    RUN(bad_files);
    RUN(bad_keys);
    RUN(sni_is_sent);
    RUN(tls_begins_after_clear_text);
    RUN(close_notify_is_answered);
    RUN(shutdown_sends_close_notify);
    RUN(much_goes_both_ways);
    RUN(a_cut_is_a_failure);
    RUN(handshakes_that_fail);
    RUN(nothing_is_negotiated_twice);
    RUN(keys_may_be_new);
    RUN(free_is_allowed_everywhere);
    RUN(the_client_has_a_certificate);
    RUN(scene_tear_down);
    return check_done();
}
