/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a connection whose certificate ends while it is up (RFC 6120 13.7.2.3), or is revoked, or
 * proves no more that it is not. Certificates, lists and proofs are good for two seconds; where the machine
 * is too slow to connect in these, another one is made.
 */
#include "check.h"
#include "staple.h"
#include "tls_scene.h"

#include "net/tls_status.h"

static void finish(struct client *c, struct tls_context *tls) {
    client_finish(c);
    tls_context_free(tls);
}

static void play_until_end(struct peer *p) {
    if (accept_tls(p))
        peer_read_to_end(p);
}

static char last_distrust[1024];

static void note_distrust(void *ctx, const char *text) {
    struct client *c = ctx;
    client_note(c, "distrusted", 10);
    snprintf(last_distrust, sizeof(last_distrust), "%s", text);
    conn_shutdown(c->conn);
}

/* Valid for two seconds more. False: the machine was too slow to connect in them. */
static bool ends_in_use(bool told) {
    static const struct conn_callbacks told_events = {client_connected, client_secured, client_received,
                                                      client_closed, note_distrust};
    struct client c;
    struct cert leaf = cert_make(
        &(struct cert_wish){.name = "x", .alt = "DNS:localhost", .from_s = -3600, .until_s = 2}, &ca);
    SSL_CTX *server = server_context(&leaf, NULL);
    struct tls_context *tls = scene_begin(&c, server, play_until_end, &(struct wish){.closed = true}, 2);
    if (told) {
        conn_free(c.conn);
        c.conn = conn_new(c.loop, c.dns, &told_events, &c);
    }
    client_open(&c, true);
    loop_run(c.loop);
    bool was_up = strstr(client_log(&c), "secured") != NULL;
    if (was_up) {
        CHECK_STR(client_log(&c),
                  told ? "connected|secured|distrusted|closed" : "connected|secured|untrusted");
        if (!told)
            CHECK_HAS(c.why, "while connected, the certificate of localhost (127.0.0.1:");
        scene_again(&c); /* and it is not resumed either */
        CHECK_STR(client_log(&c), "connected|untrusted");
        CHECK_HAS(c.why, " expired on 20");
    } else {
        shutdown(c.peer.listener, SHUT_RDWR);
    }
    finish(&c, tls);
    SSL_CTX_free(server);
    cert_finish(&leaf);
    return was_up;
}

static int rounds_before_the_last; /* of play_stays */

static void play_stays(struct peer *p) {
    if (rounds_before_the_last-- > 0)
        play_echo(p);
    else
        play_until_end(p);
}

/* A session that was resumed has the certificates of the first one. */
static bool resumed_ends_in_use(void) {
    struct client c;
    struct cert leaf = cert_make(
        &(struct cert_wish){.name = "x", .alt = "DNS:localhost", .from_s = -3600, .until_s = 2}, &ca);
    SSL_CTX *server = server_context(&leaf, NULL);
    rounds_before_the_last = 1;
    struct tls_context *tls = scene_begin(&c, server, play_stays, &(struct wish){0}, 2);
    loop_run(c.loop);
    bool was_up = strstr(client_log(&c), "hello") != NULL;
    scene_again(&c);
    was_up = was_up && c.resumed;
    if (was_up) {
        CHECK_STR(client_log(&c), "connected|secured|untrusted");
        CHECK_HAS(c.why, "while connected, the certificate of localhost (127.0.0.1:");
        CHECK_HAS(c.why, " expired on 20");
    }
    finish(&c, tls);
    SSL_CTX_free(server);
    cert_finish(&leaf);
    return was_up;
}

static void the_end_of_a_certificate_ends_a_resumed_session(void) {
    bool done = false;
    for (int i = 0; !done && i < 10; i++)
        done = resumed_ends_in_use();
    CHECK(done);
}

static void the_end_of_a_certificate_ends_the_connection(void) {
    bool done = false;
    for (int i = 0; !done && i < 10; i++)
        done = ends_in_use(false);
    CHECK(done);
    done = false;
    for (int i = 0; !done && i < 10; i++)
        done = ends_in_use(true);
    CHECK(done);
}

/* ---- revocation ---- */

/* One connection, that is told. False: the machine was too slow. */
static bool is_distrusted(SSL_CTX *server, const char *crl_file, void (*meanwhile)(struct client *),
                          const char *why) {
    static const struct conn_callbacks told_events = {client_connected, client_secured, client_received,
                                                      client_closed, note_distrust};
    const struct wish w = {.closed = true, .crl_file = crl_file};
    struct client c;
    struct tls_context *tls = scene_begin(&c, server, play_until_end, &w, 1);
    conn_free(c.conn);
    c.conn = conn_new(c.loop, c.dns, &told_events, &c);
    c.after_hello = meanwhile;
    client_open(&c, true);
    client_run(&c);
    bool was_up = strstr(client_log(&c), "secured") != NULL;
    if (was_up) {
        CHECK_STR(client_log(&c), "connected|secured|distrusted|closed");
        CHECK_HAS(last_distrust, "while connected, the certificate of localhost (127.0.0.1:");
        CHECK_HAS(last_distrust, why);
    }
    finish(&c, tls);
    return was_up;
}

static struct cert leaf_in_use;

static void publish(struct client *c) {
    (void)c;
    list_save(&(struct list_wish){.revoked = leaf_in_use.x509, .reason = 1}, &ca, list_path);
}

/* The list ends; its successor is there, and has the certificate. */
static bool a_list_ends_in_use(void) {
    leaf_in_use = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf_in_use, NULL);
    list_save(&(struct list_wish){.from_s = -60, .until_s = 2}, &ca, list_path);
    bool was_up = is_distrusted(server, list_path, publish,
                                " is not trusted: it was revoked on 2023-11-14 (keyCompromise)");
    SSL_CTX_free(server);
    cert_finish(&leaf_in_use);
    return was_up;
}

static bool no_list_follows(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    list_save(&(struct list_wish){.from_s = -60, .until_s = 2}, &ca, list_path);
    bool was_up =
        is_distrusted(server, list_path, NULL, " is out of date in tls.crl_file, CN=Test CA, until 20");
    SSL_CTX_free(server);
    cert_finish(&leaf);
    return was_up;
}

/* until_s: when the answer says that it ends; clocks may differ by TLS_STATUS_SLACK_S. */
static bool a_proof_ends(long until_s) {
    struct cert leaf = cert_make(
        &(struct cert_wish){.name = "leaf", .alt = "DNS:localhost", .features = "status_request"}, &ca);
    struct staple s = staple_make(&(struct staple_wish){.from_s = -3600, .until_s = until_s}, &leaf, &ca);
    SSL_CTX *server = server_context(&leaf, NULL);
    staple_to(&s, server);
    bool was_up =
        is_distrusted(server, NULL, NULL,
                      " must come with a proof that it was not revoked (must-staple, RFC 7633), and "
                      "the one that the server showed has run out");
    SSL_CTX_free(server);
    staple_finish(&s);
    cert_finish(&leaf);
    return was_up;
}

static bool a_proof_ends_in_use(void) {
    return a_proof_ends(2);
}

static bool a_proof_ends_for_good(void) {
    return a_proof_ends(2 - TLS_STATUS_SLACK_S);
}

static void until_it_was_in_time(bool (*once)(void)) {
    bool done = false;
    for (int i = 0; !done && i < 10; i++)
        done = once();
    CHECK(done);
}

static void the_next_list_ends_the_connection(void) {
    until_it_was_in_time(a_list_ends_in_use);
}

static void the_end_of_a_list_ends_the_connection(void) {
    until_it_was_in_time(no_list_follows);
}

static void the_end_of_a_proof_that_must_be_ends_the_connection(void) {
    until_it_was_in_time(a_proof_ends_in_use);
    until_it_was_in_time(a_proof_ends_for_good);
}

int main(void) {
    RUN(scene_set_up);
    RUN(the_end_of_a_certificate_ends_the_connection);
    RUN(the_end_of_a_certificate_ends_a_resumed_session);
    RUN(the_next_list_ends_the_connection);
    RUN(the_end_of_a_list_ends_the_connection);
    RUN(the_end_of_a_proof_that_must_be_ends_the_connection);
    RUN(scene_tear_down);
    return check_done();
}
