/* SPDX-License-Identifier: MIT */
/*
 * TLS sessions that go on (RFC 8446 2.2, RFC 5077): when they do, when they must not, and what ties a login
 * to them. And what becomes of a session whose certificate ends (RFC 6120 13.7.2.3).
 */
#include "check.h"
#include "tls_scene.h"

#include "net/tls_context.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* What the peer saw in its last round. */
static bool peer_resumed;
static unsigned char exported[32], finished[64], clients[64]; /* the first Finished, the client's */
static size_t finished_len, clients_len;

static void play_round(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_resumed = SSL_session_reused(p->ssl);
    SSL_export_keying_material(p->ssl, exported, 32, "EXPORTER-Channel-Binding", 24, NULL, 0, 1);
    finished_len =
        peer_resumed ? SSL_get_finished(p->ssl, finished, 64) : SSL_get_peer_finished(p->ssl, finished, 64);
    clients_len = SSL_get_peer_finished(p->ssl, clients, 64);
    peer_read_exactly(p, 5);
    peer_write(p, "world", 5);
    end_tls(p);
}

static void is_full(struct client *c) {
    CHECK_STR(client_log(c), "connected|secured|world|closed");
    CHECK(!c->resumed);
}

static void is_resumed(struct client *c) {
    CHECK_STR(client_log(c), "connected|secured|world|closed");
    CHECK(c->resumed);
}

/* The first of `rounds` connections, which is a full one. */
static struct tls_context *first(struct client *c, SSL_CTX *server, const struct wish *w, int rounds) {
    struct tls_context *tls = scene_begin(c, server, play_round, w, rounds);
    loop_run(c->loop);
    is_full(c);
    return tls;
}

static void finish(struct client *c, struct tls_context *tls) {
    client_finish(c);
    tls_context_free(tls);
}

static SSL_CTX *server_of(const char *alt, int version) {
    struct cert leaf = leaf_for(alt);
    SSL_CTX *server = server_context(&leaf, NULL);
    SSL_CTX_set_max_proto_version(server, version);
    cert_finish(&leaf);
    return server;
}

static bool is_data(const struct client *c, enum conn_binding kind, const void *bytes, size_t len) {
    const struct buf *b = &c->bindings[kind];
    return buf_len(b) == len && memcmp(buf_data(b), bytes, len) == 0;
}

static void the_second_session_goes_on(void) {
    for (int i = 0; i < 2; i++) {
        struct client c;
        SSL_CTX *server = server_of("DNS:localhost", versions[i]);
        struct tls_context *tls = first(&c, server, &(struct wish){0}, 3);
        for (int round = 0; round < 2; round++) {
            scene_again(&c);
            is_resumed(&c);
            CHECK(is_data(&c, CONN_TLS_EXPORTER, exported, 32));
            CHECK(buf_len(&c.bindings[CONN_TLS_SERVER_END_POINT]) == 32);
            if (versions[i] == TLS1_2_VERSION)
                CHECK(is_data(&c, CONN_TLS_UNIQUE, finished, finished_len));
            CHECK(is_data(&c, CONN_TLS_FINISHED, clients, clients_len));
        }
        finish(&c, tls);
        CHECK(peer_resumed);
        SSL_CTX_free(server);
    }
}

/* A session id in place of a ticket. */
static void without_tickets_an_id_will_do(void) {
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_2_VERSION);
    SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 3);
    for (int round = 0; round < 2; round++) {
        scene_again(&c);
        is_resumed(&c);
    }
    finish(&c, tls);
    SSL_CTX_free(server);
}

/* RFC 7627: what a session without it has in common with another one, that other one may have too. */
static void no_unique_without_extended_master_secret(void) {
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_2_VERSION);
    SSL_CTX_set_options(server, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 2);
    scene_again(&c);
    is_resumed(&c);
    CHECK_INT(buf_len(&c.bindings[CONN_TLS_UNIQUE]), 0);
    CHECK_INT(buf_len(&c.bindings[CONN_TLS_FINISHED]), 0);
    CHECK_INT(buf_len(&c.bindings[CONN_TLS_EXPORTER]), 0);
    finish(&c, tls);
    SSL_CTX_free(server);
}

/* RFC 8446 C.4: who listens shall not see that it is the same client. */
static void a_ticket_is_used_once(void) {
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(server, 1);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 3);
    SSL_CTX_set_num_tickets(server, 0);
    scene_again(&c);
    is_resumed(&c);
    scene_again(&c);
    is_full(&c);
    finish(&c, tls);
    SSL_CTX_free(server);
}

static void other_settings_share_nothing(void) {
    struct err err = ERR_INIT;
    struct tls_options options = {.ca_file = ca_path};
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_3_VERSION);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 2);
    c.tls = tls_context_new(&options, NULL, &err);
    scene_again(&c);
    is_full(&c);
    tls_context_free(tls);
    finish(&c, c.tls);
    SSL_CTX_free(server);
}

/* What was verified for one name says nothing of another one. */
static void another_domain_begins_anew(void) {
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost,DNS:more.example", TLS1_3_VERSION);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 3);
    c.domain = "more.example";
    scene_again(&c);
    is_full(&c);
    c.domain = "other.example";
    scene_again(&c);
    CHECK_STR(client_log(&c), "connected|untrusted");
    finish(&c, tls);
    SSL_CTX_free(server);
}

/* A server that has lost its keys makes a full handshake of it. */
static void a_lost_key_costs_a_handshake(void) {
    for (int i = 0; i < 2; i++) {
        struct client c;
        SSL_CTX *server = server_of("DNS:localhost", versions[i]);
        SSL_CTX *restarted = server_of("DNS:localhost", versions[i]);
        struct tls_context *tls = first(&c, server, &(struct wish){0}, 3);
        c.peer.ssl_ctx = restarted;
        scene_again(&c);
        is_full(&c);
        scene_again(&c);
        is_resumed(&c);
        finish(&c, tls);
        SSL_CTX_free(server);
        SSL_CTX_free(restarted);
    }
}

/* The certificate of the server that was restarted is looked at. */
static void the_new_certificate_counts(void) {
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_3_VERSION);
    SSL_CTX *other = server_of("DNS:other.example", TLS1_3_VERSION);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 2);
    c.peer.ssl_ctx = other;
    scene_again(&c);
    CHECK_STR(client_log(&c), "connected|untrusted");
    finish(&c, tls);
    SSL_CTX_free(server);
    SSL_CTX_free(other);
}

static int rounds_left_bad; /* of play_trips: how many hellos are not answered */

static void play_trips(struct peer *p) {
    if (rounds_left_bad-- > 0)
        peer_read_some(p);
    else
        play_round(p);
}

/* A server that cannot bear tickets sees one, and then none. */
static void tickets_are_forgotten_after_a_failure(void) {
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(server, 4);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 4);
    c.peer.play = play_trips;
    rounds_left_bad = 1;
    scene_again(&c);
    CHECK_STR(client_log(&c), "connected|failed");
    for (int round = 0; round < 2; round++) { /* and none that it gives now */
        scene_again(&c);
        is_full(&c);
    }
    finish(&c, tls);
    SSL_CTX_free(server);
}

/* However many a server gives. */
static void play_gives_tickets(struct peer *p) {
    if (!accept_tls(p))
        return;
    peer_read_exactly(p, 5);
    for (int i = 0; i < 200; i++) {
        SSL_new_session_ticket(p->ssl);
        peer_write(p, "t", 1);
    }
    end_tls(p);
}

static void a_flood_of_tickets(void) {
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_3_VERSION);
    struct tls_context *tls =
        scene_begin(&c, server, play_gives_tickets, &(struct wish){.count_only = true}, 1);
    client_run(&c);
    CHECK_INT(c.received_len, 200);
    CHECK_INT(tls->tickets.count, TICKETS_OF_KEY);
    finish(&c, tls);
    SSL_CTX_free(server);
}

/* RFC 6120 4.9.3.16: after a <reset/> everything is negotiated again. */
static void forgotten_on_demand(void) {
    struct client c;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_3_VERSION);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 2);
    CHECK(tls->tickets.count > 0);
    conn_forget_session(c.conn); /* it is closed: nothing to forget */
    CHECK(tls->tickets.count > 0);
    c.after_hello = NULL;
    c.forget = true;
    scene_again(&c);
    is_resumed(&c);
    CHECK_INT(tls->tickets.count, 0);
    finish(&c, tls);
    SSL_CTX_free(server);
}

static void the_memory_is_bounded(void) {
    struct client c;
    struct tickets t = {NULL, 0};
    SSL_SESSION *session;
    time_t until;
    char key[32];
    SSL_CTX *server = server_of("DNS:localhost", TLS1_3_VERSION);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 1);
    CHECK(tls->tickets.count > 0);
    session = tls->tickets.list[0].session;
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof(key), "%d.example 5222", i);
        tickets_put(&t, key, session, 5000, 1000);
    }
    CHECK_INT(t.count, TICKETS_MOST);
    CHECK(!tickets_take(&t, "3.example 5222", 1000, &session, &until)); /* the oldest went first */
    CHECK(tickets_take(&t, "99.example 5222", 1000, &session, &until));
    CHECK_INT(until, 5000);
    CHECK_INT(t.count, TICKETS_MOST - 1);
    for (int i = 0; i < 20; i++)
        tickets_put(&t, "a.example 5222", session, 5000, 1000);
    size_t of_key = 0;
    for (size_t i = 0; i < t.count; i++)
        of_key += strcmp(t.list[i].key, "a.example 5222") == 0;
    CHECK_INT(of_key, TICKETS_OF_KEY);
    CHECK(!tickets_take(&t, "a.example 5222", 5000, &session, &until)); /* the certificates have ended */
    tickets_shun(&t, "a.example 5222", 1000);
    tickets_put(&t, "a.example 5222", session, 1000 + 2 * TICKET_S, 1000);
    CHECK(!tickets_take(&t, "a.example 5222", 1000, &session, &until));
    tickets_put(&t, "a.example 5222", session, 1000 + 2 * TICKET_S, 1000 + TICKET_S);
    SSL_SESSION_free(session);
    CHECK(tickets_take(&t, "a.example 5222", 1000 + TICKET_S, &session, &until));
    SSL_SESSION_free(session);
    tickets_finish(&t);
    finish(&c, tls);
    SSL_CTX_free(server);
}

static void tickets_end_after_a_day(void) {
    struct client c;
    struct tickets t = {NULL, 0};
    SSL_SESSION *session;
    time_t until;
    SSL_CTX *server = server_of("DNS:localhost", TLS1_2_VERSION);
    SSL_CTX_set_timeout(server, 7 * 86400);
    struct tls_context *tls = first(&c, server, &(struct wish){0}, 1);
    CHECK_INT(tls->tickets.count, 1);
    for (int late = 0; late < 2; late++) {
        tickets_put(&t, "k", tls->tickets.list[0].session, INT64_MAX, 1000);
        bool there = tickets_take(&t, "k", 1000 + TICKET_S - 1 + late, &session, &until);
        CHECK_INT(there, !late);
        if (there)
            SSL_SESSION_free(session);
    }
    tickets_finish(&t);
    finish(&c, tls);
    SSL_CTX_free(server);
}

int main(void) {
    RUN(scene_set_up);
    RUN(the_second_session_goes_on);
    RUN(without_tickets_an_id_will_do);
    RUN(no_unique_without_extended_master_secret);
    RUN(a_ticket_is_used_once);
    RUN(other_settings_share_nothing);
    RUN(another_domain_begins_anew);
    RUN(a_lost_key_costs_a_handshake);
    RUN(the_new_certificate_counts);
    RUN(tickets_are_forgotten_after_a_failure);
    RUN(a_flood_of_tickets);
    RUN(forgotten_on_demand);
    RUN(the_memory_is_bounded);
    RUN(tickets_end_after_a_day);
    RUN(scene_tear_down);
    return check_done();
}
