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
    static const char *const order[] = {"EXTERNAL",           "SCRAM-SHA-512-PLUS", "SCRAM-SHA3-512-PLUS",
                                        "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS",   "SCRAM-SHA-512",
                                        "SCRAM-SHA3-512",     "SCRAM-SHA-256",      "SCRAM-SHA-1",
                                        "OAUTHBEARER",        "X-OAUTH2",           "PLAIN",
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

/* One that says `first` at once, and nothing more. */
static void says(const char *mechanism, const struct sasl_identity *who, struct str first) {
    struct sasl *s = sasl_new(named(mechanism), who);
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK_INT(sasl_first(s, &out, &err), 0);
    CHECK(str_eq(first, (struct str){buf_data(&out), buf_len(&out)}));
    CHECK_INT(sasl_success(s, STR_NONE, &err), 0);
    CHECK(sasl_is_proven(s) && !sasl_has_hash(s));
    CHECK_INT(sasl_success(s, STR_LIT("more"), &err), -1);
    CHECK_HAS(err.text, mechanism);
    sasl_free(s);
    buf_finish(&out);
}

static void mechanisms_of_one_message(void) {
    const struct sasl_identity nobody = {.user = NULL}, which = {.user = "a", .authzid = "a@b"},
                               token = {.user = "tim", .password = "abc-._~+/=="};
    says("EXTERNAL", &nobody, STR_LIT("")); /* RFC 4422 A, RFC 6120 6.3.8 */
    says("EXTERNAL", &which, STR_LIT("a@b"));
    says("ANONYMOUS", &nobody, STR_LIT("")); /* RFC 4505 2 */
    says("X-OAUTH2", &token, STR_LIT("\0tim\0abc-._~+/=="));
    says("OAUTHBEARER", &token, STR_LIT("n,,\1auth=Bearer abc-._~+/==\1\1")); /* RFC 7628 3.1 */
}

static void tokens_that_are_none(void) {
    static const char *const bad[] = {"", "=", "a=b", "a b", "a\001b", "a\nb", "\xc3\xa4", "a,b"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct sasl_identity who = {.user = "tim", .password = bad[i]};
        struct sasl *s = sasl_new(named("OAUTHBEARER"), &who);
        struct buf out = BUF_INIT;
        struct err err = ERR_INIT;
        CHECK_INT(sasl_first(s, &out, &err), -1);
        CHECK_INT(buf_len(&out), 0);
        sasl_free(s);
        buf_finish(&out);
    }
}

/* RFC 7628 3.2.2: what of the server's answer is shown. */
static void bearer_status(void) {
    static const struct {
        const char *json, *status;
    } rows[] = {
        {"{\"status\":\"invalid_token\",\"scope\":\"x\"}", "invalid_token"},
        {"{ \"scope\" : \"x\", \"status\" :\n \"401\" }", "401"},
        {"{\"status\":\"no\\u0000thing\"}", "no"},
        {"{\"status\":\"a\nb\"}", "a"},
        {"{\"status\":1}", ""},
        {"{\"status\"", ""},
        {"{\"status\":\"unfinished", "unfinished"},
        {"\"", ""},
        {"", ""},
        {"{\"status\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}",
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct sasl_identity who = {.user = "tim", .password = "abc"};
        struct sasl *s = sasl_new(named("OAUTHBEARER"), &who);
        struct buf out = BUF_INIT;
        struct err err = ERR_INIT;
        CHECK_STR(sasl_note(s).s, "");
        CHECK_INT(sasl_challenge(s, str_of(rows[i].json), &out, &err), 0);
        CHECK_STR(buf_data(&out), "\1"); /* 3.2.3 */
        CHECK_STR(sasl_note(s).s, rows[i].status);
        CHECK_INT(sasl_success(s, STR_NONE, &err), -1);
        CHECK_INT(sasl_challenge(s, str_of(rows[i].json), &out, &err), -1);
        sasl_free(s);
        buf_finish(&out);
    }
}

/* -PLUS is the same with another flag. */
static void scram_goes_by_its_name(void) {
    static const char *const names[] = {"SCRAM-SHA-1",        "SCRAM-SHA-256",      "SCRAM-SHA-512",
                                        "SCRAM-SHA3-512",     "SCRAM-SHA-1-PLUS",   "SCRAM-SHA-256-PLUS",
                                        "SCRAM-SHA-512-PLUS", "SCRAM-SHA3-512-PLUS"};
    static const size_t lengths[] = {28, 44, 88, 88}; /* of a proof in base64: 20, 32 and 64 bytes */
    for (int i = 0; i < 8; i++) {
        struct sasl *s = sasl_new(named(names[i]), &user);
        struct buf out = BUF_INIT;
        struct err err = ERR_INIT;
        CHECK_STR(sasl_mechanism(s)->name, names[i]);
        CHECK_INT(sasl_first(s, &out, &err), 0);
        CHECK_STR(buf_data(&out), "n,,n=tim,r=x");
        buf_clear(&out);
        CHECK_INT(sasl_challenge(s, STR_LIT("r=xy,s=QSXCR+Q6sek8bf92,i=4096"), &out, &err), 0);
        CHECK_INT(strlen(strstr(buf_data(&out), ",p=") + 3), lengths[i % 4]);
        CHECK(!sasl_is_proven(s));
        CHECK_INT(sasl_success(s, STR_NONE, &err), -1);
        CHECK(!sasl_is_proven(s));
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
    RUN(mechanisms_of_one_message);
    RUN(tokens_that_are_none);
    RUN(bearer_status);
    RUN(scram_goes_by_its_name);
    RUN(sasl_prep);
    sasl_free(NULL);
    return check_done();
}
