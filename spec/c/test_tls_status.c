/* SPDX-License-Identifier: MIT */
/*
 * The proof that a server staples to its certificate, that it was not revoked (RFC 6066 8, RFC 6960): what
 * counts, what counts for nothing, and whom that matters to (must-staple, RFC 7633).
 */
#include "check.h"
#include "staple.h"
#include "tls_scene.h"

#include "net/tls_context.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
static const struct staple nothing = {NULL, 0};

static struct cert must_staple(void) {
    return cert_make(
        &(struct cert_wish){.name = "leaf", .alt = "DNS:localhost", .features = "status_request"}, &ca);
}

/* After STARTTLS where the client asks for it. */
static void play_all(struct peer *p) {
    peer_read_exactly(p, 8);
    peer_write(p, "proceed", 7);
    play_echo(p);
}

/* One connection to a server that shows this. */
static void show(struct client *c, const struct cert *leaf, const struct staple *s, int version,
                 bool starttls) {
    struct staple shown = *s;
    SSL_CTX *server = server_context(leaf, NULL);
    staple_to(&shown, server);
    SSL_CTX_set_max_proto_version(server, version);
    connect_with(c, server, starttls ? play_all : play_echo, &(struct wish){.starttls = starttls});
    SSL_CTX_free(server);
}

static void is_up(struct client *c, bool proven, const char *no_proof) {
    CHECK_HAS(client_log(c), "secured|hello|closed");
    CHECK_INT(c->proven, proven);
    CHECK_HAS(c->no_proof, no_proof);
    CHECK_INT(c->no_proof[0] == '\0', no_proof[0] == '\0');
    client_finish(c);
}

static void is_refused(struct client *c, const char *why) {
    CHECK_HAS(client_log(c), "|untrusted");
    CHECK(strstr(client_log(c), "secured") == NULL);
    CHECK_HAS(c->why, why);
    CHECK_HAS(c->peer.note, "bad certificate"); /* and it never saw the handshake's end */
    client_finish(c);
}

/* In both versions, with TLS at once and after STARTTLS. */
static void in_every_way(const struct cert *leaf, struct staple s, const char *refused) {
    for (int i = 0; i < 4; i++) {
        struct client c;
        show(&c, leaf, &s, versions[i % 2], i / 2);
        if (refused != NULL)
            is_refused(&c, refused);
        else
            is_up(&c, s.len > 0, "");
    }
    staple_finish(&s);
}

static void a_good_answer_is_proof(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    in_every_way(&leaf, staple_make(&(struct staple_wish){.until_s = 3600}, &leaf, &ca), NULL);
    in_every_way(&leaf, staple_make(&(struct staple_wish){.id_hash = "SHA256"}, &leaf, &ca), NULL);
    cert_finish(&leaf);
}

static void without_an_answer_nothing_is_proven(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    in_every_way(&leaf, nothing, NULL);
    cert_finish(&leaf);
}

static void a_revoked_certificate_is_refused(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    struct staple_wish w = {.status = V_OCSP_CERTSTATUS_REVOKED, .reason = 1, .until_s = 3600};
    in_every_way(&leaf, staple_make(&w, &leaf, &ca),
                 "is not trusted: it was revoked on 2023-11-14 (keyCompromise)");
    w.reason = -1;
    in_every_way(&leaf, staple_make(&w, &leaf, &ca), "is not trusted: it was revoked on 2023-11-14");
    w.from_s = -7200; /* that stays true */
    w.until_s = -3600;
    in_every_way(&leaf, staple_make(&w, &leaf, &ca), "is not trusted: it was revoked on 2023-11-14");
    cert_finish(&leaf);
}

/* ---- what counts for nothing ---- */

/* Enough for a certificate that need not prove anything, not for one that must. */
static void counts_for_nothing(const struct cert *free_leaf, struct staple plain,
                               const struct cert *bound_leaf, struct staple bound, const char *why) {
    for (int i = 0; i < 2; i++) {
        struct client c;
        show(&c, free_leaf, &plain, versions[i], false);
        is_up(&c, false, why);
        show(&c, bound_leaf, &bound, versions[i], false);
        CHECK_HAS(c.why, why);
        is_refused(&c,
                   "must come with a proof that it was not revoked (must-staple, RFC 7633), and the answer "
                   "that the server staples ");
    }
    staple_finish(&plain);
    staple_finish(&bound);
}

static void old_early_and_unknown_answers(void) {
    static const struct {
        struct staple_wish wish;
        const char *why;
    } cases[] = {
        {{.from_s = -7200, .until_s = -3600}, "was good until 20"},
        {{.from_s = -100000}, "was good until 20"}, /* without an end: for a day */
        {{.from_s = 3600, .until_s = 7200}, "is of a time to come, 20"},
        {{.status = V_OCSP_CERTSTATUS_UNKNOWN, .until_s = 3600}, "says that its authority does not know it"},
        {{.error = OCSP_RESPONSE_STATUS_TRYLATER}, "is an error, trylater"},
        {{.until_s = 3600, .hash = "SHA1"}, "is not signed by its authority"},
    };
    struct cert leaf = leaf_for("DNS:localhost"), must = must_staple();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        counts_for_nothing(&leaf, staple_make(&cases[i].wish, &leaf, &ca), &must,
                           staple_make(&cases[i].wish, &must, &ca), cases[i].why);
    cert_finish(&leaf);
    cert_finish(&must);
}

static void an_answer_about_another_certificate(void) {
    struct cert leaf = leaf_for("DNS:localhost"), must = must_staple(), third = leaf_for("DNS:localhost");
    struct staple_wish good = {.until_s = 3600},
                       revoked = {.status = V_OCSP_CERTSTATUS_REVOKED, .until_s = 3600};
    counts_for_nothing(&leaf, staple_make(&good, &third, &ca), &must, staple_make(&good, &third, &ca),
                       "is about another certificate");
    counts_for_nothing(&leaf, staple_make(&revoked, &third, &ca), &must, staple_make(&revoked, &third, &ca),
                       "is about another certificate");
    cert_finish(&leaf);
    cert_finish(&must);
    cert_finish(&third);
}

static struct staple damaged(const struct cert *leaf, int how) {
    struct staple s = staple_make(&(struct staple_wish){.until_s = 3600}, leaf, &ca);
    if (how == 3)
        s.der[s.len - 1] ^= 1; /* of the signature */
    else
        s.len = how == 0 ? 1 : how == 1 ? s.len / 2 : s.len - 1;
    return s;
}

static void a_damaged_answer(void) {
    struct cert leaf = leaf_for("DNS:localhost"), must = must_staple();
    for (int how = 0; how < 4; how++)
        counts_for_nothing(&leaf, damaged(&leaf, how), &must, damaged(&must, how),
                           how == 3 ? "is not signed by its authority" : "is damaged");
    cert_finish(&leaf);
    cert_finish(&must);
}

/* ---- who may sign ---- */

static struct cert signer_for(const char *usage, const struct cert *issuer) {
    return cert_make(&(struct cert_wish){.name = "responder", .usage = usage}, issuer);
}

static void the_authority_may_name_a_signer(void) {
    struct cert leaf = leaf_for("DNS:localhost"), must = must_staple(),
                signer = signer_for("OCSPSigning", &ca);
    struct staple_wish good = {.until_s = 3600, .signer = &signer, .shows_signer = true}, revoked = good;
    revoked.status = V_OCSP_CERTSTATUS_REVOKED;
    in_every_way(&leaf, staple_make(&good, &leaf, &ca), NULL);
    in_every_way(&must, staple_make(&good, &must, &ca), NULL);
    in_every_way(&leaf, staple_make(&revoked, &leaf, &ca), "it was revoked on 2023-11-14");
    cert_finish(&signer);
    cert_finish(&must);
    cert_finish(&leaf);
}

static void nobody_else_signs(void) {
    struct cert leaf = leaf_for("DNS:localhost"), must = must_staple();
    struct cert other = cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true}, NULL);
    struct cert over = cert_make(
        &(struct cert_wish){.name = "responder", .usage = "OCSPSigning", .from_s = -7200, .until_s = -3600},
        &ca);
    struct cert signers[] = {signer_for("OCSPSigning", &other), signer_for("serverAuth", &ca),
                             signer_for(NULL, &ca), other, over};
    for (size_t i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
        struct staple_wish w = {.until_s = 3600, .signer = &signers[i], .shows_signer = true};
        counts_for_nothing(&leaf, staple_make(&w, &leaf, &ca), &must, staple_make(&w, &must, &ca),
                           "is not signed by its authority");
        w.status = V_OCSP_CERTSTATUS_REVOKED;
        counts_for_nothing(&leaf, staple_make(&w, &leaf, &ca), &must, staple_make(&w, &must, &ca),
                           "is not signed by its authority");
        cert_finish(&signers[i]);
    }
    cert_finish(&leaf);
    cert_finish(&must);
}

/* ---- must-staple ---- */

static void must_staple_needs_an_answer(void) {
    struct cert leaf = must_staple();
    in_every_way(
        &leaf, nothing,
        "must come with a proof that it was not revoked (must-staple, RFC 7633), and the server shows "
        "none: OCSP stapling must be switched on there");
    in_every_way(&leaf, staple_make(&(struct staple_wish){.until_s = 3600}, &leaf, &ca), NULL);
    cert_finish(&leaf);
}

/* RFC 7633 4.2.2. */
static void what_an_authority_must_its_certificates_must(void) {
    struct cert between =
        cert_make(&(struct cert_wish){.name = "Between", .is_ca = true, .features = "status_request"}, &ca);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "leaf", .alt = "DNS:localhost"}, &between);
    SSL_CTX *server = server_context(&leaf, &between);
    struct client c;
    connect_with(&c, server, play_echo, &(struct wish){0});
    is_refused(&c, "must come with a proof");
    SSL_CTX_free(server);
    cert_finish(&leaf);
    cert_finish(&between);
}

/* Where the key itself is what is trusted, no authority has a say. */
static void a_pinned_key_asks_no_authority(void) {
    unsigned char pin[1][32];
    unsigned char *der = NULL;
    struct cert leaf = must_staple();
    SSL_CTX *server = server_context(&leaf, NULL);
    struct staple s =
        staple_make(&(struct staple_wish){.status = V_OCSP_CERTSTATUS_REVOKED, .until_s = 3600}, &leaf, &ca);
    struct client c;
    int len = i2d_PUBKEY(leaf.key, &der);
    SHA256(der, (size_t)len, pin[0]);
    OPENSSL_free(der);
    staple_to(&s, server);
    connect_with(&c, server, play_echo, &(struct wish){.system_trust = true, .pins = pin, .pin_count = 1});
    is_up(&c, false, "");
    connect_with(&c, server, play_echo, &(struct wish){.pins = pin, .pin_count = 1});
    is_refused(&c, "it was revoked on 2023-11-14");
    SSL_CTX_free(server);
    staple_finish(&s);
    cert_finish(&leaf);
}

/* The server's certificate is the anchor: it is nobody's to revoke. */
static void an_anchor_asks_no_authority(void) {
    struct cert leaf = must_staple();
    cert_save(&leaf, own_path);
    expect_accepted(&leaf, NULL, &(struct wish){.ca_file = own_path});
    cert_finish(&leaf);
}

/* ---- sessions that go on ---- */

/* The proof of the first handshake is the session's, and the session is no longer than it. */
static void a_session_goes_on_while_its_proof_lasts(void) {
    for (int i = 0; i < 2; i++) {
        struct cert leaf = must_staple();
        struct staple s = staple_make(&(struct staple_wish){.until_s = 3600}, &leaf, &ca);
        SSL_CTX *server = server_context(&leaf, NULL);
        struct client c;
        staple_to(&s, server);
        SSL_CTX_set_max_proto_version(server, versions[i]);
        time_t before = time(NULL);
        struct tls_context *tls = scene_begin(&c, server, play_world, &(struct wish){0}, 2);
        loop_run(c.loop);
        CHECK(tls->tickets.count > 0);
        CHECK(tls->tickets.list[0].good_until >= before + 3600 - 60 &&
              tls->tickets.list[0].good_until <= time(NULL) + 3600);
        scene_again(&c);
        CHECK_STR(client_log(&c), "connected|secured|world|closed");
        CHECK(c.resumed);
        client_finish(&c);
        tls_context_free(tls);
        SSL_CTX_free(server);
        staple_finish(&s);
        cert_finish(&leaf);
    }
}

/* What was found once to be revoked does not come in by a ticket of the time before. */
static void no_ticket_goes_around_a_refusal(void) {
    for (int i = 0; i < 2; i++) {
        struct cert leaf = leaf_for("DNS:localhost");
        struct staple bad =
            staple_make(&(struct staple_wish){.status = V_OCSP_CERTSTATUS_REVOKED}, &leaf, &ca);
        SSL_CTX *server = server_context(&leaf, NULL), *restarted = server_context(&leaf, NULL);
        struct client c;
        SSL_CTX_set_num_tickets(server, 4);
        SSL_CTX_set_max_proto_version(server, versions[i]);
        SSL_CTX_set_max_proto_version(restarted, versions[i]);
        staple_to(&bad, restarted);
        struct tls_context *tls = scene_begin(&c, server, play_world, &(struct wish){0}, 4);
        loop_run(c.loop);
        CHECK(tls->tickets.count > 0);
        c.peer.ssl_ctx = restarted;
        scene_again(&c);
        CHECK_STR(client_log(&c), "connected|untrusted");
        CHECK_HAS(c.why, "it was revoked on");
        c.peer.ssl_ctx = server;
        for (int round = 0; round < 2; round++) {
            scene_again(&c);
            CHECK_STR(client_log(&c), "connected|secured|world|closed");
            CHECK(!c.resumed);
        }
        client_finish(&c);
        tls_context_free(tls);
        SSL_CTX_free(server);
        SSL_CTX_free(restarted);
        staple_finish(&bad);
        cert_finish(&leaf);
    }
}

int main(void) {
    RUN(scene_set_up);
    RUN(a_good_answer_is_proof);
    RUN(without_an_answer_nothing_is_proven);
    RUN(a_revoked_certificate_is_refused);
    RUN(old_early_and_unknown_answers);
    RUN(an_answer_about_another_certificate);
    RUN(a_damaged_answer);
    RUN(the_authority_may_name_a_signer);
    RUN(nobody_else_signs);
    RUN(must_staple_needs_an_answer);
    RUN(what_an_authority_must_its_certificates_must);
    RUN(a_pinned_key_asks_no_authority);
    RUN(an_anchor_asks_no_authority);
    RUN(a_session_goes_on_while_its_proof_lasts);
    RUN(no_ticket_goes_around_a_refusal);
    RUN(scene_tear_down);
    return check_done();
}
