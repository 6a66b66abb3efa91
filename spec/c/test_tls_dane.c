/* SPDX-License-Identifier: MIT */
/*
 * TLSA records against a server's certificate (RFC 6698 2.1, RFC 7671): which usage replaces what of the
 * ordinary rules, and which does not. Both ends of the handshake are in memory.
 */
#include "staple.h"
#include "tls_pair.h"
#include "tls_scene.h"

#include <openssl/sha.h>

#define DOMAIN "im.example.org"
#define HOST   "host.example.net"

static struct cert old, weak, named, hosted, own, foreign, foreign_ca;

/* ---- records ---- */

enum what { CERT = 0, KEY = 1 };

static struct tlsa record(int usage, enum what selector, int matching, const struct cert *c) {
    unsigned char *der = NULL, *data = mem_alloc(64);
    int len = selector == CERT ? i2d_X509(c->x509, &der) : i2d_PUBKEY(c->key, &der);
    struct tlsa r = {(uint8_t)usage, (uint8_t)selector, (uint8_t)matching, data, matching == 1 ? 32 : 64};
    if (matching == 0) {
        mem_free(data);
        r.data = mem_alloc((size_t)len);
        r.len = (size_t)len;
        memcpy(r.data, der, r.len);
    } else if (matching == 1) {
        SHA256(der, (size_t)len, data);
    } else {
        SHA512(der, (size_t)len, data);
    }
    OPENSSL_free(der);
    return r;
}

/* ---- a handshake ---- */

struct verdict {
    enum tls_event event;
    char why[600], tlsa[8];
    bool still_good, resumed;
    int64_t good_for_s;
};

static struct verdict meet(struct tls_context *context, SSL_CTX *server, const struct dane *dane) {
    struct verdict v = {.event = TLS_FAILED};
    struct err err = ERR_INIT;
    struct tls *t = tls_new(context, &(struct tls_wish){DOMAIN, NULL, 5222, dane}, &err);
    struct end e = end_new(server);
    CHECK_STR(err.text, "");
    v.event = shake(&e, t);
    snprintf(v.why, sizeof(v.why), "%s", tls_why(t));
    if (v.event == TLS_READY) {
        char bytes[16384];
        const char *data;
        struct conn_tls_info info = tls_info(t);
        snprintf(v.tlsa, sizeof(v.tlsa), "%s", info.tlsa ? info.tlsa : "");
        v.resumed = info.resumed;
        v.still_good = tls_look_again(t) == TLS_STILL_GOOD;
        v.good_for_s = tls_good_for_s(t);
        size_t len = exchange(&e, t, bytes, sizeof(bytes)); /* our end of it, and the tickets */
        tls_feed(t, bytes, len);
        CHECK_INT(tls_step(t, &data, &len), TLS_WANTS_INPUT);
    }
    buf_clear(tls_wire(t));
    SSL_free(e.ssl);
    tls_free(t);
    return v;
}

static struct tls_context *context_with(const char *ca_file) {
    struct err err = ERR_INIT;
    struct tls_context *t = tls_context_new(&(struct tls_options){.ca_file = ca_file}, NULL, &err);
    CHECK_STR(err.text, "");
    return t;
}

/* ca is trusted, unless is_nobody. */
static struct verdict judge_of(const struct cert *leaf, const struct cert *above, struct dane *dane,
                               bool is_nobody) {
    struct cert stranger = cert_make(&(struct cert_wish){.name = "Stranger", .is_ca = true}, NULL);
    cert_save(&stranger, none_path);
    struct tls_context *context = context_with(is_nobody ? none_path : ca_path);
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_use_certificate(server, leaf->x509);
    SSL_CTX_use_PrivateKey(server, leaf->key);
    if (above != NULL)
        SSL_CTX_add1_chain_cert(server, above->x509);
    struct verdict v = meet(context, server, dane);
    SSL_CTX_free(server);
    tls_context_free(context);
    cert_finish(&stranger);
    return v;
}

static struct verdict judge(const struct cert *leaf, struct tlsa one, const char *host, bool is_nobody) {
    struct dane dane = {&one, 1, (char *)(uintptr_t)host, NULL};
    struct verdict v = judge_of(leaf, &ca, &dane, is_nobody);
    mem_free(one.data);
    return v;
}

static void is_taken(struct verdict v, const char *tlsa) {
    CHECK_INT(v.event, TLS_READY);
    CHECK_STR(v.why, "");
    CHECK_STR(v.tlsa, tlsa);
    CHECK(v.still_good);
}

static void is_refused(struct verdict v, const char *why) {
    CHECK_INT(v.event, TLS_UNTRUSTED);
    CHECK_HAS(v.why, why);
}

static const char no_match[] = "is not the one that DNS announces (DANE)";

/* ---- what each usage means ---- */

static void the_own_key_is_enough(void) {
    for (int matching = 0; matching <= 2; matching++)
        for (int selector = CERT; selector <= KEY; selector++) {
            char kind[32];
            snprintf(kind, sizeof(kind), "3 %d %d", selector, matching);
            is_taken(judge(&own, record(3, (enum what)selector, matching, &own), NULL, true), kind);
            is_refused(judge(&own, record(3, (enum what)selector, matching, &foreign), NULL, true), no_match);
        }
}

static void with_it_neither_names_nor_dates_count(void) {
    struct verdict v = judge(&old, record(3, KEY, 1, &old), NULL, true);
    is_taken(v, "3 1 1");
    CHECK(v.good_for_s == INT64_MAX);
    is_taken(judge(&foreign, record(3, CERT, 1, &foreign), NULL, true), "3 0 1");
}

static void a_short_key_is_not(void) {
    is_refused(judge(&weak, record(3, KEY, 1, &weak), NULL, true), "a key that is too short");
}

static void an_authority_that_nobody_else_trusts(void) {
    struct verdict v = judge(&named, record(2, CERT, 1, &ca), NULL, true);
    is_taken(v, "2 0 1");
    CHECK(v.good_for_s < 86400 + 1);
    is_taken(judge(&named, record(2, KEY, 2, &ca), NULL, true), "2 1 2");
    is_refused(judge(&named, record(2, CERT, 1, &foreign_ca), NULL, true), no_match);
}

/* RFC 6698 2.1.4: the whole authority is in the record, and the server does not send it. */
static void an_authority_that_is_not_sent(void) {
    struct tlsa one = record(2, CERT, 0, &ca);
    struct dane dane = {&one, 1, NULL, NULL};
    is_taken(judge_of(&named, NULL, &dane, true), "2 0 0");
    mem_free(one.data);
}

static void with_an_authority_names_and_dates_count(void) {
    is_refused(judge(&hosted, record(2, CERT, 1, &ca), NULL, true), "is for " HOST ", not for " DOMAIN);
    is_taken(judge(&hosted, record(2, CERT, 1, &ca), HOST, true), "2 0 1");
    is_taken(judge(&named, record(2, CERT, 1, &ca), HOST, true), "2 0 1");
    is_refused(judge(&hosted, record(2, CERT, 1, &ca), "other.example.net", true), "is for " HOST);
    is_refused(judge(&old, record(2, CERT, 1, &ca), HOST, true), "expired on");
}

/* Usages 0 and 1 take nothing away: both have to be content. */
static void constraints_come_on_top(void) {
    is_taken(judge(&named, record(1, KEY, 1, &named), NULL, false), "1 1 1");
    is_taken(judge(&named, record(0, CERT, 1, &ca), NULL, false), "0 0 1");
    is_refused(judge(&named, record(1, KEY, 1, &named), NULL, true), no_match);
    is_refused(judge(&named, record(0, CERT, 1, &ca), NULL, true), no_match);
    is_refused(judge(&named, record(1, KEY, 1, &own), NULL, false), no_match);
    is_refused(judge(&hosted, record(1, KEY, 1, &hosted), NULL, false), "not for " DOMAIN);
}

static void a_record_forbids_what_would_be_good_otherwise(void) {
    is_refused(judge(&named, record(3, KEY, 1, &own), NULL, false), no_match);
}

static void without_records_the_ordinary_rules_hold(void) {
    struct dane none = {NULL, 0, NULL, NULL}, proven = {NULL, 0, (char *)(uintptr_t)HOST, NULL};
    is_taken(judge_of(&named, NULL, &none, false), "");
    is_refused(judge_of(&own, NULL, &none, true), "is self-signed");
    is_refused(judge_of(&hosted, NULL, &none, false), "not for " DOMAIN);
    is_taken(judge_of(&hosted, NULL, &proven, false), "");
}

/* ---- beside them ---- */

static struct verdict meet_revoked(struct tls_context *context, const struct cert *leaf, struct tlsa one) {
    struct dane dane = {&one, 1, NULL, NULL};
    struct staple s =
        staple_make(&(struct staple_wish){.status = V_OCSP_CERTSTATUS_REVOKED, .until_s = 3600}, leaf, &ca);
    SSL_CTX *server = server_context(leaf, &ca);
    staple_to(&s, server);
    struct verdict v = meet(context, server, &dane);
    SSL_CTX_free(server);
    staple_finish(&s);
    mem_free(one.data);
    return v;
}

/* RFC 7671 5.1: with the own key no authority has a say, so neither in what it has revoked. */
static void an_authority_that_counts_may_revoke(void) {
    struct err err = ERR_INIT;
    struct tls_context *plain = context_with(ca_path);
    is_taken(meet_revoked(plain, &named, record(3, KEY, 1, &named)), "3 1 1");
    is_refused(meet_revoked(plain, &named, record(2, CERT, 1, &ca)), "it was revoked on 2023-11-14");
    is_refused(meet_revoked(plain, &named, record(1, KEY, 1, &named)), "it was revoked on 2023-11-14");
    tls_context_free(plain);
    list_save(&(struct list_wish){.revoked = named.x509, .reason = -1}, &ca, list_path);
    struct tls_context *listed =
        tls_context_new(&(struct tls_options){.ca_file = ca_path, .crl_file = list_path}, NULL, &err);
    is_taken(meet_revoked(listed, &named, record(3, KEY, 1, &named)), "3 1 1");
    is_refused(meet_revoked(listed, &named, record(2, CERT, 1, &ca)),
               "is not trusted: it was revoked on 2023");
    tls_context_free(listed);
}

static void a_session_belongs_to_its_records(void) {
    struct tlsa one = record(3, KEY, 1, &own), other = record(3, CERT, 1, &own);
    struct dane dane = {&one, 1, NULL, NULL}, next = {&other, 1, NULL, NULL};
    struct tls_context *context = context_with(ca_path);
    SSL_CTX *server = server_context(&own, NULL);
    CHECK(!meet(context, server, &dane).resumed);
    is_refused(meet(context, server, NULL), "is self-signed");
    struct verdict v = meet(context, server, &next);
    is_taken(v, "3 0 1");
    CHECK(!v.resumed);
    v = meet(context, server, &dane);
    CHECK_INT(v.event, TLS_READY);
    CHECK(v.resumed);
    SSL_CTX_free(server);
    tls_context_free(context);
    mem_free(one.data);
    mem_free(other.data);
}

/* Whoever writes a pin into the configuration asks for both. */
static void a_pin_is_asked_for_too(void) {
    struct err err = ERR_INIT;
    unsigned char pin[1][32] = {{1}};
    struct tlsa one = record(3, KEY, 1, &own);
    struct dane dane = {&one, 1, NULL, NULL};
    struct tls_context *context =
        tls_context_new(&(struct tls_options){.ca_file = ca_path, .pins = pin, .pin_count = 1}, NULL, &err);
    SSL_CTX *server = server_context(&own, NULL);
    is_refused(meet(context, server, &dane), "is not the pinned one");
    tls_context_free(context);
    memcpy(pin[0], one.data, 32);
    context =
        tls_context_new(&(struct tls_options){.ca_file = ca_path, .pins = pin, .pin_count = 1}, NULL, &err);
    is_taken(meet(context, server, &dane), "3 1 1");
    tls_context_free(context);
    SSL_CTX_free(server);
    mem_free(one.data);
}

int main(void) {
    scene_set_up();
    foreign_ca = cert_make(&(struct cert_wish){.name = "Other CA", .is_ca = true}, NULL);
    named = leaf_for("DNS:" DOMAIN);
    hosted = leaf_for("DNS:" HOST);
    old = cert_make(
        &(struct cert_wish){.name = "old", .alt = "DNS:" DOMAIN, .from_s = -7200, .until_s = -3600}, &ca);
    weak = cert_make(&(struct cert_wish){.name = "weak", .alt = "DNS:" DOMAIN, .key = "RSA:1024"}, &ca);
    own = cert_make(&(struct cert_wish){.name = "own"}, NULL);
    foreign = cert_make(&(struct cert_wish){.name = "foreign"}, NULL);
    RUN(the_own_key_is_enough);
    RUN(with_it_neither_names_nor_dates_count);
    RUN(a_short_key_is_not);
    RUN(an_authority_that_nobody_else_trusts);
    RUN(an_authority_that_is_not_sent);
    RUN(with_an_authority_names_and_dates_count);
    RUN(constraints_come_on_top);
    RUN(a_record_forbids_what_would_be_good_otherwise);
    RUN(without_records_the_ordinary_rules_hold);
    RUN(a_session_belongs_to_its_records);
    RUN(an_authority_that_counts_may_revoke);
    RUN(a_pin_is_asked_for_too);
    struct cert *all[] = {&foreign_ca, &named, &hosted, &old, &weak, &own, &foreign};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        cert_finish(all[i]);
    scene_tear_down();
    return check_done();
}
