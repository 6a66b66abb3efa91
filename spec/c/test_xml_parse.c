/* SPDX-License-Identifier: MIT */
/*
 * The parser: what it makes of streams, whatever the network cut them into. Each input is fed whole, in
 * pieces of 1 to 9 bytes and cut in two at every point; the events must be the same each time.
 */
#include "check.h"
#include "xml_events.h"

#define NS_STREAM "http://etherx.jabber.org/streams"
#define HEAD      "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='" NS_STREAM "'>"
#define OPEN      "open stream{" NS_STREAM "}\n"

static void expect_same(const char *in, size_t len, const struct xml_limits *limits, const char *want,
                        size_t cut, size_t step) {
    struct buf got = BUF_INIT;
    events_of(&got, limits, in, len, cut, step);
    if (strcmp(buf_data(&got), want) != 0) {
        printf("# cut at %zu, steps of %zu: %.300s\n", cut, step, in);
        CHECK_STR(buf_data(&got), want);
    }
    buf_finish(&got);
}

static void expect_with(const char *in, size_t len, const struct xml_limits *limits, const char *want) {
    for (size_t step = 1; step < 10 && !check_bad; step++)
        expect_same(in, len, limits, want, len, step);
    for (size_t cut = 0; cut < len && !check_bad; cut++)
        expect_same(in, len, limits, want, cut, len);
    expect_same(in, len, limits, want, len, len);
}

/* What comes after the header, and what is told after the root's start. */
static void expect_after(const char *in, const char *want) {
    struct buf all = BUF_INIT, events = BUF_INIT;
    buf_adds(&all, HEAD);
    buf_adds(&all, in);
    buf_adds(&events, OPEN);
    buf_adds(&events, want);
    expect_with(buf_data(&all), buf_len(&all), NULL, buf_data(&events));
    buf_finish(&all);
    buf_finish(&events);
}

static void expect_all(const char *in, const char *want) {
    expect_with(in, strlen(in), NULL, want);
}

/* ---- streams ---- */

static void streams(void) {
    expect_all("", "pending 0\n");
    expect_all(HEAD, OPEN "pending 0\n");
    expect_all(" \r\n\t"
               "<a/>",
               "open a{}\nclose\npending 0\n");
    expect_all("<a b='1'/>", "open a{}[b=1]\nclose\npending 0\n");
    expect_all("<p:a xmlns:p='urn:x' p:b='1'/>", "open a{urn:x}[{urn:x}b=1]\nclose\npending 0\n");
    expect_all("<a><b/></a>", "open a{}\nstanza b{}\nclose\npending 0\n");
    expect_all("<?xml version=\"1.0\" encoding='utf-8'?>\n<a xmlns='urn:a' x='1'>",
               "open a{urn:a}[x=1]\npending 0\n");
    expect_all("<s:a xmlns:s='urn:s' s:x='1' xml:lang='de'>",
               "open a{urn:s}[{urn:s}x=1,xml:lang=de]\npending 0\n");
}

static void stanzas(void) {
    expect_after("<presence/>", "stanza presence{jabber:client}\npending 0\n");
    expect_after("<presence/><iq/>\n<message/> </stream:stream>",
                 "stanza presence{jabber:client}\nstanza iq{jabber:client}\nstanza message{jabber:client}\n"
                 "close\npending 0\n");
    expect_after(
        "<message to='a@b/c' type=\"chat\"><body>hi</body><x xmlns='urn:x'><y z='&apos;'/></x></message>",
        "stanza message{jabber:client}[to=a@b/c,type=chat](body{jabber:client}(\"hi\"),"
        "x{urn:x}(y{urn:x}[z=']))\npending 0\n");
    expect_after("<stream:features/>", "stanza features{" NS_STREAM "}\npending 0\n");
    expect_after("<iq><query xmlns=''/></iq>", "stanza iq{jabber:client}(query{})\npending 0\n");
    expect_after("<iq id='"
                 "1'\n  to = 'x'  ></iq  >",
                 "stanza iq{jabber:client}[id=1,to=x]\npending 0\n");
}

static void texts(void) {
    expect_after("<a>x&lt;&amp;&gt;&quot;&apos;&#65;&#x42;y</a>",
                 "stanza a{jabber:client}(\"x<&>\"'ABy\")\npending 0\n");
    expect_after("<a>one\ntwo\r\nthree\rfour</a>",
                 "stanza a{jabber:client}(\"one\ntwo\nthree\nfour\")\npending 0\n");
    expect_after("<a> x <b/> y </a>",
                 "stanza a{jabber:client}(\" x \",b{jabber:client},\" y \")\npending 0\n");
    expect_after("<a><![CDATA[<b> & ]] > ]]&gt; it's <!-- \"]]></a>",
                 "stanza a{jabber:client}(\"<b> & ]] > ]]&gt; it's <!-- \"\")\npending 0\n");
    expect_after("<a>x<![CDATA[]]>y<![CDATA[z]]]]><![CDATA[>]]></a>",
                 "stanza a{jabber:client}(\"xyz]]>\")\npending 0\n");
    expect_after("<a><![CDATA[]]></a>", "stanza a{jabber:client}\npending 0\n");
    expect_after("<a b='1\n2\t3&#10;4 > \"'/>", "stanza a{jabber:client}[b=1 2 3\n4 > \"]\npending 0\n");
    expect_after("<a b='x>y' c=\"'>'\">-></a>", "stanza a{jabber:client}[b=x>y,c='>'](\"->\")\npending 0\n");
    expect_after("<a>? ! <b/> what?! [!</a>",
                 "stanza a{jabber:client}(\"? ! \",b{jabber:client},\" what?! [!\")\npending 0\n");
}

static void characters(void) {
    static const char *const good[] = {
        "\xc3\xa9",     "\xe4\xbd\xa0",     "\xf0\x9f\x98\x80",
        "\xef\xbb\xbf", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbd",     "\xf0\x90\x80\x80",
        "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",
        "\x7f",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char in[200], want[200];
        snprintf(in, sizeof(in), "<a b='%s'>%s<![CDATA[%s]]></a>", good[i], good[i], good[i]);
        snprintf(want, sizeof(want), "stanza a{jabber:client}[b=%s](\"%s%s\")\npending 0\n", good[i], good[i],
                 good[i]);
        expect_after(in, want);
    }
    expect_after("<\xc3\xa9t\xc3\xa9 na\xc3\xafve='1'/>",
                 "stanza \xc3\xa9t\xc3\xa9{jabber:client}[na\xc3\xafve=1]\npending 0\n");
}

static void incomplete(void) {
    expect_after("<message><body>x", "pending 16\n");
    expect_after("<message/>\n<mess", "stanza message{jabber:client}\npending 5\n");
    expect_after("<message/> \n ", "stanza message{jabber:client}\npending 0\n");
    expect_after("<message/>&#3", "stanza message{jabber:client}\npending 3\n");
    expect_after("<message a='<", "bad not-well-formed\n");
    expect_after("<message a='>&", "pending 14\n");
    expect_after("<message><![CDATA[ </message> ", "pending 30\n");
    expect_after("<message><![CDA", "pending 15\n");
    expect_after("<message>\xc3", "pending 10\n");
    expect_all("<?xml versi", "pending 11\n");
}

/* Nothing follows the root: it is dropped, whatever it is. */
static void after_the_end(void) {
    expect_all("<a></a><b/>junk<!-- x", "open a{}\nclose\npending 14\n");
}

/* ---- namespaces ---- */

/* RFC 6120 8.4 and Namespaces in XML: what a prefix is called means nothing. */
static void prefixes(void) {
    expect_after("<c:message xmlns:c='jabber:client' to='x'><c:body>hi</c:body></c:message>",
                 "stanza message{jabber:client}[to=x](body{jabber:client}(\"hi\"))\npending 0\n");
    expect_after("<a xmlns:p='urn:1'><b xmlns:p='urn:2'><p:c/></b><p:d/></a>",
                 "stanza a{jabber:client}(b{jabber:client}(c{urn:2}),d{urn:1})\npending 0\n");
    expect_after("<a xmlns='urn:1'><b xmlns='urn:2'><c/></b><d/></a><e/>",
                 "stanza a{urn:1}(b{urn:2}(c{urn:2}),d{urn:1})\nstanza e{jabber:client}\npending 0\n");
    expect_after("<a p:x='1' y='2' xmlns:p='urn:1' q:x='3' xmlns:q='urn:2' x='4'/>",
                 "stanza a{jabber:client}[{urn:1}x=1,y=2,{urn:2}x=3,x=4]\npending 0\n");
    expect_after("<a xml:lang='en' xml:space='preserve'/>",
                 "stanza a{jabber:client}[xml:lang=en,xml:space=preserve]\npending 0\n");
    expect_after("<xml:a/>", "stanza a{http://www.w3.org/XML/1998/namespace}\npending 0\n");
    expect_after("<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
                 "stanza a{jabber:client}\npending 0\n");
    expect_after("<a xmlns:xmlfoo='urn:f'><xmlfoo:b xmlnsx='1'/></a>",
                 "stanza a{jabber:client}(b{urn:f}[xmlnsx=1])\npending 0\n");
    expect_after("<a xmlns='a&#9;b\x0a"
                 "c&lt;'/>",
                 "stanza a{a\tb c<}\npending 0\n");
    expect_after("<a xmlns='jabber:client&#32;'/>", "stanza a{jabber:client }\npending 0\n");
}

static void bad_namespaces(void) {
    static const char *const bad[] = {
        "<p:a/>",
        "<a p:b='1'/>",
        "<a xmlns:p='urn:p'/><p:a/>",
        "<a><b xmlns:p='urn:p'/><p:c/></a>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='urn:x'/>",
        "<a xmlns:xml='jabber:client'/>",
        "<a xmlns:xmlns='urn:x'/>",
        "<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:xmlns='jabber:client'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
        "<xmlns:a/>",
        "<a x='1' x='2'/>",
        "<a xmlns:p='urn:p' xmlns:q='urn:p' p:x='1' q:x='2'/>",
        "<a xmlns:p='urn:p' xmlns:p='urn:p'/>",
        "<a:b:c xmlns:a='urn:a'/>",
        "<a xmlns:p='urn:p' p:b:c='1'/>",
        "<a xmlns:p:q='urn:p'/>",
        "<:a/>",
        "<a: xmlns:a='urn:a'/>",
        "<a :b='1'/>",
        "<a b:='1'/>",
        "<a xmlns:='urn:a'/>",
        "<p:1 xmlns:p='urn:p'/>",
        "<a xmlns:p='urn:p' p:-b='1'/>",
        "<xml:a:b/>",
        "<a xml:='1'/>",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf in = BUF_INIT, got = BUF_INIT;
        buf_addf(&in, HEAD "%s", bad[i]);
        events_of(&got, NULL, buf_data(&in), buf_len(&in), 0, buf_len(&in));
        char *verdict = strstr(buf_data(&got), "bad ");
        CHECK_STR(verdict, "bad not-well-formed\n");
        expect_with(buf_data(&in), buf_len(&in), NULL, buf_data(&got));
        buf_finish(&in);
        buf_finish(&got);
    }
}

/* ---- what is refused ---- */

static void not_well_formed(void) {
    static const char *const bad[] = {
        "junk",
        "<a></b>",
        "</a>",
        "<a b></a>",
        "<a b=c/>",
        "<a 'x'/>",
        "<a b='1'c='2'/>",
        "<1/>",
        "< a/>",
        "<a>]]></a>",
        "<a>&</a>",
        "<a>& b</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#x110000;</a>",
        "<a>&#x;</a>",
        "<a>&#65</a>",
        "<a>&lt</a>",
        "<a b='&'/>",
        "<a b='&#1;'/>",
        "<a b='<'/>",
        "<a/ >",
        "<a =''/>",
        "<a><b></a></b>",
        "<a>\x01</a>",
        "<a>\x1b</a>",
        "<![CDATX[",
        "<a>&(;</a>",
        "x<a/>",
        "<a/>x<b/>",
        "&#65;",
        "<![CDATA[x]]>",
        "<a b='1' '><c/></a>",
        "<a b=''''><c/>",
        "<a '<b/>",
        "<<",
        "<a <b/>",
        "<a b='x<y'/>",
        "</stream>",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf in = BUF_INIT, got = BUF_INIT;
        buf_addf(&in, HEAD "%s", bad[i]);
        events_of(&got, NULL, buf_data(&in), buf_len(&in), 0, buf_len(&in));
        CHECK_HAS(buf_data(&got), "bad not-well-formed\n");
        expect_with(buf_data(&in), buf_len(&in), NULL, buf_data(&got));
        buf_finish(&in);
        buf_finish(&got);
    }
}

/* SECURITY.md row 13: two parsers that disagree about a byte see different stanzas. */
static void invalid_utf8(void) {
    static const char *const bad[] = {
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xef\xbf\xbe",
        "\xef\xbf\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\x80",
        "\xbf",
        "\xfe",
        "\xff",
        "\xc3(",
        "\xe2\x82(",
        "\xf0\x9f\x98(",
        "\xe2(\x80",
    };
    static const char *const places[] = {"<a>%s</a>", "<a b='%s'/>",  "<a><![CDATA[%s]]></a>",
                                         "<a%s/>",    "<a b%s='1'/>", "<a xmlns='%s'/>",
                                         "<a>%s<b/>", "<a></a%s>"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
            char in[100];
            snprintf(in, sizeof(in), places[k], bad[i]);
            expect_after(in, "bad not-well-formed\n");
        }
    /* a lead byte that swallows what closes the text */
    expect_after("<a>\xe2</a>", "bad not-well-formed\n");
    expect_after("<a b='\xc3'/>", "bad not-well-formed\n");
    expect_after("<a>\xf0\x9f</a><message from='server'/>", "bad not-well-formed\n");
}

/* RFC 6120 11.1. */
static void restricted(void) {
    expect_after("<!-- a > b -->", "bad restricted\n");
    expect_after("<!--", "bad restricted\n");
    expect_after("<message/><!-", "stanza message{jabber:client}\nbad restricted\n");
    expect_after("<message><!-- it's < -->", "bad restricted\n");
    expect_after("<message>x<!D", "bad restricted\n");
    expect_after("<?php ?>", "bad restricted\n");
    expect_after("<a><?xml-stylesheet href='x'?></a>", "bad restricted\n");
    expect_after("<a>&lol;</a>", "bad restricted\n");
    expect_after("<a b='&lol;'/>", "bad restricted\n");
    expect_all("<!DOCTYPE a>", "bad restricted\n");
    expect_all("<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>", "bad restricted\n");
    expect_all("<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'>", "bad restricted\n");
    expect_all("<?pi", "bad restricted\n");
    expect_all("<!-- x --><a>", "bad restricted\n");
    expect_after("<?xml version='1.0'?>", "bad not-well-formed\n");
}

/* RFC 6120 11.6. */
static void encodings(void) {
    expect_all("<?xml version='1.0' encoding='ISO-8859-1'?><a>", "bad encoding\n");
    expect_all("<?xml version='1.0' encoding='UTF-16'?><a>", "bad encoding\n");
    expect_all("<?xml version='1.0' encoding='US-ASCII'?><a>", "bad encoding\n");
    expect_all("\xef\xbb\xbf<a/>", "bad encoding\n");
    expect_all("\xfe\xff", "bad encoding\n");
    expect_all("\xff\xfe<", "bad encoding\n");
    expect_with("\0<\0a", 4, NULL, "bad encoding\n");
    expect_with("<\0a\0>\0", 6, NULL, "bad encoding\n");
    expect_with(" \0<\0a\0>\0", 8, NULL, "bad encoding\n");
    expect_with("<a>\0", 4, NULL, "open a{}\nbad not-well-formed\n");
    expect_all("HTTP/1.1 400 Bad Request\r\n\r\n", "bad not-well-formed\n");
    expect_all("  x", "bad not-well-formed\n");
}

int main(void) {
    RUN(streams);
    RUN(stanzas);
    RUN(texts);
    RUN(characters);
    RUN(incomplete);
    RUN(after_the_end);
    RUN(prefixes);
    RUN(bad_namespaces);
    RUN(not_well_formed);
    RUN(invalid_utf8);
    RUN(restricted);
    RUN(encodings);
    return check_done();
}
