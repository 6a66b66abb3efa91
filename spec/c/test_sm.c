/* SPDX-License-Identifier: MIT */
/* sm: counters to the end of 32 bits, what an ack may say, what becomes of the queue, its form on disk. */
#include "check.h"

#include "xmpp/sm.h"

static void send_some(struct sm *sm, int from, int to) {
    char text[64];
    for (int i = from; i <= to; i++) {
        int n = snprintf(text, sizeof(text), "<message id='%d'/>", i);
        sm_sent(sm, text, (size_t)n, 1000 + i);
    }
}

static void collect(void *ctx, struct str bytes, int64_t wall_ms) {
    (void)wall_ms;
    buf_add(ctx, bytes.s, bytes.len);
}

static void check_live(const struct sm *sm, const char *want) {
    struct buf b = BUF_INIT;
    sm_each_live(sm, collect, &b);
    CHECK_STR(buf_data(&b), want);
    buf_finish(&b);
}

static struct sm *enabled(void) {
    struct sm *sm = sm_new();
    sm_start(sm);
    sm_enabled(sm, STR_LIT("an id"), STR_NONE, 300, "me@example.org/bot");
    return sm;
}

static void test_acks(void) {
    struct sm *sm = enabled();
    send_some(sm, 1, 3);
    CHECK_INT(sm_ack(sm, 0), 0);
    CHECK_INT(sm_ack(sm, 2), 0);
    check_live(sm, "<message id='3'/>");
    CHECK_INT(sm_ack(sm, 1), -1); /* backwards */
    CHECK_INT(sm_ack(sm, 4), -1); /* beyond */
    CHECK_INT(sm_ack(sm, 4000000000u), -1);
    check_live(sm, "<message id='3'/>");
    CHECK_INT(sm_ack(sm, 3), 0);
    CHECK_INT(sm_live_count(sm), 0);
    sm_free(sm);
}

/* XEP-0198 4: behind 2^32 - 1 comes 0. */
static void test_wrap(void) {
    struct sm *sm = sm_new();
    struct err err = ERR_INIT;
    CHECK_INT(sm_read(sm, STR_LIT("couplet-stream 1\nacked 4294967294\nhandled 4294967295\n"), &err), 0);
    send_some(sm, 1, 4);
    CHECK_INT(sm_count(sm), 2);
    CHECK_INT(sm_ack(sm, 4294967293u), -1);
    CHECK_INT(sm_ack(sm, 4294967295u), 0);
    CHECK_INT(sm_ack(sm, 1), 0);
    check_live(sm, "<message id='4'/>");
    CHECK_INT(sm_ack(sm, 3), -1);
    sm_handled(sm);
    CHECK_INT(sm_h(sm), 0);
    sm_free(sm);
}

static void test_lost(void) {
    struct sm *sm = enabled();
    struct buf b = BUF_INIT;
    int64_t wall_ms;
    send_some(sm, 1, 3);
    sm_handled(sm);
    CHECK_INT(sm_ack(sm, 1), 0);
    sm_detached(sm);
    CHECK(sm_can_resume(sm));
    send_some(sm, 4, 4); /* accepted while nobody is there */
    sm_lost(sm);
    CHECK(!sm_can_resume(sm));
    CHECK_INT(sm_live_count(sm), 0);
    CHECK_INT(sm_old_count(sm), 3);
    CHECK_INT(sm_h(sm), 0);
    sm_start(sm);
    send_some(sm, 9, 9); /* of the new session: its count begins anew */
    CHECK_INT(sm_ack(sm, 2), -1);
    CHECK_INT(sm_ack(sm, 1), 0);
    for (int i = 2; i <= 4; i++) {
        char want[64];
        snprintf(want, sizeof(want), "<message id='%d'/>", i);
        buf_clear(&b);
        CHECK(sm_take_old(sm, &b, &wall_ms));
        CHECK_STR(buf_data(&b), want);
        CHECK_INT(wall_ms, 1000 + i);
    }
    CHECK(!sm_take_old(sm, &b, &wall_ms));
    buf_finish(&b);
    sm_free(sm);
}

static void test_full(void) {
    struct sm *sm = enabled();
    send_some(sm, 1, SM_COUNT_MAX - 1);
    CHECK(!sm_is_full(sm));
    send_some(sm, 1, 1);
    CHECK(sm_is_full(sm));
    sm_release(sm, 1);
    CHECK(!sm_is_full(sm));
    sm_free(sm);
}

/* Whatever happened, what is read back is what was there. */
static void check_same(struct sm *sm, const struct buf *text) {
    struct sm *copy = sm_new();
    struct err err = ERR_INIT;
    struct buf a = BUF_INIT, b = BUF_INIT;
    CHECK_INT(sm_read(copy, (struct str){buf_data(text), buf_len(text)}, &err), 0);
    CHECK_STR(err.text, "");
    sm_write(sm, &a);
    sm_write(copy, &b);
    CHECK_STR(buf_data(&b), buf_data(&a));
    buf_finish(&a);
    buf_finish(&b);
    sm_free(copy);
}

static void test_text(void) {
    struct sm *sm = sm_new();
    struct buf text = BUF_INIT;
    send_some(sm, 1, 2);
    sm_start(sm); /* two old ones */
    sm_enabled(sm, STR_LIT("an id\n"), STR_LIT("[::1]:5222"), 300, "me@example.org/a b");
    CHECK(!sm_journal(sm, &text));
    sm_write(sm, &text);
    send_some(sm, 3, 6);
    CHECK(sm_journal(sm, &text));
    CHECK_INT(sm_ack(sm, 2), 0);
    sm_handled(sm);
    send_some(sm, 7, 7);
    CHECK(sm_journal(sm, &text));
    size_t len = buf_len(&text);
    CHECK(sm_journal(sm, &text));
    CHECK_INT(buf_len(&text), len); /* nothing new, nothing said */
    buf_lit(&text, "handled 99");   /* torn: the process died while it wrote */
    check_same(sm, &text);
    sm_lost(sm);
    CHECK(!sm_journal(sm, &text));
    buf_finish(&text);
    sm_free(sm);
}

static void test_came_and_went(void) {
    struct sm *sm = enabled();
    struct buf text = BUF_INIT;
    sm_write(sm, &text);
    send_some(sm, 1, 3);
    CHECK_INT(sm_ack(sm, 2), 0);
    CHECK(!sm_journal(sm, &text));
    buf_finish(&text);
    sm_free(sm);
}

static void refused(const char *text, const char *want) {
    struct sm *sm = sm_new();
    struct err err = ERR_INIT;
    CHECK_INT(sm_read(sm, str_of(text), &err), -1);
    CHECK_STR(err.text, want);
    sm_free(sm);
}

static void test_bad_text(void) {
    refused("nonsense\n", "line 1 is not understood");
    refused("couplet-stream 1\nacked\n", "line 2 is not understood");
    refused("couplet-stream 1\nacked 4294967296\n", "line 2 is not understood");
    refused("couplet-stream 1\nacked -1\n", "line 2 is not understood");
    refused("couplet-stream 1\nout 1 %%\n", "line 2 is not understood");
    refused("couplet-stream 1\nout 1 PGEvPg==\nacked 2\n", "line 3 is not understood");
    refused("couplet-stream 1\nsession AA== YQ== 1\n", "line 2 is not understood");
    refused("couplet-stream 1\nsession\n", "line 2 is not understood");
    refused("couplet-stream 1\n\n", "line 2 is not understood");
}

static void note_mark(void *ctx, uint64_t mark) {
    buf_addf(ctx, "%d ", (int)mark);
}

static void check_marks(const struct sm *sm, const char *want) {
    struct buf b = BUF_INIT;
    sm_each_mark(sm, note_mark, &b);
    CHECK_STR(buf_data(&b), want);
    buf_finish(&b);
}

/* The owner's numbers go with their stanzas, to the disk and back, and are told when those have arrived. */
static void test_marks(void) {
    struct sm *sm = enabled(), *other = sm_new();
    struct buf text = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    int64_t wall_ms;
    for (int i = 1; i <= 4; i++) {
        send_some(sm, i, i);
        if (i != 2)
            sm_mark(sm, (uint64_t)i * 10);
    }
    check_marks(sm, "10 30 40 ");
    CHECK_INT(sm_ack(sm, 3), 0);
    CHECK_INT(sm_take_proven(sm), 10);
    CHECK_INT(sm_take_proven(sm), 30);
    CHECK_INT(sm_take_proven(sm), 0);
    sm_write(sm, &text);
    send_some(sm, 5, 5);
    sm_mark(sm, 50);
    CHECK(sm_journal(sm, &text));
    CHECK_INT(sm_read(other, (struct str){buf_data(&text), buf_len(&text)}, &err), 0);
    check_marks(other, "40 50 ");
    sm_lost(other);
    check_marks(other, "40 50 ");
    CHECK_INT(sm_old_mark(other), 40);
    CHECK(sm_take_old(other, &out, &wall_ms));
    CHECK_INT(sm_old_mark(other), 50);
    CHECK_INT(sm_take_proven(other), 0); /* lost is not proven */
    buf_finish(&text);
    buf_finish(&out);
    sm_free(sm);
    sm_free(other);
}

int main(void) {
    RUN(test_acks);
    RUN(test_wrap);
    RUN(test_lost);
    RUN(test_full);
    RUN(test_text);
    RUN(test_came_and_went);
    RUN(test_bad_text);
    RUN(test_marks);
    return check_done();
}
