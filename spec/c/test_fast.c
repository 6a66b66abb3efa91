/* SPDX-License-Identifier: MIT */
/* FAST (XEP-0484): the mechanisms of draft-schmaus-kitten-sasl-ht, the rules for tokens, their times, and how
 * they are remembered. The XML around is in the transcripts (fast_*.xt). */
#include "check.h"

#include "base/mem.h"
#include "xmpp/fast.h"

/* HMAC-SHA-256("secret-token:fast-1", "Initiator" "cb") and with "Responder", computed elsewhere. */
static const char initiator[] = "\xd2\xb5\xe4\xb9\x44\x12\x5a\x28\x0b\x1c\xeb\xc7\x68\x03\x3a\x10\xe9\xc3\x07"
                                "\xca\x45\xa2\x17\x56\xc1\x3c\xe2\x9f\xed\xca\xd9\xbf";
static const char responder[] = "\xde\x2d\xab\xf9\x9c\xee\x73\x08\x33\x42\xba\xd5\x4e\x1a\x22\xc6\xae\xd3\x6d"
                                "\x6e\x50\x94\xbb\xd8\x08\x17\xcd\xf2\x9a\x73\x9f\x98";

static struct stream_binding tls_1_3[] = {{"tls-server-end-point", {"ep", 2}}, {"tls-exporter", {"cb", 2}}};

static struct choice secured(struct memory *m) {
    return (struct choice){.is_secured = true, .bindings = tls_1_3, .binding_count = 2, .memory = m};
}

static struct sasl *exchange(struct buf *first) {
    struct memory *m = memory_new();
    struct choice c = secured(m);
    struct str binding;
    struct err err = ERR_INIT;
    const struct sasl_mechanism *exporter = fast_mechanism(&c, STR_LIT("HT-SHA-256-EXPR"), &binding);
    struct sasl_identity who = {.user = "user", .password = "secret-token:fast-1", .binding = binding};
    struct sasl *s = sasl_new(exporter, &who);
    memory_free(m);
    CHECK_INT(sasl_first(s, first, &err), 0);
    return s;
}

static void one_message_each_way(void) {
    struct buf first = BUF_INIT;
    struct err err = ERR_INIT;
    struct sasl *s = exchange(&first);
    CHECK_INT(buf_len(&first), 5 + 32);
    CHECK(memcmp(buf_data(&first), "user", 5) == 0);
    CHECK(memcmp(buf_data(&first) + 5, initiator, 32) == 0);
    CHECK(!sasl_is_proven(s));
    CHECK_INT(sasl_success(s, (struct str){responder, 32}, &err), 0);
    CHECK(sasl_is_proven(s));
    CHECK(fast_is_token(sasl_mechanism(s)));
    CHECK(!fast_is_token(sasl_mechanism_at(0)));
    sasl_free(s);
    buf_finish(&first);
}

static void the_server_proves_itself(void) {
    static const struct str wrong[] = {{NULL, 0}, {"", 0}, {responder, 31}, {responder, 33}, {initiator, 32}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct buf first = BUF_INIT;
        struct err err = ERR_INIT;
        struct sasl *s = exchange(&first);
        CHECK_INT(sasl_success(s, wrong[i], &err), -1);
        CHECK(!sasl_is_proven(s));
        CHECK(strstr(err.text, "secret-token") == NULL);
        sasl_free(s);
        buf_finish(&first);
    }
}

static void no_challenges(void) {
    struct buf first = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    struct sasl *s = exchange(&first);
    CHECK_INT(sasl_challenge(s, STR_LIT(""), &out, &err), -1);
    CHECK_INT(buf_len(&out), 0);
    sasl_free(s);
    buf_finish(&first);
}

/* ---- rules ---- */

static bool may(const struct choice *c, const char *name) {
    struct str binding;
    const struct sasl_mechanism *m = fast_mechanism(c, str_of(name), &binding);
    return m != NULL && strcmp(m->name, name) == 0;
}

static void what_is_bound_comes_first(void) {
    CHECK_INT(fast_rank(STR_LIT("HT-SHA-256-EXPR")), 1);
    CHECK_INT(fast_rank(STR_LIT("HT-SHA-256-ENDP")), 2);
    CHECK_INT(fast_rank(STR_LIT("HT-SHA-256-UNIQ")), 3);
    CHECK_INT(fast_rank(STR_LIT("HT-SHA-256-NONE")), 4);
    CHECK_INT(fast_rank(STR_LIT("HT-SHA-512-EXPR")), 0);
    CHECK_INT(fast_rank(STR_LIT("PLAIN")), 0);
    CHECK_INT(fast_rank(STR_NONE), 0);
}

static void only_where_it_may_be(void) {
    struct memory *m = memory_new();
    static char plus_256[] = "SCRAM-SHA-256-PLUS", plus_1[] = "SCRAM-SHA-1-PLUS", plain[] = "SCRAM-SHA-256";
    char *plus_alone[] = {plus_256, plus_1, NULL};
    char *also_without[] = {plus_256, plain, NULL};
    struct choice c = secured(m);
    CHECK(may(&c, "HT-SHA-256-EXPR"));
    CHECK(may(&c, "HT-SHA-256-ENDP"));
    CHECK(!may(&c, "HT-SHA-256-UNIQ")); /* not of this TLS session */
    CHECK(may(&c, "HT-SHA-256-NONE"));
    c.allowed = also_without;
    CHECK(may(&c, "HT-SHA-256-NONE"));
    c.allowed = plus_alone;
    CHECK(!may(&c, "HT-SHA-256-NONE"));
    CHECK(may(&c, "HT-SHA-256-EXPR"));
    c.allowed = NULL;
    memory_logged_in(m, "SCRAM-SHA-1-PLUS", "tls-exporter", "SCRAM-SHA-1-PLUS", false);
    CHECK(!may(&c, "HT-SHA-256-NONE"));
    c.is_secured = false;
    CHECK(!may(&c, "HT-SHA-256-EXPR"));
    CHECK(!may(&c, "HT-SHA-256-NONE"));
    memory_free(m);
    c = secured(NULL);
    CHECK(!may(&c, "HT-SHA-256-EXPR"));
}

static void ready_until_it_expires(void) {
    struct memory *m = memory_new();
    struct choice c = secured(m);
    struct memory_token token;
    struct str binding;
    CHECK(fast_ready(&c, 0, &token, &binding) == NULL);
    memory_keep_token(m, "HT-SHA-256-ENDP", STR_LIT("t"), 1000);
    CHECK(fast_ready(&c, 999, &token, &binding) != NULL);
    CHECK(str_is(binding, "ep"));
    CHECK_STR(token.token, "t");
    CHECK(fast_ready(&c, 1000, &token, &binding) == NULL);
    CHECK(!memory_find_token(m, &token));
    memory_free(m);
}

/* ---- times ---- */

static void times(void) {
    static const struct {
        const char *text;
        int64_t seconds; /* -1: it is no time */
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2000-02-29T12:00:00Z", 951825600},
        {"2000-03-01T00:00:00Z", 951868800},
        {"2026-11-21T09:08:07Z", 1795252087},
        {"2026-11-21T09:08:07.5Z", 1795252087},
        {"2026-11-21T10:08:07+01:00", 1795252087},
        {"2026-11-21T03:38:07-05:30", 1795252087},
        {"2100-12-31T23:59:59Z", 4133980799},
        {"", -1},
        {"2026-11-21T09:08:07", -1},
        {"2026-11-21 09:08:07Z", -1},
        {"2026-13-21T09:08:07Z", -1},
        {"2026-11-00T09:08:07Z", -1},
        {"2026-11-21T09:60:07Z", -1},
        {"2026-11-21T09:08:07Zx", -1},
        {"2026-11-21T09:08:07+1:00", -1},
        {"2026-11-21T09:08:07+99:00", -1},
        {"1969-12-31T23:59:59Z", -1},
        {"-026-11-21T09:08:07Z", -1},
        {"20260312T14:36:15Z", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t got = -2;
        CHECK_INT(fast_read_time(str_of(rows[i].text), &got), rows[i].seconds >= 0 ? 0 : -1);
        if (rows[i].seconds >= 0)
            CHECK_INT(got, rows[i].seconds);
    }
    int64_t unused;
    CHECK_INT(fast_read_time(STR_NONE, &unused), -1);
}

/* ---- memory ---- */

static void an_agent_for_good(void) {
    struct memory *a = memory_new(), *b = memory_new();
    char first[MEMORY_AGENT_LEN + 1];
    snprintf(first, sizeof(first), "%s", memory_agent(a));
    CHECK_INT(strlen(first), 36);
    CHECK_INT(first[14], '4');                /* version … */
    CHECK(strchr("89ab", first[19]) != NULL); /* … and variant of RFC 9562 */
    CHECK_STR(memory_agent(a), first);
    CHECK(memory_is_changed(a));
    CHECK(strcmp(memory_agent(b), first) != 0);
    memory_free(a);
    memory_free(b);
}

static void saved_and_read(void) {
    struct memory *a = memory_new(), *b = memory_new();
    struct buf text = BUF_INIT, again = BUF_INIT;
    struct err err = ERR_INIT;
    struct memory_token token;
    memory_agent(a);
    memory_keep_inlines(a, MEMORY_SASL2 | MEMORY_RESUME);
    memory_keep_token(a, "HT-SHA-256-EXPR", STR_LIT("a token\n<>"), 1795252087);
    CHECK_INT(memory_count_token(a), 1);
    CHECK_INT(memory_count_token(a), 2);
    CHECK(memory_is_changed(a));
    memory_write(a, &text);
    CHECK(!memory_is_changed(a));
    CHECK_INT(memory_read(b, (struct str){buf_data(&text), buf_len(&text)}, &err), 0);
    CHECK(!memory_is_changed(b));
    CHECK_STR(memory_agent(b), memory_agent(a));
    CHECK_INT(memory_inlines(b), MEMORY_SASL2 | MEMORY_RESUME);
    CHECK(memory_find_token(b, &token));
    CHECK_STR(token.token, "a token\n<>");
    CHECK_INT(token.expires_s, 1795252087);
    memory_write(b, &again);
    CHECK_STR(buf_data(&again), buf_data(&text));
    CHECK_INT(memory_count_token(b), 3);
    CHECK(memory_is_changed(b));
    memory_keep_token(b, "HT-SHA-256-EXPR", STR_LIT("another"), 1);
    CHECK_INT(memory_count_token(b), 1); /* XEP-0484 3.4 */
    memory_drop_token(b);
    CHECK(!memory_find_token(b, &token));
    memory_free(a);
    memory_free(b);
    buf_finish(&text);
    buf_finish(&again);
}

static void too_long_is_not_kept(void) {
    struct memory *m = memory_new();
    struct memory_token token;
    char text[MEMORY_TOKEN_MAX + 1];
    memset(text, 'x', sizeof(text));
    memory_keep_token(m, "HT-SHA-256-EXPR", (struct str){text, sizeof(text)}, 1);
    CHECK(!memory_find_token(m, &token));
    memory_keep_token(m, "HT-SHA-256-EXPR", STR_LIT(""), 1);
    CHECK(!memory_find_token(m, &token));
    memory_keep_token(m, "HT-SHA-256-EXPR", (struct str){text, sizeof(text) - 1}, 1);
    CHECK(memory_find_token(m, &token));
    memory_free(m);
}

static void damaged(void) {
    static const char *const lines[] = {
        "agent",
        "agent 0f0e0d0c-0b0a-4908-8706-05040302010",
        "agent 0f0e0d0c-0b0a-4908-8706-05040302010'",
        "inline",
        "inline x",
        "inline 99999999999",
        "token",
        "token HT-SHA-256-EXPR",
        "token HT-SHA-256-EXPR 1 1",
        "token HT-SHA-256-EXPR 1 1 ",
        "token HT-SHA-256-EXPR 1 1 !!!!",
        "token HT-SHA-256-EXPR 1 1 AGE=",
        "token HT-SHA-256-EXPR x 1 YQ==",
        "token HT-SHA-256-EXPR 1 4294967296 YQ==",
        "token HT'SHA 1 1 YQ==",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct memory *m = memory_new();
        struct memory_token token;
        struct buf text = BUF_INIT;
        struct err err = ERR_INIT;
        buf_addf(&text, "couplet-memory 1\n%s\n", lines[i]);
        CHECK_INT(memory_read(m, (struct str){buf_data(&text), buf_len(&text)}, &err), -1);
        CHECK(strstr(err.text, "line 2") != NULL);
        CHECK(strstr(err.text, "YQ==") == NULL);
        CHECK(!memory_find_token(m, &token));
        memory_free(m);
        buf_finish(&text);
    }
}

int main(void) {
    RUN(one_message_each_way);
    RUN(the_server_proves_itself);
    RUN(no_challenges);
    RUN(what_is_bound_comes_first);
    RUN(only_where_it_may_be);
    RUN(ready_until_it_expires);
    RUN(times);
    RUN(an_agent_for_good);
    RUN(saved_and_read);
    RUN(too_long_is_not_kept);
    RUN(damaged);
    return check_done();
}
