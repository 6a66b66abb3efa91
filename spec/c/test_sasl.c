/* SPDX-License-Identifier: MIT */
/* SASL: the table of mechanisms, PLAIN, SASLprep. SCRAM's own rules are in test_scram.c, those of XMPP in the
 * transcripts. */
#include "check.h"

#include "base/mem.h"
#include "xmpp/prep.h"
#include "xmpp/sasl.h"

static const struct sasl_identity user = {.user = "tim", .password = "tanstaaftanstaaf", .nonce = "x"};

static const struct sasl_mechanism *named(const char *name) {
    int i = sasl_mechanism_index(str_of(name));
    return i < 0 ? NULL : sasl_mechanism_at((size_t)i);
}

static void the_table(void) {
    static const char *const order[] = {
        "EXTERNAL",      "SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-512",
        "SCRAM-SHA-256", "SCRAM-SHA-1",        "OAUTHBEARER",        "X-OAUTH2",         "PLAIN",
        "ANONYMOUS"};
    static const char *const never[] = {"DIGEST-MD5", "CRAM-MD5", "GSSAPI", "LOGIN", "X-GOOGLE-TOKEN"};
    size_t count = sizeof(order) / sizeof(order[0]);
    for (size_t i = 0; i < count; i++)
        CHECK_STR(sasl_mechanism_at(i)->name, order[i]);
    CHECK(sasl_mechanism_at(count) == NULL);
    CHECK(!(named("SCRAM-SHA-256")->flags & SASL_SHOWS));
    CHECK(!(named("SCRAM-SHA-1")->flags & SASL_SHOWS));
    CHECK(named("PLAIN")->flags & SASL_SHOWS);
    CHECK(named("OAUTHBEARER")->flags & SASL_TLS_ONLY);
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        CHECK(named(never[i]) == NULL);
    CHECK_INT(sasl_mechanism_index(STR_LIT("plain")), -1);
    CHECK_INT(sasl_mechanism_index(STR_LIT("SCRAM-SHA-1-")), -1);
    CHECK_INT(sasl_mechanism_index(STR_LIT("PLAI")), -1);
    CHECK_INT(sasl_mechanism_index(STR_NONE), -1);
}

/* RFC 4616 4, without an authorization identity (RFC 6120 6.3.8). */
static void plain_says_all_at_once(void) {
    struct sasl *s = sasl_new(named("PLAIN"), &user);
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK_INT(sasl_first(s, &out, &err), 0);
    CHECK_INT(buf_len(&out), 21);
    CHECK(memcmp(buf_data(&out), "\0tim\0tanstaaftanstaaf", 21) == 0);
    CHECK_INT(sasl_success(s, STR_NONE, &err), 0);
    CHECK_INT(sasl_success(s, STR_LIT(""), &err), 0);
    CHECK_INT(sasl_success(s, STR_LIT("more"), &err), -1);
    CHECK_INT(sasl_challenge(s, STR_LIT(""), &out, &err), -1);
    sasl_free(s);
    buf_finish(&out);
}

static void plain_needs_a_password(void) {
    struct sasl_identity nobody = {.user = "tim", .password = ""};
    struct sasl *s = sasl_new(named("PLAIN"), &nobody);
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK_INT(sasl_first(s, &out, &err), -1);
    CHECK_INT(buf_len(&out), 0);
    sasl_free(s);
}

static void scram_goes_by_its_name(void) {
    static const char *const names[] = {"SCRAM-SHA-1", "SCRAM-SHA-256"};
    static const size_t lengths[] = {28, 44}; /* of a proof in base64: 20 and 32 bytes */
    for (int i = 0; i < 2; i++) {
        struct sasl *s = sasl_new(named(names[i]), &user);
        struct buf out = BUF_INIT;
        struct err err = ERR_INIT;
        CHECK_STR(sasl_mechanism(s)->name, names[i]);
        CHECK_INT(sasl_first(s, &out, &err), 0);
        CHECK_STR(buf_data(&out), "n,,n=tim,r=x");
        buf_clear(&out);
        CHECK_INT(sasl_challenge(s, STR_LIT("r=xy,s=QSXCR+Q6sek8bf92,i=4096"), &out, &err), 0);
        CHECK_INT(strlen(strstr(buf_data(&out), ",p=") + 3), lengths[i]);
        CHECK_INT(sasl_success(s, STR_NONE, &err), -1);
        sasl_free(s);
        buf_finish(&out);
    }
}

/* RFC 4013 3. */
static void sasl_prep(void) {
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"I\xc2\xadX", "IX"},
        {"user", "user"},
        {"USER", "USER"},
        {"\xc2\xaa", "a"},
        {"\xe2\x85\xa8", "IX"},
        {"\x07", NULL},
        {"\xd8\xa7\x31", NULL},
        {"a\xc2\xa0z", "a z"},
        {"p\xc3\xa4ss", "p\xc3\xa4ss"},
        {"pa\xcc\x88ss", "p\xc3\xa4ss"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = ERR_INIT;
        char *got = prep_sasl(cases[i].in, "it", &err);
        if (cases[i].out != NULL)
            CHECK_STR(got, cases[i].out);
        else
            CHECK(got == NULL);
        mem_free_secret(got);
    }
}

int main(void) {
    RUN(the_table);
    RUN(plain_says_all_at_once);
    RUN(plain_needs_a_password);
    RUN(scram_goes_by_its_name);
    RUN(sasl_prep);
    sasl_free(NULL);
    return check_done();
}
