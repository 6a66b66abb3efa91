/* SPDX-License-Identifier: MIT */
/* place: what a server may send us to, and what not. */
#include "check.h"

#include "session/place.h"

static void good(const char *text, const char *host, int port) {
    struct place p;
    CHECK_INT(place_parse(str_of(text), &p), 0);
    CHECK_STR(p.host, host);
    CHECK_INT(p.port, port);
    place_finish(&p);
}

static void bad(const char *text) {
    struct place p;
    CHECK_INT(place_parse(str_of(text), &p), -1);
}

static void test_good(void) {
    good("xmpp.example.org", "xmpp.example.org", 0);
    good("xmpp.example.org:5223", "xmpp.example.org", 5223);
    good("192.0.2.1:5222", "192.0.2.1", 5222);
    good("[2001:db8::1]", "2001:db8::1", 0);
    good("[2001:db8::1]:65535", "2001:db8::1", 65535);
    good("b\xc3\xbc"
         "cher.example",
         "b\xc3\xbc"
         "cher.example",
         0);
}

static void test_bad(void) {
    bad("");
    bad("[");
    bad("[]");
    bad(":5222");
    bad("host:");
    bad("host:0");
    bad("host:65536");
    bad("host:1:2");
    bad("2001:db8::1");
    bad("[2001:db8::1");
    bad("[2001:db8::1]5222");
    bad("host name");
    bad("host/path");
    bad("user@host");
    bad("host:99999999999999999999");
}

int main(void) {
    RUN(test_good);
    RUN(test_bad);
    return check_done();
}
