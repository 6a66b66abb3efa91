/* SPDX-License-Identifier: MIT */
/* Networks, and who is in them. */
#include "base/cidr.h"

#include "check.h"

#include <arpa/inet.h>

static void parses(void) {
    static const struct {
        const char *text, *shown; /* NULL: it is none */
        unsigned bits;
    } rows[] = {
        {"10.0.0.0/8", "10.0.0.0", 8},
        {"0.0.0.0/0", "0.0.0.0", 0},
        {"192.0.2.7", "192.0.2.7", 32},
        {"::1", "::1", 128},
        {"2001:db8::/32", "2001:db8::", 32},
        {"::ffff:192.0.2.0/120", "192.0.2.0", 24},
        {"::/0", "::", 0},
        {"10.0.0.1/8", NULL, 0},
        {"2001:db8::1/32", NULL, 0},
        {"10.0.0.0/33", NULL, 0},
        {"10.0.0.0/", NULL, 0},
        {"10.0.0.0/8x", NULL, 0},
        {"10.0.0.0/-1", NULL, 0},
        {"10.0.0/8", NULL, 0},
        {"::/129", NULL, 0},
        {"", NULL, 0},
        {"/8", NULL, 0},
        {"example.org", NULL, 0},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd/8", NULL, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char shown[CIDR_TEXT_LEN];
        struct err err = ERR_INIT;
        struct cidr c;
        int r = cidr_parse(&c, rows[i].text, &err);
        CHECK_INT(r, rows[i].shown != NULL ? 0 : -1);
        if (r < 0) {
            CHECK(err.text[0] != '\0');
            continue;
        }
        cidr_text(&c, shown);
        CHECK_STR(shown, rows[i].shown);
        CHECK_INT(c.bits, rows[i].bits);
    }
}

static bool has(const char *network, const char *address) {
    struct cidr n, a;
    CHECK_INT(cidr_parse(&n, network, NULL), 0);
    CHECK_INT(cidr_parse(&a, address, NULL), 0);
    return cidr_has(&n, &a);
}

static void membership(void) {
    CHECK(has("10.0.0.0/8", "10.255.1.2"));
    CHECK(!has("10.0.0.0/8", "11.0.0.0"));
    CHECK(has("10.0.0.0/9", "10.127.255.255"));
    CHECK(!has("10.0.0.0/9", "10.128.0.0"));
    CHECK(has("0.0.0.0/0", "203.0.113.9"));
    CHECK(!has("0.0.0.0/0", "::1"));
    CHECK(!has("::/0", "10.0.0.1"));
    CHECK(has("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK(!has("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(has("10.0.0.0/8", "::ffff:10.1.2.3"));
    CHECK(has("::ffff:10.0.0.0/104", "10.1.2.3"));
    CHECK(!has("10.1.2.3", "10.1.2.4"));
}

static void of_sockets(void) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr other = {.sa_family = AF_UNIX};
    struct cidr c;
    inet_pton(AF_INET, "127.5.5.5", &v4.sin_addr);
    CHECK(cidr_of(&c, (struct sockaddr *)&v4) && cidr_is_loopback(&c));
    inet_pton(AF_INET6, "::ffff:192.0.2.1", &v6.sin6_addr);
    CHECK(cidr_of(&c, (struct sockaddr *)&v6) && !c.is_v6 && c.bits == 32 && !cidr_is_loopback(&c));
    inet_pton(AF_INET6, "::1", &v6.sin6_addr);
    CHECK(cidr_of(&c, (struct sockaddr *)&v6) && c.is_v6 && cidr_is_loopback(&c));
    CHECK(!cidr_of(&c, &other));
}

int main(void) {
    RUN(parses);
    RUN(membership);
    RUN(of_sockets);
    return check_done();
}
