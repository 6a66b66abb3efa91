/* SPDX-License-Identifier: MIT */
/*
 * Which mechanism, with which flag and binding: a row a situation. What comes of it on the wire is told by
 * the transcripts (bound_*, memory_*, vouched_*, external_*).
 */
#include "check.h"

#include "base/mem.h"
#include "xmpp/choice.h"

#define CLASSIC "PLAIN SCRAM-SHA-1 SCRAM-SHA-256"
#define ALL     "DIGEST-MD5 PLAIN SCRAM-SHA-1-PLUS SCRAM-SHA-1 SCRAM-SHA-256-PLUS SCRAM-SHA-256"

enum where {
    TLS_1_3 = 1,
    TLS_1_2 = 2,
    CLEAR = 4,
    CERTIFICATE = 8,
    NO_PASSWORD = 16,
    SASL2 = 32,
    NO_EMS = 64,
    UNBOUND = 128 /* the transport has no binding */
};

static const struct stream_binding of_1_3[] = {{"tls-server-end-point", {"E", 1}},
                                               {"tls-exporter", {"X", 1}},
                                               {STREAM_BINDING_FINISHED, {"F", 1}}},
                                   of_1_2[] = {{"tls-unique", {"U", 1}},
                                               {"tls-server-end-point", {"E", 1}},
                                               {"tls-exporter", {"X", 1}}};

struct scene {
    struct choice choice;
    char words[3][256];
    char *allowed[16];
};

static char *next_word(char **rest) {
    char *word = strsep(rest, " ");
    return word != NULL && word[0] != '\0' ? word : NULL;
}

/* types: NULL: no XEP-0440. */
static void begin(struct scene *s, int where, const char *allowed, const char *offers, const char *types) {
    struct choice *c = &s->choice;
    *s = (struct scene){.choice = {.has_password = !(where & NO_PASSWORD)}};
    const char *const texts[] = {allowed, offers, types};
    char *rest[3], *word;
    for (int i = 0; i < 3; i++) {
        snprintf(s->words[i], sizeof(s->words[i]), "%s", texts[i] != NULL ? texts[i] : "");
        rest[i] = s->words[i];
    }
    for (size_t n = 0; (word = next_word(&rest[0])) != NULL; n++)
        s->allowed[n] = word;
    c->allowed = allowed != NULL ? s->allowed : NULL;
    c->is_secured = !(where & CLEAR);
    c->is_tls_1_3 = (where & TLS_1_3) != 0;
    c->is_sasl2 = (where & SASL2) != 0;
    c->has_certificate = (where & CERTIFICATE) != 0;
    c->bindings = where & TLS_1_3 ? of_1_3 : of_1_2 + ((where & NO_EMS) != 0);
    c->binding_count = where & (CLEAR | UNBOUND) ? 0 : where & NO_EMS ? 1 : 3;
    while ((word = next_word(&rest[1])) != NULL)
        choice_offer(c, str_of(word));
    if (types != NULL)
        choice_offer_types(c);
    while ((word = next_word(&rest[2])) != NULL)
        choice_offer_type(c, str_of(word));
}

/* "SCRAM-SHA-1-PLUS p tls-exporter", "PLAIN n", "none", "refused: …"; "!": the server has to vouch. */
static enum choice_result describe(const struct choice *c, struct pick *pick, char out[700]) {
    struct err err = ERR_INIT;
    enum choice_result r = choice_next(c, pick, &err);
    if (r == CHOICE_MADE)
        snprintf(out, 700, "%s %c%s%s%s", pick->mechanism->name, pick->gs2, pick->binding ? " " : "",
                 pick->binding ? pick->binding->type : "", pick->needs_hash ? " !" : "");
    else
        snprintf(out, 700, "%s%s", r == CHOICE_NONE ? "none" : "refused: ", err.text);
    return r;
}

static void situations(void) {
    static const struct {
        int where;
        const char *allowed, *offers, *types, *wanted;
    } rows[] = {
        /* RFC 6120 6.3.3, 13.8.3; 13.8.1 */
        {TLS_1_3, NULL, CLASSIC, NULL, "SCRAM-SHA-256 y"},
        {TLS_1_3, NULL, "SCRAM-SHA-1 SCRAM-SHA-512 SCRAM-SHA-256", NULL, "SCRAM-SHA-512 y"},
        {TLS_1_3, NULL, "SCRAM-SHA3-512 SCRAM-SHA-512", NULL, "SCRAM-SHA-512 y"},
        {TLS_1_3, NULL, "SCRAM-SHA-256 SCRAM-SHA3-512", NULL, "SCRAM-SHA3-512 y"},
        {TLS_1_3, NULL, "PLAIN", NULL, "PLAIN y"},
        {TLS_1_3, NULL, "DIGEST-MD5 CRAM-MD5 X-OAUTH2 OAUTHBEARER ANONYMOUS EXTERNAL", NULL, "none"},
        {TLS_1_3, NULL, "", NULL, "none"},
        {TLS_1_3 | NO_PASSWORD, NULL, CLASSIC, NULL, "none"},
        {TLS_1_3, "SCRAM-SHA-1 SCRAM-SHA-256 PLAIN", CLASSIC, NULL, "SCRAM-SHA-1 n"},
        {TLS_1_3, "PLAIN SCRAM-SHA-1", CLASSIC, NULL, "SCRAM-SHA-1 n"},
        {TLS_1_3, "CRAM-MD5 PLAIN", "CRAM-MD5 PLAIN", NULL, "PLAIN n"},
        /* without TLS: only on loopback, and PLAIN only when it is listed */
        {CLEAR, NULL, CLASSIC, NULL, "SCRAM-SHA-256 n"},
        {CLEAR, NULL, ALL, NULL, "SCRAM-SHA-256 n"},
        {CLEAR, NULL, "PLAIN", NULL, "none"},
        {CLEAR, "PLAIN", "PLAIN", NULL, "PLAIN n"},
        {CLEAR, "OAUTHBEARER", "OAUTHBEARER", NULL, "none"},
        {CLEAR | CERTIFICATE, NULL, "EXTERNAL", NULL, "none"},
        /* RFC 5802 6.1, RFC 9266 3, XEP-0440 3 */
        {TLS_1_3, NULL, ALL, NULL, "SCRAM-SHA-256-PLUS p tls-exporter"},
        {TLS_1_2, NULL, ALL, NULL, "SCRAM-SHA-256-PLUS p tls-unique"},
        {TLS_1_3, NULL, ALL, "tls-server-end-point tls-exporter", "SCRAM-SHA-256-PLUS p tls-exporter"},
        {TLS_1_2, NULL, ALL, "tls-unique tls-exporter", "SCRAM-SHA-256-PLUS p tls-exporter"},
        {TLS_1_2, NULL, ALL, "tls-unique tls-server-end-point", "SCRAM-SHA-256-PLUS p tls-server-end-point"},
        {TLS_1_2, NULL, ALL, "tls-unique", "SCRAM-SHA-256-PLUS p tls-unique"},
        {TLS_1_3, NULL, ALL, "tls-server-end-point", "SCRAM-SHA-256-PLUS p tls-server-end-point"},
        {TLS_1_3, NULL, ALL, "tls-unique", "SCRAM-SHA-256 n !"},
        {TLS_1_3, NULL, ALL, "", "SCRAM-SHA-256 n !"},
        {TLS_1_3, NULL, "PLAIN SCRAM-SHA-1-PLUS", "x",
         "refused: it lists no channel binding that we have, and "
         "no mechanism that could vouch for that"},
        {TLS_1_2 | NO_EMS, NULL, ALL, NULL, "SCRAM-SHA-256-PLUS p tls-server-end-point"},
        {TLS_1_3, "SCRAM-SHA-256 SCRAM-SHA-1-PLUS", ALL, NULL, "SCRAM-SHA-1-PLUS p tls-exporter"},
        {TLS_1_3, "SCRAM-SHA-256", ALL, NULL, "SCRAM-SHA-256 n"},
        {TLS_1_3, "SCRAM-SHA-256", CLASSIC, "tls-exporter", "SCRAM-SHA-256 n"},
        {TLS_1_3, "SCRAM-SHA-256 SCRAM-SHA-256-PLUS", CLASSIC, NULL, "SCRAM-SHA-256 y"},
        {TLS_1_3, NULL, "SCRAM-SHA-4096-PLUS SCRAM-SHA-1", NULL, "SCRAM-SHA-1 n"},
        {TLS_1_3 | SASL2, NULL, ALL, "tls-exporter", "SCRAM-SHA-256-PLUS p tls-exporter"},
        {TLS_1_3 | SASL2, NULL, CLASSIC, NULL, "SCRAM-SHA-256 y"},
        /* certificates and tokens */
        {TLS_1_3 | CERTIFICATE, NULL, "EXTERNAL " ALL, NULL, "EXTERNAL n"},
        {TLS_1_3 | CERTIFICATE | NO_PASSWORD, NULL, "EXTERNAL PLAIN", NULL, "EXTERNAL n"},
        {TLS_1_3 | CERTIFICATE, "SCRAM-SHA-1", "EXTERNAL SCRAM-SHA-1", NULL, "SCRAM-SHA-1 n"},
        {TLS_1_3 | CERTIFICATE, "OAUTHBEARER EXTERNAL", "EXTERNAL OAUTHBEARER", NULL, "EXTERNAL n"},
        {TLS_1_3, "OAUTHBEARER", "PLAIN OAUTHBEARER", NULL, "OAUTHBEARER n"},
        {TLS_1_3 | NO_PASSWORD, "ANONYMOUS", "ANONYMOUS", NULL, "ANONYMOUS n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene s;
        struct pick pick;
        char got[700];
        begin(&s, rows[i].where, rows[i].allowed, rows[i].offers, rows[i].types);
        describe(&s.choice, &pick, got);
        if (strcmp(got, rows[i].wanted) != 0)
            printf("# row %zu: %s of %s\n", i, rows[i].allowed ? rows[i].allowed : "all", rows[i].offers);
        CHECK_STR(got, rows[i].wanted);
        choice_finish(&s.choice);
    }
}

/* XEP-0440 3, rules 4 and 5. */
static void contradictions(void) {
    struct scene s;
    struct pick pick;
    char got[700];
    begin(&s, TLS_1_3, NULL, CLASSIC, "tls-exporter");
    CHECK_INT(describe(&s.choice, &pick, got), CHOICE_REFUSED);
    CHECK_HAS(got, "no mechanism that uses one");
    choice_finish(&s.choice);
    begin(&s, TLS_1_3 | SASL2, NULL, ALL, NULL);
    CHECK_INT(describe(&s.choice, &pick, got), CHOICE_REFUSED);
    CHECK_HAS(got, "lists no types");
    choice_finish(&s.choice);
}

/* All that is tried when each is refused: never down a class. */
static void tries(const char *wanted, int where, const char *allowed, const char *offers) {
    struct scene s;
    struct pick pick;
    char got[700], all[1024] = "";
    begin(&s, where, allowed, offers, NULL);
    while (describe(&s.choice, &pick, got) == CHOICE_MADE && strlen(all) < 800) {
        choice_take(&s.choice, &pick);
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s ", pick.mechanism->name);
    }
    CHECK_STR(all, wanted);
    choice_finish(&s.choice);
}

static void never_down(void) {
    tries("SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS ", TLS_1_3, NULL, ALL);
    tries("SCRAM-SHA-256 SCRAM-SHA-1 ", TLS_1_3, NULL, CLASSIC);
    tries("SCRAM-SHA-1 SCRAM-SHA-256 ", TLS_1_3, "PLAIN SCRAM-SHA-1 SCRAM-SHA-256", CLASSIC);
    tries("PLAIN ", TLS_1_3, NULL, "PLAIN");
    tries("EXTERNAL ", TLS_1_3 | CERTIFICATE, NULL, "EXTERNAL PLAIN");
    tries("EXTERNAL SCRAM-SHA-256 SCRAM-SHA-1 ", TLS_1_3 | CERTIFICATE, NULL, "EXTERNAL " CLASSIC);
    tries("EXTERNAL SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS ", TLS_1_3 | CERTIFICATE, NULL, "EXTERNAL " ALL);
}

/* ---- what is remembered ---- */

static void remembering(const char *memory, int where, const char *allowed, const char *offers,
                        const char *wanted) {
    struct scene s;
    struct pick pick;
    char got[700];
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    begin(&s, where, allowed, offers, NULL);
    s.choice.memory = memory_new();
    buf_addf(&text, "couplet-memory 1\n%s", memory);
    CHECK_INT(memory_read(s.choice.memory, (struct str){buf_data(&text), buf_len(&text)}, &err), 0);
    describe(&s.choice, &pick, got);
    CHECK_HAS(got, wanted);
    memory_free(s.choice.memory);
    choice_finish(&s.choice);
    buf_finish(&text);
}

static void weaker_offers(void) {
    remembering("strongest SCRAM-SHA-256\n", TLS_1_3, NULL, CLASSIC, "SCRAM-SHA-256 y");
    remembering("strongest SCRAM-SHA-256\n", TLS_1_3, NULL, "SCRAM-SHA-1", "refused");
    remembering("strongest SCRAM-SHA-1\n", TLS_1_3, NULL, "PLAIN", "refused");
    remembering("strongest SCRAM-SHA-1\n", TLS_1_3, NULL, "SCRAM-SHA-256", "SCRAM-SHA-256 y");
    remembering("strongest SCRAM-SHA-1-PLUS\n", TLS_1_3, NULL, "SCRAM-SHA-512", "refused");
    remembering("strongest SCRAM-SHA-1-PLUS\n", TLS_1_3, NULL, ALL, "SCRAM-SHA-256-PLUS p");
    remembering("strongest SCRAM-SHA-512-PLUS\n", TLS_1_3, NULL, ALL, "refused");
    remembering("strongest EXTERNAL\n", TLS_1_3, NULL, "PLAIN", "refused");
    remembering("strongest EXTERNAL\n", TLS_1_3, NULL, "SCRAM-SHA-1", "SCRAM-SHA-1 y");
    remembering("strongest SCRAM-SHA-512-PLUS\n", TLS_1_3 | CERTIFICATE, NULL, "EXTERNAL", "EXTERNAL");
    /* over another transport than before */
    remembering("strongest SCRAM-SHA-256-PLUS\n", TLS_1_3 | UNBOUND, NULL, ALL, "SCRAM-SHA-256 n");
    remembering("strongest SCRAM-SHA-256-PLUS\n", TLS_1_3 | UNBOUND, NULL, "PLAIN SCRAM-SHA-1", "refused");
    remembering("strongest SCRAM-SHA-1-PLUS\n", TLS_1_3 | UNBOUND, NULL, "PLAIN", "refused");
    /* nothing that we ever knew, or that the owner does not want any more */
    remembering("strongest SCRAM-SHA-9000\n", TLS_1_3, NULL, "PLAIN", "PLAIN y");
    remembering("strongest SCRAM-SHA-512-PLUS\n", TLS_1_3, "SCRAM-SHA-1", "SCRAM-SHA-1", "SCRAM-SHA-1 n");
    remembering("strongest SCRAM-SHA-256\n", TLS_1_3, "PLAIN", "PLAIN", "PLAIN n");
    remembering("strongest SCRAM-SHA-256\n", TLS_1_3, "PLAIN SCRAM-SHA-256", "PLAIN", "refused");
    remembering("strongest SCRAM-SHA-256\n", CLEAR, "PLAIN SCRAM-SHA-256", "PLAIN", "PLAIN n");
    /* XEP-0474 7 */
    remembering("strongest SCRAM-SHA-256-PLUS\nvouched\n", TLS_1_3, NULL, "SCRAM-SHA-1", "SCRAM-SHA-1 y !");
    remembering("strongest SCRAM-SHA-256\nvouched\n", TLS_1_3, NULL, "PLAIN", "refused");
}

/* EXTERNAL was refused; what stands behind it is measured as if it were not there. */
static void weaker_behind_external(void) {
    struct scene s;
    struct pick pick;
    char got[700];
    begin(&s, TLS_1_3 | CERTIFICATE, NULL, "EXTERNAL SCRAM-SHA-1", NULL);
    s.choice.memory = memory_new();
    memory_logged_in(s.choice.memory, "SCRAM-SHA-256-PLUS", "tls-exporter", "SCRAM-SHA-256-PLUS", false);
    CHECK_INT(describe(&s.choice, &pick, got), CHOICE_MADE);
    choice_take(&s.choice, &pick);
    CHECK_INT(describe(&s.choice, &pick, got), CHOICE_REFUSED);
    memory_free(s.choice.memory);
    choice_finish(&s.choice);
}

/* ---- the way back ---- */

static void takes(struct scene *s, const char *wanted) {
    struct pick pick;
    char got[700];
    describe(&s->choice, &pick, got);
    CHECK_STR(got, wanted);
    choice_take(&s->choice, &pick);
}

static void the_way_back(void) {
    struct scene s;
    begin(&s, TLS_1_3, NULL, ALL, NULL);
    s.choice.memory = memory_new();
    takes(&s, "SCRAM-SHA-256-PLUS p tls-exporter");
    CHECK(choice_way_back(&s.choice));
    takes(&s, "SCRAM-SHA-256-PLUS p " STREAM_BINDING_FINISHED);
    CHECK(!choice_way_back(&s.choice));
    choice_worked(&s.choice, false);
    CHECK_STR(memory_binding(s.choice.memory), STREAM_BINDING_FINISHED);
    /* the next login begins with it; if the server has learned better, that is found out once */
    choice_forget_offers(&s.choice);
    choice_offer(&s.choice, STR_LIT("SCRAM-SHA-256-PLUS"));
    takes(&s, "SCRAM-SHA-256-PLUS p " STREAM_BINDING_FINISHED);
    CHECK(choice_way_back(&s.choice));
    takes(&s, "SCRAM-SHA-256-PLUS p tls-exporter");
    choice_worked(&s.choice, false);
    /* and tls-exporter, once it works, is not doubted */
    choice_forget_offers(&s.choice);
    choice_offer(&s.choice, STR_LIT("SCRAM-SHA-256-PLUS"));
    takes(&s, "SCRAM-SHA-256-PLUS p tls-exporter");
    CHECK(!choice_way_back(&s.choice));
    memory_free(s.choice.memory);
    choice_finish(&s.choice);
}

static void no_way_back(void) {
    struct scene s;
    begin(&s, TLS_1_3, NULL, ALL, "tls-exporter");
    takes(&s, "SCRAM-SHA-256-PLUS p tls-exporter");
    CHECK(!choice_way_back(&s.choice)); /* the server says so itself */
    choice_finish(&s.choice);
    begin(&s, TLS_1_3, NULL, CLASSIC, NULL);
    takes(&s, "SCRAM-SHA-256 y");
    CHECK(!choice_way_back(&s.choice)); /* not bound */
    choice_finish(&s.choice);
    begin(&s, TLS_1_2, NULL, ALL, NULL);
    takes(&s, "SCRAM-SHA-256-PLUS p tls-unique");
    CHECK(!choice_way_back(&s.choice)); /* it is our Finished already */
    choice_finish(&s.choice);
}

/* ---- XEP-0474 6.1 ---- */

static void offers_are_joined(void) {
    struct scene s;
    struct buf out = BUF_INIT;
    begin(&s, TLS_1_3, NULL, "SCRAM-SHA-1-PLUS SCRAM-SHA-1 x PLAIN", "tls-server-end-point tls-exporter");
    choice_join_offers(&s.choice, &out);
    CHECK_STR(buf_data(&out),
              "PLAIN\x1eSCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1ex\x1ftls-exporter\x1etls-server-end-point");
    choice_finish(&s.choice);
    buf_clear(&out);
    begin(&s, TLS_1_3, NULL, "b a", NULL);
    choice_join_offers(&s.choice, &out);
    CHECK_STR(buf_data(&out), "a\x1e"
                              "b");
    choice_finish(&s.choice);
    buf_clear(&out);
    begin(&s, TLS_1_3, NULL, "", "");
    choice_join_offers(&s.choice, &out);
    CHECK_STR(buf_data(&out), "\x1f");
    choice_finish(&s.choice);
    buf_finish(&out);
}

int main(void) {
    RUN(situations);
    RUN(contradictions);
    RUN(never_down);
    RUN(weaker_offers);
    RUN(weaker_behind_external);
    RUN(the_way_back);
    RUN(no_way_back);
    RUN(offers_are_joined);
    return check_done();
}
