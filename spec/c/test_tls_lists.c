/* SPDX-License-Identifier: MIT */
/*
 * Lists of the revoked, tls.crl_file (RFC 5280 6.3): who is refused, which lists must be there, and what
 * becomes of sessions when the file changes.
 */
#include "check.h"
#include "staple.h"
#include "tls_pair.h"
#include "tls_scene.h"

#include "net/tls_context.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static const struct wish *listed(void) {
    static const struct wish w = {.crl_file = list_path};
    return &w;
}

/* ---- who is refused ---- */

static void who_is_not_listed_is_good(void) {
    struct cert leaf = leaf_for("DNS:localhost"), other = leaf_for("DNS:localhost");
    list_save(&(struct list_wish){.revoked = NULL}, &ca, list_path);
    expect_accepted(&leaf, NULL, listed());
    list_save(&(struct list_wish){.revoked = other.x509}, &ca, list_path);
    expect_accepted(&leaf, NULL, listed());
    cert_finish(&leaf);
    cert_finish(&other);
}

static void who_is_listed_is_refused(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    list_save(&(struct list_wish){.revoked = leaf.x509, .reason = 4}, &ca, list_path);
    expect_refused(&leaf, NULL, listed(), " is not trusted: it was revoked on 2023-11-14 (superseded)");
    list_save(&(struct list_wish){.revoked = leaf.x509, .reason = -1}, &ca, list_path);
    expect_refused(&leaf, NULL, listed(), " is not trusted: it was revoked on 2023-11-14");
    cert_finish(&leaf);
}

static void every_authority_of_the_chain_is_looked_up(void) {
    struct cert between = cert_make(&(struct cert_wish){.name = "Between", .is_ca = true}, &ca);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "leaf", .alt = "DNS:localhost"}, &between);
    list_save(&(struct list_wish){.revoked = NULL}, &ca, list_path);
    expect_refused(
        &leaf, &between, listed(),
        " is not trusted, since nobody can tell whether it was revoked: tls.crl_file has no list of "
        "what its authority, CN=Between, has revoked; that list (CRL) must be in there, as PEM");
    list_save(&(struct list_wish){.is_added = true}, &between, list_path);
    expect_accepted(&leaf, &between, listed());
    list_save(&(struct list_wish){.revoked = between.x509}, &ca, list_path);
    list_save(&(struct list_wish){.is_added = true}, &between, list_path);
    expect_refused(
        &leaf, &between, listed(),
        " is not trusted: the certificate of its authority, CN=Between, was revoked on 2023-11-14");
    cert_finish(&leaf);
    cert_finish(&between);
}

/* What is trusted by the owner's word needs no list that says so. */
static void an_anchor_needs_no_list(void) {
    struct cert between = cert_make(&(struct cert_wish){.name = "Between", .is_ca = true}, &ca);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "leaf", .alt = "DNS:localhost"}, &between);
    struct wish w = {.crl_file = list_path, .ca_file = own_path};
    list_save(&(struct list_wish){.revoked = NULL}, &between, list_path);
    cert_save(&between, own_path);
    expect_accepted(&leaf, NULL, &w);
    cert_save(&leaf, own_path);
    expect_accepted(&leaf, NULL, &w);
    list_save(&(struct list_wish){.revoked = leaf.x509}, &between, list_path);
    cert_save(&between, own_path);
    expect_refused(&leaf, NULL, &w, "it was revoked on");
    cert_finish(&leaf);
    cert_finish(&between);
}

/* ---- lists that will not do ---- */

static void lists_of_another_day(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    list_save(&(struct list_wish){.from_s = -86400 * 9, .until_s = -86400 * 2}, &ca, list_path);
    expect_refused(
        &leaf, NULL, listed(),
        "nobody can tell whether it was revoked: the list of what its authority has revoked is out "
        "of date in tls.crl_file, CN=Test CA, until 20");
    list_save(&(struct list_wish){.from_s = 86400 * 2, .until_s = 86400 * 9}, &ca, list_path);
    expect_refused(&leaf, NULL, listed(), "has revoked begins later, CN=Test CA, from 20");
    list_save(&(struct list_wish){.is_added = true}, &ca, list_path); /* a good one beside it */
    expect_accepted(&leaf, NULL, listed());
    cert_finish(&leaf);
}

static void a_list_that_somebody_else_signed(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    struct cert other = cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true}, NULL);
    list_save(&(struct list_wish){.key = other.key}, &ca, list_path);
    expect_refused(&leaf, NULL, listed(),
                   "the list in tls.crl_file that bears the name of its authority, CN=Test CA, is forged");
    cert_finish(&leaf);
    cert_finish(&other);
}

static void file_is_refused(const char *why) {
    struct err err = ERR_INIT;
    enum tls_part part = TLS_PART_NONE;
    struct tls_options options = {.ca_file = ca_path, .crl_file = list_path};
    CHECK(tls_context_new(&options, &part, &err) == NULL);
    CHECK_INT(part, TLS_PART_CRL_FILE);
    CHECK_HAS(err.text, why);
}

static void files_that_will_not_do(void) {
    char bytes[400];
    unlink(list_path);
    file_is_refused("list.pem: No such file");
    cert_save(&ca, list_path);
    file_is_refused("list.pem holds no list of revoked certificates in PEM form (-----BEGIN X509 CRL-----)");
    list_save(&(struct list_wish){.revoked = NULL}, &ca, list_path);
    FILE *f = fopen(list_path, "r+");
    size_t len = fread(bytes, 1, sizeof(bytes), f);
    CHECK_INT(ftruncate(fileno(f), (off_t)len / 2), 0);
    fclose(f);
    file_is_refused("list.pem is damaged: ");
}

/* ---- the file changes ---- */

/* The two ends of one session; the context is with the list. */
struct pair {
    SSL_CTX *server;
    struct end end;
    struct tls *tls;
};

static struct tls_context *context_with_list(void) {
    struct err err = ERR_INIT;
    struct tls_context *t =
        tls_context_new(&(struct tls_options){.ca_file = ca_path, .crl_file = list_path}, NULL, &err);
    CHECK_STR(err.text, "");
    return t;
}

static bool meet(struct pair *p, struct tls_context *context, SSL_CTX *server) {
    struct err err = ERR_INIT;
    p->tls = tls_new(context, &(struct tls_wish){"localhost", NULL, 5222, NULL}, &err);
    p->end = end_new(server);
    bool good = shake(&p->end, p->tls) == TLS_READY;
    buf_clear(tls_wire(p->tls)); /* where it is refused, the alert */
    return good;
}

static void part(struct pair *p) {
    buf_clear(tls_wire(p->tls));
    SSL_free(p->end.ssl);
    tls_free(p->tls);
}

static void a_session_ends_when_it_is_listed(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    struct pair p;
    list_save(&(struct list_wish){.revoked = NULL}, &ca, list_path);
    struct tls_context *context = context_with_list();
    CHECK(meet(&p, context, server));
    CHECK(tls_has_lists(p.tls));
    CHECK_INT(tls_look_again(p.tls), TLS_STILL_GOOD);
    list_save(&(struct list_wish){.revoked = leaf.x509, .reason = 1}, &ca, list_path);
    CHECK_INT(tls_look_again(p.tls), TLS_GOOD_NO_MORE);
    CHECK_STR(tls_why(p.tls), "is not trusted: it was revoked on 2023-11-14 (keyCompromise)");
    part(&p);
    CHECK(!meet(&p, context, server));
    CHECK_HAS(tls_why(p.tls), "it was revoked on");
    part(&p);
    list_save(&(struct list_wish){.revoked = NULL, .until_s = 90000, .from_s = -1}, &ca, list_path);
    CHECK(meet(&p, context, server));
    part(&p);
    tls_context_free(context);
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

static void it_is_looked_at_when_a_list_ends(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    struct pair p;
    list_save(&(struct list_wish){.from_s = -3600, .until_s = 1800}, &ca, list_path);
    struct tls_context *context = context_with_list();
    CHECK(meet(&p, context, server));
    CHECK(tls_good_for_s(p.tls) <= 1800 && tls_good_for_s(p.tls) > 0);
    list_save(&(struct list_wish){.from_s = -3600, .until_s = 7200}, &ca, list_path);
    CHECK_INT(tls_look_again(p.tls), TLS_STILL_GOOD);
    CHECK(tls_good_for_s(p.tls) <= 7200 && tls_good_for_s(p.tls) > 1800);
    list_save(&(struct list_wish){.from_s = -3600, .until_s = -1}, &ca, list_path);
    CHECK_INT(tls_look_again(p.tls), TLS_GOOD_NO_MORE);
    CHECK_HAS(tls_why(p.tls), "is out of date in tls.crl_file, CN=Test CA, until 20");
    part(&p);
    tls_context_free(context);
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

/* It was on hold (certificateHold) and is not any more; the older list was left in the file. */
static void who_is_let_go_is_not_looked_at_all_the_time(void) {
    struct cert leaf = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL);
    struct pair p;
    list_save(&(struct list_wish){.revoked = leaf.x509, .reason = 6, .from_s = -7200, .until_s = -3600}, &ca,
              list_path);
    list_save(&(struct list_wish){.from_s = -3600, .until_s = 3600, .is_added = true}, &ca, list_path);
    struct tls_context *context = context_with_list();
    CHECK(meet(&p, context, server));
    CHECK(tls_good_for_s(p.tls) > 0);
    CHECK_INT(tls_look_again(p.tls), TLS_STILL_GOOD);
    CHECK(tls_good_for_s(p.tls) > 0 && tls_good_for_s(p.tls) <= 3600);
    part(&p);
    tls_context_free(context);
    SSL_CTX_free(server);
    cert_finish(&leaf);
}

static void spoil(void) {
    FILE *f = fopen(list_path, "w");
    fputs("half a list", f);
    fclose(f);
}

/* What was read before still counts, and it is told of. */
static void a_file_that_is_broken_meanwhile(void) {
    struct cert leaf = leaf_for("DNS:localhost"), bad = leaf_for("DNS:localhost");
    SSL_CTX *server = server_context(&leaf, NULL), *other = server_context(&bad, NULL);
    struct pair p;
    list_save(&(struct list_wish){.revoked = bad.x509}, &ca, list_path);
    struct tls_context *context = context_with_list();
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            spoil();
        else
            unlink(list_path);
        CHECK(meet(&p, context, server));
        CHECK_HAS(tls_info(p.tls).old_lists, i == 0 ? "holds no list" : "No such file");
        part(&p);
        CHECK(!meet(&p, context, other));
        part(&p);
    }
    list_save(&(struct list_wish){.revoked = bad.x509}, &ca, list_path);
    CHECK(meet(&p, context, server));
    CHECK(tls_info(p.tls).old_lists == NULL);
    part(&p);
    tls_context_free(context);
    SSL_CTX_free(server);
    SSL_CTX_free(other);
    cert_finish(&leaf);
    cert_finish(&bad);
}

/* ---- sessions that go on ---- */

static void what_other_lists_let_in_does_not_go_on(void) {
    for (int i = 0; i < 2; i++) {
        struct cert leaf = leaf_for("DNS:localhost");
        SSL_CTX *server = server_context(&leaf, NULL);
        struct client c;
        SSL_CTX_set_max_proto_version(server, versions[i]);
        list_save(&(struct list_wish){.until_s = 3600}, &ca, list_path);
        struct tls_context *tls = scene_begin(&c, server, play_world, listed(), 4);
        loop_run(c.loop);
        CHECK_INT(tls->tickets.list[0].good_until <= time(NULL) + 3600, 1);
        scene_again(&c);
        CHECK(c.resumed);
        list_save(&(struct list_wish){.until_s = 7200}, &ca, list_path); /* still good, but looked at anew */
        scene_again(&c);
        CHECK_STR(client_log(&c), "connected|secured|world|closed");
        CHECK(!c.resumed);
        list_save(&(struct list_wish){.revoked = leaf.x509}, &ca, list_path);
        scene_again(&c);
        CHECK_STR(client_log(&c), "connected|untrusted");
        CHECK_HAS(c.why, "it was revoked on");
        client_finish(&c);
        tls_context_free(tls);
        SSL_CTX_free(server);
        cert_finish(&leaf);
    }
}

int main(void) {
    RUN(scene_set_up);
    RUN(who_is_not_listed_is_good);
    RUN(who_is_listed_is_refused);
    RUN(every_authority_of_the_chain_is_looked_up);
    RUN(an_anchor_needs_no_list);
    RUN(lists_of_another_day);
    RUN(a_list_that_somebody_else_signed);
    RUN(files_that_will_not_do);
    RUN(a_session_ends_when_it_is_listed);
    RUN(it_is_looked_at_when_a_list_ends);
    RUN(who_is_let_go_is_not_looked_at_all_the_time);
    RUN(a_file_that_is_broken_meanwhile);
    RUN(what_other_lists_let_in_does_not_go_on);
    RUN(scene_tear_down);
    return check_done();
}
