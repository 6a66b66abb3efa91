/* SPDX-License-Identifier: MIT */
/*
 * Addresses: splitting as RFC 7622 3.2 says, preparing, limits, comparing. Preparing is what decides who may
 * command a bot, so look-alikes of a separator get a test of their own.
 */
#include "check.h"

#include "base/buf.h"
#include "base/jid.h"
#include "base/mem.h"

/* ---- splitting ---- */

static void expect_split(const char *text, int result, const char *node, const char *host,
                         const char *resource) {
    struct jid_parts p;
    CHECK_INT(jid_split(str_of(text), &p), result);
    CHECK(node ? str_is(p.node, node) : p.node.s == NULL);
    CHECK(host ? str_is(p.host, host) : p.host.len == 0);
    CHECK(resource ? str_is(p.resource, resource) : p.resource.s == NULL);
    if (check_bad)
        printf("# in %s\n", text);
}

static void splits(void) {
    expect_split("example.org", 0, NULL, "example.org", NULL);
    expect_split("a@example.org", 0, "a", "example.org", NULL);
    expect_split("a@example.org/r", 0, "a", "example.org", "r");
    expect_split("example.org/r", 0, NULL, "example.org", "r");
    expect_split("example.org/a@b", 0, NULL, "example.org", "a@b");
    expect_split("a@b/c@d/e", 0, "a", "b", "c@d/e");
    expect_split("a@b/ r ", 0, "a", "b", " r ");
    expect_split("a@b@c", 0, "a", "b@c", NULL);
    expect_split("@b", -1, "", "b", NULL);
    expect_split("a@", -1, "a", NULL, NULL);
    expect_split("a@b/", -1, "a", "b", "");
    expect_split("/r", -1, NULL, NULL, "r");
    expect_split("", -1, NULL, NULL, NULL);
    struct jid_parts p;
    CHECK_INT(jid_split(STR_NONE, &p), -1);
    CHECK(p.host.s == NULL && p.node.s == NULL && p.resource.s == NULL);
}

static void views(void) {
    CHECK(str_is(jid_bare_view(str_of("a@b/c/d")), "a@b"));
    CHECK(str_is(jid_bare_view(str_of("a@b")), "a@b"));
    CHECK(str_is(jid_resource_view(str_of("a@b/c/d@e")), "c/d@e"));
    CHECK(str_is(jid_resource_view(str_of("a@b/")), ""));
    CHECK(jid_resource_view(str_of("a@b")).s == NULL);
    CHECK(jid_bare_view(STR_NONE).s == NULL && jid_resource_view(STR_NONE).s == NULL);
    CHECK(str_is(jid_bare_view((struct str){"a@b/c", 3}), "a@b"));
}

/* ---- preparing ---- */

/* What is prepared stays as it is when it is prepared again. */
static void expect_prepared(const char *text, const char *want) {
    struct jid j, again;
    struct err err = ERR_INIT;
    if (jid_parse(str_of(text), &j, &err) < 0) {
        CHECK_STR(err.text, want);
        return;
    }
    char *full = jid_full(&j);
    CHECK_STR(full, want);
    CHECK_INT(jid_parse(str_of(full), &again, &err), 0);
    char *twice = jid_full(&again);
    CHECK_STR(twice, full);
    mem_free(full);
    mem_free(twice);
    jid_finish(&j);
    jid_finish(&again);
}

static void prepares(void) {
    expect_prepared("a@b", "a@b");
    expect_prepared("Romeo@EXAMPLE.Org/Orchard", "romeo@example.org/Orchard");
    expect_prepared("example.org.", "example.org");
    expect_prepared("a@example.org./r", "a@example.org/r");
    expect_prepared("a@b/ leading and trailing ", "a@b/ leading and trailing ");
    expect_prepared("a@b/\"'<>&:@/", "a@b/\"'<>&:@/");
    expect_prepared("!#$%*+,-.0;=?[\\]^_`{|}~@b", "!#$%*+,-.0;=?[\\]^_`{|}~@b");
    expect_prepared("my_host", "my_host");
    expect_prepared("192.0.2.1", "192.0.2.1");
    expect_prepared("a@[2001:DB8::1]/r", "a@[2001:db8::1]/r");
    expect_prepared("a@[::]", "a@[::]");
}

static void prepares_unicode(void) {
    expect_prepared("J\xc3\x9cRGEN@b", "j\xc3\xbcrgen@b");
    expect_prepared("ju\xcc\x88rgen@b", "j\xc3\xbcrgen@b"); /* composed */
    expect_prepared("\xef\xbc\xa1@b", "a@b");               /* fullwidth */
    expect_prepared("\xc2\xad"
                    "a@b",
                    "a@b"); /* soft hyphen: mapped to nothing */
    expect_prepared("a@B\xc3\x9c"
                    "cher.Example",
                    "a@b\xc3\xbc"
                    "cher.example");
    expect_prepared("a@xn--bcher-kva.example", "a@b\xc3\xbc"
                                               "cher.example");
    expect_prepared("a@sub.XN--BCHER-KVA.example", "a@sub.b\xc3\xbc"
                                                   "cher.example");
    expect_prepared("a@example\xe3\x80\x82org", "a@example.org");
    expect_prepared("a@b/\xf0\x9f\x98\x80 \xd9\x85",
                    "the resource holds characters that are not allowed there");
    expect_prepared("a@b/\xf0\x9f\x98\x80", "a@b/\xf0\x9f\x98\x80");
    expect_prepared("a@b/\xe2\x84\xab", "a@b/\xc3\x85");
    expect_prepared("a@b/\xc2\xa0x", "a@b/ x");
}

static void refuses(void) {
    static const char *const bad_hosts[] = {
        "a@b@c",  "a@b c", "a@b:1", "a@b\"c", "ex\xef\xbc\xa0mple.org", "e\xef\xbc\x8fx.example",
        "a@\x7f", "a@b\n", "a@b,c",
    };
    expect_prepared("", "the domain is empty");
    expect_prepared("@b", "the localpart is empty");
    expect_prepared("a@", "the domain is empty");
    expect_prepared("a@.", "the domain is empty");
    expect_prepared("a@\xe2\x80\x8b", "the domain is empty"); /* ZERO WIDTH SPACE is mapped to nothing */
    /* no A-label: what is behind it is nothing that could be encoded (RFC 5890 2.3.2.1) */
    expect_prepared("xn--bmkrbprepple",
                    "the domain is no internationalised domain name: string contains a disallowed character");
    expect_prepared("/r", "the domain is empty");
    expect_prepared("a@b/", "the resource is empty");
    expect_prepared("\xc2\xad@b", "the localpart is empty");
    expect_prepared("a@b..", "the domain has an empty label");
    expect_prepared("a@.b", "the domain has an empty label");
    expect_prepared("a@b..c", "the domain has an empty label");
    expect_prepared("a@example\xe3\x80\x82", "the domain has an empty label");
    expect_prepared("a@[::1", "the domain is no IPv6 address in brackets");
    expect_prepared("a@[", "the domain is no IPv6 address in brackets");
    expect_prepared("a@[]", "the domain is no IPv6 address in brackets");
    expect_prepared("a@[1.2.3.4]", "the domain is no IPv6 address in brackets");
    expect_prepared("a@[::g]", "the domain is no IPv6 address in brackets");
    for (size_t i = 0; i < sizeof(bad_hosts) / sizeof(bad_hosts[0]); i++) {
        struct jid j;
        struct err err = ERR_INIT;
        CHECK_INT(jid_parse(str_of(bad_hosts[i]), &j, &err), -1);
        CHECK_HAS(err.text, "the domain");
    }
}

/* RFC 7622 3.3.1, by itself and after mapping. */
static void localparts_that_are_refused(void) {
    static const char *const parts[] = {" ",
                                        "\"",
                                        "&",
                                        "'",
                                        ":",
                                        "<",
                                        ">",
                                        "\x7f",
                                        "\x01",
                                        "\n",
                                        "\xef\xbc\xa0" /* fullwidth @ */,
                                        "\xef\xbc\x9a" /* : */,
                                        "\xc2\xa0",
                                        "\xe2\x80\xae",
                                        "\xef\xbf\xbd",
                                        "\xed\xa0\x80",
                                        "\xff",
                                        "\xc3",
                                        "\xee\x80\x80",
                                        "\xd7\x90z"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char node[32];
        struct jid j;
        struct err err = ERR_INIT;
        snprintf(node, sizeof(node), "a%sb", parts[i]);
        CHECK_INT(jid_prep(node, "example.org", NULL, &j, &err), -1);
        CHECK_HAS(err.text, "the localpart");
    }
    struct jid j;
    CHECK_INT(jid_prep("a@b", "c", NULL, &j, NULL), -1);
    CHECK_INT(jid_prep("a/b", "c", NULL, &j, NULL), -1);
    CHECK_INT(jid_prep("a", NULL, NULL, &j, NULL), -1);
    CHECK_INT(jid_parse((struct str){"a\0b@c", 5}, &j, NULL), -1);
    CHECK_INT(jid_parse(STR_NONE, &j, NULL), -1);
    CHECK_INT(jid_prep("a", "b", "\xff", &j, NULL), -1);
    CHECK_INT(jid_prep("a", "b", "\x07", &j, NULL), -1);
}

/* 1 to 1023 octets of each part, after preparing. */
static void limits(void) {
    for (size_t len = 1022; len <= 1025; len++) {
        char part[1100];
        struct jid j;
        memset(part, 'x', len);
        part[len] = '\0';
        int want = len <= 1023 ? 0 : -1;
        for (int k = 0; k < 3; k++) {
            struct err err = ERR_INIT;
            int got = jid_prep(k == 0 ? part : "a", k == 1 ? part : "b", k == 2 ? part : NULL, &j, &err);
            CHECK_INT(got, want);
            if (got == 0)
                jid_finish(&j);
            else
                CHECK_HAS(err.text, "is longer than 1023 bytes");
        }
    }
    /* fullwidth letters take three octets and become one */
    struct buf wide = BUF_INIT;
    struct jid j;
    for (int i = 0; i < 1000; i++)
        buf_adds(&wide, "\xef\xbc\xa1");
    CHECK_INT(jid_prep(buf_data(&wide), "b", NULL, &j, NULL), 0);
    CHECK_INT(strlen(j.node), 1000);
    jid_finish(&j);
    for (int i = 0; i < 100000; i++)
        buf_adds(&wide, "\xef\xbc\xa1");
    CHECK_INT(jid_prep(buf_data(&wide), "b", NULL, &j, NULL), -1);
    buf_finish(&wide);
}

/* ---- putting together, comparing ---- */

static void puts_together(void) {
    struct jid j;
    CHECK_INT(jid_prep("A", "B", "C", &j, NULL), 0);
    char *bare = jid_bare(&j), *full = jid_full(&j);
    CHECK_STR(bare, "a@b");
    CHECK_STR(full, "a@b/C");
    mem_free(bare);
    mem_free(full);
    jid_finish(&j);
    CHECK_INT(jid_prep(NULL, "b", NULL, &j, NULL), 0);
    bare = jid_bare(&j);
    full = jid_full(&j);
    CHECK_STR(bare, "b");
    CHECK_STR(full, "b");
    mem_free(bare);
    mem_free(full);
    jid_finish(&j);
}

static void expect_equal(const char *a, const char *b, bool want) {
    CHECK_INT(jid_equal(str_of(a), str_of(b)), want);
    CHECK_INT(jid_equal(str_of(b), str_of(a)), want);
}

static void compares(void) {
    expect_equal("a@b", "A@B", true);
    expect_equal("a@b", "a@b.", true);
    expect_equal("a@b/r", "a@b/r", true);
    expect_equal("a@b/r", "a@b/R", false);
    expect_equal("a@b/r", "a@b", false);
    expect_equal("a@b", "b", false);
    expect_equal("a@b", "a@c", false);
    expect_equal("a@b", "c@b", false);
    expect_equal("a@b\xc3\xbc"
                 "cher.example",
                 "a@xn--bcher-kva.example", true);
    expect_equal("\xef\xbc\xa1@b", "a@b", true);
    expect_equal("a@b.evil", "a@b", false);
    expect_equal("a@b", "", false);
    expect_equal("", "", false);
    expect_equal("a b@c", "a b@c", false);
    CHECK(!jid_equal(STR_NONE, STR_NONE));
    /* look-alikes are somebody else: cyrillic a */
    expect_equal("\xd0\xb0@b", "a@b", false);
    expect_equal("xn--strae-oqa.example",
                 "stra\xc3\x9f"
                 "e.example",
                 true);
}

int main(void) {
    RUN(splits);
    RUN(views);
    RUN(prepares);
    RUN(prepares_unicode);
    RUN(refuses);
    RUN(localparts_that_are_refused);
    RUN(limits);
    RUN(puts_together);
    RUN(compares);
    return check_done();
}
