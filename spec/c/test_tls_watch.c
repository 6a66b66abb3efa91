/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a connection whose certificate ends while it is up (RFC 6120 13.7.2.3). The certificates
 * are good for two seconds; where the machine is too slow to connect in these, another one is made.
 */
#include "check.h"
#include "tls_scene.h"

static void finish(struct client *c, struct tls_context *tls) {
    client_finish(c);
    tls_context_free(tls);
}

static void play_until_end(struct peer *p) {
    if (accept_tls(p))
        peer_read_to_end(p);
}

static void note_distrust(void *ctx, const char *text) {
    struct client *c = ctx;
    client_note(c, "distrusted", 10);
    snprintf(c->why, sizeof(c->why), "%s", text);
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

int main(void) {
    RUN(scene_set_up);
    RUN(the_end_of_a_certificate_ends_the_connection);
    RUN(the_end_of_a_certificate_ends_a_resumed_session);
    RUN(scene_tear_down);
    return check_done();
}
