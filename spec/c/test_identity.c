/* SPDX-License-Identifier: MIT */
/* Which names of a certificate are good for which domain (RFC 6120 13.7, RFC 9525). No chain, no connection.
 */
#include "certs.h"
#include "check.h"

#include "base/buf.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/name.h"

#include <string.h>

#define SRV  "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:"
#define XMPP "otherName:1.3.6.1.5.5.7.8.5;UTF8:"

static bool good(const char *alt, const char *domain) {
    struct cert c = cert_make(&(struct cert_wish){.name = domain, .alt = alt}, NULL);
    bool is = identity_is_for(c.x509, domain, false);
    cert_finish(&c);
    return is;
}

static void dns_names(void) {
    CHECK(good("DNS:example.org", "example.org"));
    CHECK(good("DNS:a.test,DNS:EXAMPLE.org", "Example.ORG"));
    CHECK(good("DNS:example.org", "example.org."));
    CHECK(!good("DNS:example.org", "example.com"));
    CHECK(!good("DNS:example.org", "xmpp.example.org"));
    CHECK(!good("DNS:xmpp.example.org", "example.org"));
    CHECK(!good("DNS:example.org.evil.test", "example.org"));
    CHECK(!good("DNS:ample.org", "example.org"));
    CHECK(!good("DNS:.example.org", "example.org"));
    CHECK(!good("DNS:.example.org", "a.example.org"));
    CHECK(!good("DNS:example.org.", "example.org")); /* RFC 9525 has no such form */
    CHECK(!good("DNS:_xmpp-client.example.org", "example.org"));
}

/* The last of very many, and none of very many. */
static void many_names(void) {
    struct buf alt = BUF_INIT;
    for (int i = 0; i < 1000; i++)
        buf_addf(&alt, "DNS:n%d.example,", i);
    buf_lit(&alt, "DNS:example.org");
    buf_addc(&alt, '\0');
    CHECK(good(buf_data(&alt), "example.org"));
    CHECK(good(buf_data(&alt), "n999.example"));
    CHECK(!good(buf_data(&alt), "n1000.example"));
    buf_finish(&alt);
}

static void the_common_name_never_counts(void) {
    CHECK(!good(NULL, "example.org"));
    CHECK(!good("DNS:other.test", "example.org"));
    CHECK(!good("email:admin@example.org", "example.org"));
    CHECK(!good("URI:xmpp:example.org", "example.org"));
}

static void wildcards(void) {
    CHECK(good("DNS:*.example.org", "chat.example.org"));
    CHECK(!good("DNS:*.example.org", "example.org"));
    CHECK(!good("DNS:*.example.org", "a.b.example.org"));
    CHECK(!good("DNS:*.*.example.org", "a.b.example.org"));
    CHECK(!good("DNS:chat*.example.org", "chat1.example.org"));
    CHECK(!good("DNS:c*t.example.org", "chat.example.org"));
    CHECK(!good("DNS:a.*.example.org", "a.b.example.org"));
    CHECK(!good("DNS:*", "localhost"));
    CHECK(!good("DNS:*.", "localhost"));
    CHECK(!good("DNS:*.org*", "example.org"));
    CHECK(!good("DNS:*.0.0.1", "127.0.0.1"));
    CHECK(good("DNS:*.Example.ORG", "CHAT.example.org"));
    CHECK(!good("DNS:*.example.org", ".example.org"));
    CHECK(!good("DNS:**.example.org", "chat.example.org"));
    CHECK(!good("DNS:*.example.org.", "chat.example.org"));
    CHECK(good("DNS:*.xn--bcher-kva.example", "chat.b\xc3\xbc"
                                              "cher.example"));
    CHECK(!good("DNS:xn--*.example", "xn--bcher-kva.example")); /* no piece of an A-label (RFC 9525 6.3) */
    CHECK(!good("DNS:xn--bcher-kva*.example", "xn--bcher-kva.example"));
}

static void service_names(void) {
    CHECK(good(SRV "_xmpp-client.example.org", "example.org"));
    CHECK(good(SRV "_XMPP-Client.Example.org", "example.org"));
    CHECK(good(SRV "_xmpp-client.*.example.org", "chat.example.org"));
    CHECK(good(SRV "_xmpps-client.example.org", "example.org"));
    CHECK(!good(SRV "*.example.org", "_xmpp-client.example.org"));
    CHECK(!good(SRV "_*.example.org", "example.org"));
    CHECK(!good(SRV "*.example.org", "example.org"));
    CHECK(!good(SRV "_xmpp-client*.example.org", "example.org"));
    CHECK(!good(SRV "_xmpp-client._xmpp-client.example.org", "example.org"));
    CHECK(!good(SRV "_xmpp-client.*.example.org", "example.org"));
    CHECK(!good(SRV "_xmpp-server.example.org", "example.org"));
    CHECK(!good(SRV "_imap.example.org", "example.org"));
    CHECK(!good(SRV "_xmpp-client.example.com", "example.org"));
    CHECK(!good(SRV "_xmpp-client.", "example.org"));
    CHECK(!good(SRV "example.org", "example.org"));
    CHECK(!good("otherName:1.3.6.1.5.5.7.8.7;UTF8:_xmpp-client.example.org", "example.org"));
}

static void xmpp_addresses(void) {
    CHECK(good(XMPP "example.org", "example.org"));
    CHECK(!good(XMPP "*.example.org", "a.example.org"));
    CHECK(!good(XMPP "user@example.org", "example.org"));
    CHECK(!good("otherName:1.3.6.1.5.5.7.8.5;IA5STRING:example.org", "example.org"));
    CHECK(!good("otherName:1.3.6.1.5.5.7.8.9;UTF8:example.org", "example.org"));
}

/* Under an authority that is limited in its names: kinds that the limit does not reach do not count. */
static void limited_authorities(void) {
    static const char all[] = "DNS:a.test,IP:127.0.0.1," SRV "_xmpp-client.b.test," XMPP "c.test";
    struct cert c = cert_make(&(struct cert_wish){.name = "x", .alt = all}, NULL);
    CHECK(identity_is_for(c.x509, "a.test", true));
    CHECK(identity_is_for(c.x509, "127.0.0.1", true));
    CHECK(!identity_is_for(c.x509, "b.test", true));
    CHECK(!identity_is_for(c.x509, "c.test", true));
    CHECK(identity_is_for(c.x509, "b.test", false));
    CHECK(identity_is_for(c.x509, "c.test", false));
    cert_finish(&c);
}

static void other_scripts(void) {
    CHECK(good("DNS:xn--bcher-kva.example", "b\xc3\xbc"
                                            "cher.example"));
    CHECK(good("DNS:xn--bcher-kva.example", "B\xc3\x9c"
                                            "cher.example"));
    CHECK(good("DNS:xn--bcher-kva.example", "xn--bcher-kva.example"));
    CHECK(good("DNS:*.example", "b\xc3\xbc"
                                "cher.example"));
    CHECK(!good("DNS:b\xc3\xbc" /* a U-label is no dNSName */
                "cher.example",
                "xn--bcher-kva.example"));
    CHECK(!good("DNS:bucher.example", "b\xc3\xbc"
                                      "cher.example"));
    /* OpenSSL takes this text as Latin-1 and writes it as UTF-8 */
    CHECK(good(XMPP "b\xfc"
                    "cher.example",
               "xn--bcher-kva.example"));
}

static void addresses(void) {
    CHECK(good("IP:127.0.0.1", "127.0.0.1"));
    CHECK(good("IP:2001:db8::1", "[2001:db8::1]"));
    CHECK(good("IP:2001:db8::1", "2001:DB8:0::1"));
    CHECK(!good("IP:127.0.0.2", "127.0.0.1"));
    CHECK(!good("DNS:127.0.0.1", "127.0.0.1"));
    CHECK(!good("IP:127.0.0.1", "localhost"));
    CHECK(!good("IP:0:0:0:0:0:ffff:7f00:1", "127.0.0.1"));
}

/* "example.org\0.evil.test", and the same the other way round. */
static void a_nul_hides_nothing(void) {
    static const char *const hidden[] = {"example.org\0.evil.test", "evil.test\0example.org"};
    static const int lengths[] = {22, 21};
    for (int i = 0; i < 2; i++) {
        struct cert c = cert_make(&(struct cert_wish){.name = "x"}, NULL);
        GENERAL_NAMES *names = GENERAL_NAMES_new();
        GENERAL_NAME *g = GENERAL_NAME_new();
        ASN1_IA5STRING *s = ASN1_IA5STRING_new();
        ASN1_STRING_set(s, hidden[i], lengths[i]);
        GENERAL_NAME_set0_value(g, GEN_DNS, s);
        sk_GENERAL_NAME_push(names, g);
        X509_add1_ext_i2d(c.x509, NID_subject_alt_name, names, 0, 0);
        X509_sign(c.x509, c.key, EVP_sha256());
        CHECK(!identity_is_for(c.x509, "example.org", false));
        CHECK(!identity_is_for(c.x509, "evil.test", false));
        GENERAL_NAMES_free(names);
        cert_finish(&c);
    }
}

static void nonsense_matches_nothing(void) {
    CHECK(!good("DNS:example.org", ""));
    CHECK(!good("DNS:example.org", "."));
    CHECK(!good("DNS:example.org", "example..org"));
    CHECK(!good("DNS:example.org", "\xff\xfe"));
}

static void names_for_people(void) {
    char names[200];
    struct cert c = cert_make(&(struct cert_wish){.name = "x",
                                                  .alt = "DNS:a.test,IP:127.0.0.1,IP:::1,email:x@y.test," SRV
                                                         "_xmpp-client.b.test,DNS:more.test"},
                              NULL);
    identity_names(c.x509, names, sizeof(names));
    CHECK_STR(names, "a.test, 127.0.0.1, ::1, _xmpp-client.b.test");
    identity_names(c.x509, names, 10); /* too small: what fits */
    CHECK(strlen(names) < 10);
    cert_finish(&c);
    c = cert_make(&(struct cert_wish){.name = "x"}, NULL);
    identity_names(c.x509, names, sizeof(names));
    CHECK_STR(names, "");
    cert_finish(&c);
    c = cert_make(&(struct cert_wish){.name = "x", .alt = "DNS:a\x1b[31m\n.test"}, NULL);
    identity_names(c.x509, names, sizeof(names));
    CHECK_STR(names, "a?[31m?.test"); /* no orders to a terminal, no second line in a log */
    cert_finish(&c);
}

static void ascii_is(const char *domain, const char *want) {
    struct err err = ERR_INIT;
    char *got = name_to_ascii(domain, &err);
    if (want != NULL) {
        CHECK_STR(got, want);
    } else {
        CHECK(got == NULL);
        CHECK(err.text[0] != '\0');
    }
    mem_free(got);
}

static void names_become_ascii(void) {
    char label[80] = "", name[400] = "";
    ascii_is("Example.ORG", "example.org");
    ascii_is("example.org.", "example.org");
    ascii_is("localhost", "localhost");
    ascii_is("m\xc3\xbcnchen.example", "xn--mnchen-3ya.example");
    ascii_is("", NULL);
    ascii_is(".", NULL);
    ascii_is("a..b", NULL);
    ascii_is(".a", NULL);
    ascii_is("\xc3\x28", NULL);
    memset(label, 'a', 64);
    ascii_is(label, NULL);
    ascii_is(label + 1, label + 1);
    for (int i = 0; i < 5; i++) {
        strcat(name, label + 1);
        strcat(name, i < 4 ? "." : "");
    }
    ascii_is(name, NULL);
    CHECK(name_is_localhost("localhost"));
    CHECK(name_is_localhost("a.localhost"));
    CHECK(!name_is_localhost("notlocalhost"));
    CHECK(!name_is_localhost("localhost.org"));
    CHECK(!name_is_localhost("host"));
}

static void text_is(const char *host, const char *want, bool loopback) {
    union address a;
    char text[ADDRESS_TEXT_LEN];
    CHECK(address_parse(host, 5222, &a));
    address_text(&a, text);
    CHECK_STR(text, want);
    CHECK_INT(address_is_loopback(&a), loopback);
}

static void addresses_as_text(void) {
    union address a;
    text_is("127.0.0.1", "127.0.0.1:5222", true);
    text_is("127.255.0.3", "127.255.0.3:5222", true);
    text_is("128.0.0.1", "128.0.0.1:5222", false);
    text_is("::1", "[::1]:5222", true);
    text_is("[2001:DB8::1]", "[2001:db8::1]:5222", false);
    text_is("::ffff:127.0.0.1", "[::ffff:127.0.0.1]:5222", true);
    text_is("::ffff:10.0.0.1", "[::ffff:10.0.0.1]:5222", false);
    CHECK(!address_parse("localhost", 1, &a));
    CHECK(!address_parse("127.1", 1, &a));
    CHECK(!address_parse("[::1", 1, &a));
    CHECK(!address_parse("[]", 1, &a));
    CHECK(!address_parse("", 1, &a));
}

int main(void) {
    RUN(dns_names);
    RUN(the_common_name_never_counts);
    RUN(many_names);
    RUN(wildcards);
    RUN(service_names);
    RUN(xmpp_addresses);
    RUN(limited_authorities);
    RUN(other_scripts);
    RUN(addresses);
    RUN(a_nul_hides_nothing);
    RUN(nonsense_matches_nothing);
    RUN(names_for_people);
    RUN(names_become_ascii);
    RUN(addresses_as_text);
    return check_done();
}
