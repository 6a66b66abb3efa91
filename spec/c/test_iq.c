/* SPDX-License-Identifier: MIT */
/* iq: who may answer what; deadlines; callbacks that change the table while it works. */
#include "check.h"
#include "parsed.h"

#include "xmpp/iq.h"

#define OWN "me@example.org/bot"

/* What became of a request. */
struct fate {
    int calls;
    enum iq_outcome outcome;
    bool had_answer;
    struct iq_table *table; /* for those that act in their callback */
    uint64_t other;
};

static void on_done(void *ctx, enum iq_outcome outcome, const struct xml_node *answer) {
    struct fate *f = ctx;
    f->calls++;
    f->outcome = outcome;
    f->had_answer = answer != NULL;
}

static bool answer(struct iq_table *t, const char *type, const char *id, const char *from) {
    char text[300];
    if (from != NULL)
        snprintf(text, sizeof(text), "<iq type='%s' id='%s' from='%s'/>", type, id, from);
    else
        snprintf(text, sizeof(text), "<iq type='%s' id='%s'/>", type, id);
    return iq_answer(t, parsed(text), OWN);
}

static struct str to_str(const char *to) {
    return to != NULL ? str_of(to) : STR_NONE;
}

/* One request to `to`, one answer of `from`: does it count? */
static bool is_accepted(const char *to, const char *from) {
    struct iq_table *t = iq_new();
    struct fate f = {0};
    CHECK(iq_add_id(t, STR_LIT("i1"), to_str(to), 1000, on_done, &f) != 0);
    bool accepted = answer(t, "result", "i1", from);
    CHECK_INT(f.calls, accepted);
    CHECK_INT(iq_count(t), !accepted);
    iq_drop_all(t, IQ_LOST);
    CHECK_INT(f.calls, 1);
    CHECK_INT(f.outcome, accepted ? IQ_ANSWER : IQ_LOST);
    CHECK_INT(f.had_answer, accepted);
    iq_free(t);
    return accepted;
}

/* A component asks as many: the answer has to come back to the address that asked. */
static bool is_accepted_at(const char *asker, const char *to) {
    struct iq_table *t = iq_new();
    struct fate f = {0};
    char text[200];
    CHECK(iq_add_from(t, STR_LIT("i1"), to_str(asker), STR_LIT("juliet@example.com"), 1000, on_done, &f) !=
          0);
    snprintf(text, sizeof(text), "<iq type='result' id='i1' from='juliet@example.com'%s%s%s/>",
             to ? " to='" : "", to ? to : "", to ? "'" : "");
    bool accepted = iq_answer(t, parsed(text), "echo.example.org");
    iq_drop_all(t, IQ_LOST);
    CHECK_INT(f.outcome, accepted ? IQ_ANSWER : IQ_LOST);
    iq_free(t);
    return accepted;
}

static void who_asked(void) {
    CHECK(is_accepted_at("a@echo.example.org", "a@echo.example.org"));
    CHECK(is_accepted_at("a@echo.example.org", "A@ECHO.example.org"));
    CHECK(!is_accepted_at("a@echo.example.org", "b@echo.example.org"));
    CHECK(!is_accepted_at("a@echo.example.org", "a@echo.example.org/x"));
    CHECK(!is_accepted_at("a@echo.example.org", NULL));
    CHECK(is_accepted_at(NULL, NULL));
}

/* Each address has ids of its own. */
static void same_id_of_two(void) {
    struct iq_table *t = iq_new();
    struct fate a = {0}, b = {0};
    CHECK(iq_add_from(t, STR_LIT("x"), STR_LIT("a@c"), STR_LIT("j@h"), 10, on_done, &a) != 0);
    CHECK(iq_add_from(t, STR_LIT("x"), STR_LIT("b@c"), STR_LIT("j@h"), 10, on_done, &b) != 0);
    CHECK_INT(iq_add_from(t, STR_LIT("x"), STR_LIT("a@c"), STR_LIT("j@h"), 10, on_done, &a), 0);
    CHECK(iq_answer(t, parsed("<iq type='result' id='x' from='j@h' to='b@c'/>"), "c"));
    CHECK_INT(a.calls, 0);
    CHECK_INT(b.calls, 1);
    iq_drop_all(t, IQ_LOST);
    iq_free(t);
}

/* RFC 6120 8.1.2.1: a stanza without from is from our own account. */
static void who_may_answer(void) {
    CHECK(is_accepted("juliet@example.com/x", "juliet@example.com/x"));
    CHECK(is_accepted("juliet@example.com/x", "Juliet@EXAMPLE.com/x")); /* the same address */
    CHECK(!is_accepted("juliet@example.com/x", "juliet@example.com/X"));
    CHECK(!is_accepted("juliet@example.com/x", "juliet@example.com"));
    CHECK(!is_accepted("juliet@example.com", "juliet@example.com/x"));
    CHECK(!is_accepted("juliet@example.com/x", NULL));
    CHECK(!is_accepted("juliet@example.com/x", ""));
    CHECK(!is_accepted("juliet@example.com/x", "example.com"));
    CHECK(!is_accepted("juliet@example.com/x", OWN));
    CHECK(is_accepted("example.org", "example.org"));
    CHECK(!is_accepted("example.org", NULL)); /* the account is not the server */
    CHECK(!is_accepted("example.org", "me@example.org"));
    CHECK(!is_accepted("example.org", "example.org.evil"));
    CHECK(!is_accepted("example.org", "example.org/x"));
}

static void who_may_answer_for_the_account(void) {
    static const char *const targets[] = {NULL, "me@example.org", "ME@example.org"};
    for (int i = 0; i < 3; i++) {
        CHECK(is_accepted(targets[i], NULL));
        CHECK(is_accepted(targets[i], "me@example.org"));
        CHECK(is_accepted(targets[i], OWN));
        CHECK(!is_accepted(targets[i], "example.org"));
        CHECK(!is_accepted(targets[i], "me@example.org/other"));
        CHECK(!is_accepted(targets[i], "mallory@example.org"));
        CHECK(!is_accepted(targets[i], "me@example.org.evil"));
        CHECK(!is_accepted(targets[i], ""));
    }
    CHECK(is_accepted(OWN, OWN));
    CHECK(!is_accepted(OWN, "me@example.org"));
    CHECK(!is_accepted(OWN, NULL));
}

/* RFC 6120 8.2.3: results and errors of an iq, with the id; nothing else. */
static void what_is_an_answer(void) {
    struct iq_table *t = iq_new();
    struct fate f = {0};
    iq_add_id(t, STR_LIT("i1"), STR_LIT("a@b"), 1000, on_done, &f);
    iq_add_id(t, STR_LIT("costarring"), STR_LIT("a@b"), 1000, on_done, &f);
    CHECK(!answer(t, "result", "liquid", "a@b")); /* has the same hash */
    CHECK(!answer(t, "get", "i1", "a@b"));
    CHECK(!answer(t, "set", "i1", "a@b"));
    CHECK(!answer(t, "Result", "i1", "a@b"));
    CHECK(!answer(t, "result", "i", "a@b"));
    CHECK(!answer(t, "result", "i11", "a@b"));
    CHECK(!answer(t, "result", "I1", "a@b"));
    CHECK(!iq_answer(t, parsed("<iq type='result' from='a@b'/>"), OWN));
    CHECK(!iq_answer(t, parsed("<iq id='i1' from='a@b'/>"), OWN));
    CHECK(!iq_answer(t, parsed("<message type='error' id='i1' from='a@b'/>"), OWN));
    CHECK(!iq_answer(t, parsed("<presence type='error' id='i1' from='a@b'/>"), OWN));
    CHECK(!iq_answer(t, parsed("<iq xmlns='urn:x' type='result' id='i1' from='a@b'/>"), OWN));
    CHECK_INT(f.calls, 0);
    CHECK(answer(t, "error", "i1", "a@b"));
    CHECK_INT(f.outcome, IQ_ANSWER);
    CHECK(!answer(t, "result", "i1", "a@b")); /* once */
    CHECK_INT(f.calls, 1);
    CHECK(answer(t, "result", "costarring", "a@b"));
    iq_free(t);
}

static void one_id_for_two(void) {
    struct iq_table *t = iq_new();
    struct fate a = {0}, b = {0};
    CHECK(iq_add_id(t, STR_LIT("x"), STR_LIT("a@h"), 10, on_done, &a) != 0);
    CHECK(iq_add_id(t, STR_LIT("x"), STR_LIT("b@h"), 10, on_done, &b) != 0);
    CHECK_INT(iq_add_id(t, STR_LIT("x"), STR_LIT("a@h"), 10, on_done, &a), 0);
    CHECK_INT(iq_add_id(t, STR_LIT("x"), STR_LIT("A@H"), 10, on_done, &a), 0);
    CHECK(answer(t, "result", "x", "b@h"));
    CHECK_INT(a.calls, 0);
    CHECK_INT(b.calls, 1);
    CHECK(answer(t, "result", "x", "a@h"));
    CHECK_INT(a.calls, 1);
    iq_free(t);
}

static void ids_are_made(void) {
    struct iq_table *t = iq_new();
    struct fate f = {0};
    char id[RANDOM_ID_LEN + 1] = "", own[RANDOM_ID_LEN + 1] = "mine";
    CHECK(iq_add(t, id, STR_LIT("a@h"), 10, on_done, &f) != 0);
    CHECK_INT(strlen(id), RANDOM_ID_LEN);
    CHECK(iq_add(t, own, STR_LIT("a@h"), 10, on_done, &f) != 0);
    CHECK_STR(own, "mine");
    CHECK(answer(t, "result", id, "a@h"));
    CHECK(answer(t, "result", "mine", "a@h"));
    iq_free(t);
}

static void deadlines(void) {
    struct iq_table *t = iq_new();
    struct fate f[4] = {{0}};
    CHECK_INT(iq_deadline_ms(t), INT64_MAX);
    iq_add_id(t, STR_LIT("b"), STR_NONE, 200, on_done, &f[1]);
    iq_add_id(t, STR_LIT("d"), STR_NONE, 400, on_done, &f[3]);
    iq_add_id(t, STR_LIT("a"), STR_NONE, 100, on_done, &f[0]);
    iq_add_id(t, STR_LIT("c"), STR_NONE, 300, on_done, &f[2]);
    CHECK_INT(iq_deadline_ms(t), 100);
    iq_tick(t, 99);
    CHECK_INT(f[0].calls, 0);
    iq_tick(t, 100);
    CHECK_INT(f[0].calls, 1);
    CHECK_INT(f[0].outcome, IQ_TIMEOUT);
    CHECK_INT(iq_deadline_ms(t), 200);
    CHECK(answer(t, "result", "b", NULL));
    CHECK_INT(iq_deadline_ms(t), 300);
    iq_tick(t, 1000);
    CHECK_INT(f[2].calls, 1);
    CHECK_INT(f[3].outcome, IQ_TIMEOUT);
    CHECK_INT(iq_deadline_ms(t), INT64_MAX);
    CHECK(!answer(t, "result", "d", NULL)); /* too late */
    iq_free(t);
}

static void cancelling(void) {
    struct iq_table *t = iq_new();
    struct fate a = {0}, b = {0};
    uint64_t first = iq_add_id(t, STR_LIT("a"), STR_NONE, 10, on_done, &a);
    uint64_t second = iq_add_id(t, STR_LIT("b"), STR_NONE, 10, on_done, &b);
    CHECK(first != second);
    iq_cancel(t, first);
    iq_cancel(t, first);
    iq_cancel(t, 0);
    iq_cancel(t, 12345);
    CHECK_INT(a.calls, 1);
    CHECK_INT(a.outcome, IQ_CANCELLED);
    CHECK_INT(b.calls, 0);
    CHECK(!answer(t, "result", "a", NULL));
    CHECK(answer(t, "result", "b", NULL));
    iq_free(t);
}

/* ---- callbacks that act ---- */

static void add_another(void *ctx, enum iq_outcome outcome, const struct xml_node *node) {
    struct fate *f = ctx;
    on_done(ctx, outcome, node);
    if (f->calls < 3)
        CHECK(iq_add_id(f->table, STR_LIT("again"), STR_NONE, 0, add_another, f) != 0);
}

static void adding_in_a_callback(void) {
    struct iq_table *t = iq_new();
    struct fate f = {.table = t};
    iq_add_id(t, STR_LIT("one"), STR_NONE, 0, add_another, &f);
    iq_tick(t, 100); /* what was added is due as well, and waits for the next tick */
    CHECK_INT(f.calls, 1);
    CHECK_INT(iq_count(t), 1);
    iq_drop_all(t, IQ_LOST);
    CHECK_INT(f.calls, 2);
    CHECK_INT(iq_count(t), 1);
    CHECK(answer(t, "result", "again", NULL));
    CHECK_INT(f.calls, 3);
    CHECK_INT(iq_count(t), 0);
    iq_free(t);
}

static void cancel_other(void *ctx, enum iq_outcome outcome, const struct xml_node *node) {
    struct fate *f = ctx;
    on_done(ctx, outcome, node);
    iq_cancel(f->table, f->other);
}

static void cancelling_in_a_callback(void) {
    struct iq_table *t = iq_new();
    struct fate a = {.table = t}, b = {.table = t};
    uint64_t first = iq_add_id(t, STR_LIT("a"), STR_NONE, 10, cancel_other, &a);
    a.other = iq_add_id(t, STR_LIT("b"), STR_NONE, 10, cancel_other, &b);
    b.other = first; /* gone already */
    iq_drop_all(t, IQ_LOST);
    CHECK_INT(a.calls, 1);
    CHECK_INT(a.outcome, IQ_LOST);
    CHECK_INT(b.calls, 1);
    CHECK_INT(b.outcome, IQ_CANCELLED);
    iq_free(t);
}

static void many(void) {
    struct iq_table *t = iq_new();
    struct fate f = {0};
    char id[16];
    for (int i = 0; i < 10000; i++) {
        snprintf(id, sizeof(id), "i%d", i);
        CHECK(iq_add_id(t, str_of(id), STR_NONE, 1000 + i % 7, on_done, &f) != 0);
    }
    CHECK_INT(iq_add_id(t, STR_LIT("one more"), STR_NONE, 1000, on_done, &f), 0);
    CHECK_INT(iq_count(t), 10000);
    for (int i = 0; i < 10000; i += 100) {
        snprintf(id, sizeof(id), "i%d", i);
        CHECK(answer(t, "result", id, NULL));
    }
    CHECK_INT(f.calls, 100);
    iq_tick(t, 1003);
    CHECK_INT(iq_deadline_ms(t), 1004);
    iq_tick(t, 1006);
    CHECK_INT(f.calls, 10000);
    CHECK_INT(iq_count(t), 0);
    iq_free(t);
}

int main(void) {
    RUN(who_may_answer);
    RUN(who_asked);
    RUN(same_id_of_two);
    RUN(who_may_answer_for_the_account);
    RUN(what_is_an_answer);
    RUN(one_id_for_two);
    RUN(ids_are_made);
    RUN(deadlines);
    RUN(cancelling);
    RUN(adding_in_a_callback);
    RUN(cancelling_in_a_callback);
    RUN(many);
    parsed_done();
    iq_free(NULL);
    return check_done();
}
