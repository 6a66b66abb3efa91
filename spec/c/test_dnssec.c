/* SPDX-License-Identifier: MIT */
/*
 * What is read of DNSSEC's answers by hand: the data of SRV and TLSA records; and the resolver's life:
 * nothing of it is there before a question, questions are taken back, what is missing is told. Answers of
 * zones that are signed have spec/e2e/dane_spec.lua.
 */
#include "check.h"
#include "mapped.h"

#include "base/mem.h"
#include "net/dnssec.h"
#include "net/srv.h"
#include "net/tlsa.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATA(literal) ((struct str){"" literal, sizeof(literal) - 1})

/* ---- records ---- */

static void srv_is_read(void) {
    struct srv_record r;
    CHECK(srv_read(DATA("\0\1\0\2\x14\x66\1a\7Example\0"), &r));
    CHECK_STR(r.target, "a.Example");
    CHECK_INT(r.priority, 1);
    CHECK_INT(r.weight, 2);
    CHECK_INT(r.port, 5222);
    CHECK(!r.is_secure);
    mem_free(r.target);
    CHECK(srv_read(DATA("\0\0\0\0\0\0\0"), &r));
    CHECK_STR(r.target, ".");
    mem_free(r.target);
}

static void srv_that_is_damaged(void) {
    static const struct str bad[] = {
        DATA(""),
        DATA("\0\0\0\0\0\0"),             /* no name */
        DATA("\0\0\0\0\0\0\1"),           /* cut in a label */
        DATA("\0\0\0\0\0\0\1a"),          /* no end */
        DATA("\0\0\0\0\0\0\1a\0\0"),      /* more behind the end */
        DATA("\0\0\0\0\0\0\1a\xc0\x0c"),  /* compressed */
        DATA("\0\0\0\0\0\0\3a.b\0"),      /* a dot in a label */
        DATA("\0\0\0\0\0\0\3a\0b\0"),     /* a NUL */
        DATA("\0\0\0\0\0\0\3a\nb\0"),     /* what would break a line of the log */
        DATA("\0\0\0\0\0\0\2\xc3\xa4\0"), /* no A-label */
        DATA("\0\0\0\0\0\0\x40"
             "0123456789012345678901234567890123456789012345678901234567890123\0"),
    };
    struct srv_record r;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!srv_read(bad[i], &r));
}

static void a_name_is_255_bytes_at_most(void) {
    char data[6 + 5 * 64 + 1] = {0};
    struct srv_record r;
    for (size_t labels = 1; labels <= 5; labels++) {
        size_t at = 6;
        for (size_t i = 0; i < labels; i++, at += 64) {
            data[at] = 63;
            memset(data + at + 1, 'x', 63);
        }
        data[at++] = 0;
        bool good = srv_read((struct str){data, at}, &r);
        CHECK_INT(good, labels < 4);
        if (good)
            mem_free(r.target);
    }
}

#define HASH "0123456789abcdef0123456789abcdef"

static void the_order_of_dns_does_not_matter(void) {
    struct str data[] = {DATA("\3\1\1" HASH), DATA("\2\1\1" HASH), DATA("\3\0\1" HASH),
                         DATA("\3\1\1x123456789abcdef0123456789abcdef"), DATA("\3\1\0x")};
    static const int want[] = {1, 2, 4, 0, 3};
    struct tlsa list[5];
    for (int i = 0; i < 5; i++)
        CHECK(tlsa_read(data[i], &list[i]));
    tlsa_sort(list, 5);
    for (int i = 0; i < 5; i++) {
        struct str of = data[want[i]];
        CHECK_INT(list[i].len, of.len - 3);
        CHECK_INT(list[i].usage, of.s[0]);
        CHECK(memcmp(list[i].data, of.s + 3, of.len - 3) == 0);
        mem_free(list[i].data);
    }
}

static void tlsa_is_read(void) {
    struct tlsa r;
    CHECK(tlsa_read(DATA("\3\1\1" HASH), &r));
    CHECK_INT(r.usage, TLSA_DANE_EE);
    CHECK_INT(r.selector, 1);
    CHECK_INT(r.matching, 1);
    CHECK_INT(r.len, 32);
    CHECK(memcmp(r.data, HASH, 32) == 0);
    mem_free(r.data);
    CHECK(tlsa_read(DATA("\2\0\2" HASH HASH), &r));
    CHECK_INT(r.len, 64);
    mem_free(r.data);
    CHECK(tlsa_read(DATA("\0\0\0x"), &r));
    mem_free(r.data);
}

static void tlsa_that_cannot_be_used(void) {
    static const struct str bad[] = {
        DATA(""),
        DATA("\3\1\1"),
        DATA("\4\1\1" HASH),
        DATA("\xff\1\1" HASH),
        DATA("\3\2\1" HASH),
        DATA("\3\1\3" HASH),
        DATA("\3\1\xff" HASH),
        DATA("\3\1\1" HASH "0"),
        DATA("\3\1\2" HASH),
        DATA("\3\1\1"
             "01234567"),
    };
    struct tlsa r;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!tlsa_read(bad[i], &r));
}

static void servers_as_the_library_writes_them(void) {
    static const struct {
        const char *given, *want;
    } rows[] = {{"192.0.2.1", "192.0.2.1"},
                {"192.0.2.1:5353", "192.0.2.1@5353"},
                {"2001:db8::1", "2001:db8::1"},
                {"[2001:db8::1]", "2001:db8::1"},
                {"[2001:db8::1]:53", "2001:db8::1@53"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[64];
        dnssec_forwarder(rows[i].given, strlen(rows[i].given), out, sizeof(out));
        CHECK_STR(out, rows[i].want);
    }
}

/* ---- the resolver ---- */

struct scene {
    struct loop *loop;
    struct dnssec *dnssec;
    int silent; /* a name server that never answers */
    char server[32], anchor[64];
    int told;
    enum dnssec_verdict verdict;
    char why[500];
    struct loop_timer patience;
};

static void on_patience(struct loop_timer *t) {
    loop_stop(((struct scene *)((char *)t - offsetof(struct scene, patience)))->loop);
}

static void on_answer(void *ctx, const struct dnssec_answer *a) {
    struct scene *s = ctx;
    s->told++;
    s->verdict = a->verdict;
    CHECK_INT(a->count, 0);
    snprintf(s->why, sizeof(s->why), "%s", a->why);
    loop_stop(s->loop);
}

static void begin(struct scene *s, const char *anchor) {
    struct err err = ERR_INIT;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    *s = (struct scene){.loop = loop_new(&err), .silent = socket(AF_INET, SOCK_DGRAM, 0)};
    CHECK_INT(bind(s->silent, (struct sockaddr *)&a, len), 0);
    getsockname(s->silent, (struct sockaddr *)&a, &len);
    snprintf(s->server, sizeof(s->server), "127.0.0.1:%d", ntohs(a.sin_port));
    snprintf(s->anchor, sizeof(s->anchor), "/tmp/couplet-anchor-XXXXXX");
    int fd = mkstemp(s->anchor);
    CHECK_INT(write(fd, anchor, strlen(anchor)), strlen(anchor));
    close(fd);
    s->patience.fire = on_patience;
    struct dnssec_options options = {s->server, "/etc/resolv.conf", s->anchor, 1};
    s->dnssec = dnssec_new(s->loop, &options);
}

static void end(struct scene *s) {
    dnssec_free(s->dnssec);
    loop_timer_stop(s->loop, &s->patience);
    loop_free(s->loop);
    close(s->silent);
    unlink(s->anchor);
}

#define ANCHOR                                                                                               \
    "signed.example. IN DS 1 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"

/* The question has gone out when the silent server has it. */
static void wait_for_question(struct scene *s) {
    char bytes[512];
    CHECK(recv(s->silent, bytes, sizeof(bytes), 0) > 0);
}

static void questions_are_taken_back(void) {
    struct scene s;
    begin(&s, ANCHOR);
    CHECK(!is_mapped("libunbound"));
    struct dnssec_query *a = dnssec_ask(s.dnssec, "a.signed.example", ns_t_a, on_answer, &s);
    struct dnssec_query *b = dnssec_ask(s.dnssec, "b.signed.example", ns_t_srv, on_answer, &s);
    CHECK(is_mapped("libunbound"));
    wait_for_question(&s);
    dnssec_cancel(a);
    dnssec_cancel(b);
    dnssec_cancel(NULL);
    loop_timer_in(s.loop, &s.patience, 0);
    loop_run(s.loop);
    CHECK_INT(s.told, 0);
    end(&s);
    CHECK(!is_mapped("libunbound"));
}

/* Long after the last question nothing is left of it, and the next one finds it again. */
static void the_library_goes_and_comes_back(void) {
    struct scene s;
    begin(&s, ANCHOR);
    for (int i = 0; i < 2; i++) {
        struct dnssec_query *q = dnssec_ask(s.dnssec, "a.signed.example", ns_t_a, on_answer, &s);
        wait_for_question(&s);
        CHECK(is_mapped("libunbound"));
        dnssec_cancel(q);
        for (int rounds = 0; is_mapped("libunbound") && rounds < 1000; rounds++) {
            loop_timer_in(s.loop, &s.patience, 10);
            loop_run(s.loop);
        }
        CHECK(!is_mapped("libunbound"));
    }
    end(&s);
}

static void told_later(struct scene *s, const char *why) {
    struct dnssec_query *q = dnssec_ask(s->dnssec, "a.signed.example", ns_t_a, on_answer, s);
    CHECK(q != NULL);
    CHECK_INT(s->told, 0);
    loop_run(s->loop);
    CHECK_INT(s->told, 1);
    CHECK_INT(s->verdict, DNSSEC_FAILED);
    CHECK_HAS(s->why, why);
}

static void a_trust_anchor_is_needed(void) {
    struct err err = ERR_INIT;
    struct scene s;
    begin(&s, ANCHOR);
    struct dnssec_options options = {.servers = s.server, .anchor = s.anchor};
    CHECK_INT(dnssec_check(&options, &err), 0);
    CHECK(!is_mapped("libunbound"));
    unlink(s.anchor);
    CHECK_INT(dnssec_check(&options, &err), -1);
    CHECK_HAS(err.text, "install the package dns-root-data");
    told_later(&s, "DNSSEC needs a trust anchor");
    end(&s);
}

/* Never as if there were none. */
static void a_trust_anchor_that_is_none(void) {
    struct scene s;
    begin(&s, "signed.example. IN DS what is this\n");
    told_later(&s, "hold DS or DNSKEY records?");
    end(&s);
}

int main(void) {
    RUN(srv_is_read);
    RUN(srv_that_is_damaged);
    RUN(a_name_is_255_bytes_at_most);
    RUN(tlsa_is_read);
    RUN(the_order_of_dns_does_not_matter);
    RUN(tlsa_that_cannot_be_used);
    RUN(servers_as_the_library_writes_them);
    RUN(questions_are_taken_back);
    RUN(the_library_goes_and_comes_back);
    RUN(a_trust_anchor_is_needed);
    RUN(a_trust_anchor_that_is_none);
    return check_done();
}
