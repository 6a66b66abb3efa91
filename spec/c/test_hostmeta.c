/* SPDX-License-Identifier: MIT */
/* host-meta documents (XEP-0156): good, odd and hostile ones. */
#include "check.h"

#include "base/buf.h"
#include "base/mem.h"
#include "xmpp/hostmeta.h"

#define XRD(inside) "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>" inside "</XRD>"
#define WS(url)     "<Link rel='urn:xmpp:alt-connections:websocket' href='" url "'/>"

/* "url url ", or "!why". */
static const char *parsed_bytes(const char *bytes, size_t len) {
    static struct buf text;
    struct hostmeta m;
    struct err err = ERR_INIT;
    buf_clear(&text);
    if (hostmeta_parse(bytes, len, &m, &err) < 0)
        buf_addf(&text, "!%s", err.text);
    for (size_t i = 0; i < m.count; i++)
        buf_addf(&text, "%s ", m.websockets[i]);
    hostmeta_finish(&m);
    return buf_data(&text);
}

static const char *parsed(const char *document) {
    return parsed_bytes(document, strlen(document));
}

static void documents_are_read(void) {
    CHECK_STR(
        parsed("<?xml version='1.0' encoding='utf-8'?>\n" XRD(
            "\n<Link rel=\"urn:xmpp:alt-connections:xbosh\" href=\"https://web.test:5280/bosh\" />\n" WS(
                "wss://web.test:443/ws") "\n")),
        "wss://web.test:443/ws ");
    CHECK_STR(parsed(XRD("")), "");
    CHECK_STR(parsed("<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'/>"), "");
    CHECK_STR(parsed(XRD("<Subject>x</Subject>" WS("wss://a/")
                             WS("WSS://b:1/c?d=e&amp;f") "<Property type='x'>y</Property>")),
              "wss://a/ WSS://b:1/c?d=e&f ");
    CHECK_STR(parsed("<x:XRD xmlns:x='http://docs.oasis-open.org/ns/xri/xrd-1.0'><x:Link href='wss://a/' "
                     "rel='urn:xmpp:alt-connections:websocket'><x:Title>t</x:Title></x:Link></x:XRD>"),
              "wss://a/ ");
}

/* XEP-0156 2.2.1, 4 */
static void only_wss_counts(void) {
    CHECK_STR(parsed(XRD(WS("ws://a/") WS("http://a/") WS("https://a/") WS("wss://") WS("wss:a") WS("")
                             WS(" wss://a/") WS("wss://a b/") WS("wss://a/&#10;x") WS("wss://\xc3\xbc/")
                                 WS("wss://a/&lt;") WS("javascript:x"))),
              "");
    CHECK_STR(parsed(XRD("<Link href='wss://a/'/><Link rel='urn:xmpp:alt-connections:websocket'/>"
                         "<Link rel='urn:xmpp:alt-connections:websockets' href='wss://a/'/>"
                         "<Link xmlns='urn:x' rel='urn:xmpp:alt-connections:websocket' href='wss://a/'/>"
                         "<Property>" WS("wss://deep/") "</Property>")),
              "");
}

static void there_are_not_too_many(void) {
    struct buf b = BUF_INIT;
    buf_lit(&b, "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>");
    for (int i = 0; i < 100; i++)
        buf_lit(&b, WS("wss://a/"));
    buf_lit(&b, "</XRD>");
    CHECK_INT(strlen(parsed(buf_data(&b))), HOSTMETA_URLS_MOST * 9);
    buf_clear(&b);
    buf_lit(&b, "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
                "<Link rel='urn:xmpp:alt-connections:websocket' href='wss://a/");
    for (int i = 0; i < 2000; i++)
        buf_lit(&b, "x");
    buf_lit(&b, "'/></XRD>");
    CHECK_STR(parsed(buf_data(&b)), "");
    buf_finish(&b);
}

static void comments_are_skipped(void) {
    CHECK_STR(parsed("<?xml version='1.0'?><!-- ours > --><!---->" XRD(
                  "<!-- " WS("wss://old/") " -->\n" WS("wss://new/") "<!-- - -->")),
              "wss://new/ ");
    CHECK_STR(parsed("<!-- never ends " XRD("")), "!the document is cut");
    CHECK_STR(parsed("<XRD <!-- in a tag --> xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'/>"), "");
    CHECK(parsed("<!-")[0] == '!');
}

static void others_are_refused(void) {
    static const char *const rows[] = {
        "",
        "<",
        "{\"links\":[]}",
        "<html><body/></html>",
        "<XRD/>",
        "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>" WS("wss://a/"),
        XRD(WS("wss://a/") "<a></b>"),
        XRD("&nbsp;"),
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" XRD("&e;"),
        "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>" XRD("&b;"),
        XRD("<?php x?>"),
        "<?xml-stylesheet href='x'?>" XRD(""),
        XRD("\xff"),
        XRD("text"),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        CHECK(parsed(rows[i])[0] == '!');
    CHECK(parsed_bytes("\0\0\0", 3)[0] == '!');
}

/* No cut of a good document is taken for a whole one. */
static void cuts_are_noticed(void) {
    static const char whole[] = XRD(WS("wss://a/") "<!-- x -->");
    for (size_t len = 0; len < sizeof(whole) - 1; len++)
        CHECK(parsed_bytes(whole, len)[0] == '!');
    CHECK_STR(parsed(whole), "wss://a/ ");
}

static void is_url(const char *domain, const char *want) {
    char *url = hostmeta_url(domain);
    CHECK_STR(url ? url : "none", want);
    mem_free(url);
}

static void urls_are_made(void) {
    is_url("example.org", "https://example.org/.well-known/host-meta");
    is_url("b\xc3\xbc"
           "cher.example",
           "https://b\xc3\xbc"
           "cher.example/.well-known/host-meta");
    is_url("[2001:db8::1]", "https://[2001:db8::1]/.well-known/host-meta");
    is_url("", "none");
    is_url("a/b", "none");
    is_url("a?b", "none");
    is_url("a#b", "none");
    is_url("u@b", "none");
    is_url("a b", "none");
    is_url("a%2f", "none");
}

int main(void) {
    RUN(documents_are_read);
    RUN(only_wss_counts);
    RUN(there_are_not_too_many);
    RUN(comments_are_skipped);
    RUN(others_are_refused);
    RUN(cuts_are_noticed);
    RUN(urls_are_made);
    return check_done();
}
