/* SPDX-License-Identifier: MIT */
/*
 * The parser under attack and over time: its limits to the byte, the work for what dribbles in, resets at any
 * moment, and what a long stream leaves behind. expat's entry points are counted here on their way, so that
 * no clock is needed.
 */
#include "check.h"
#include "xml_events.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <expat.h>
#include <stdlib.h>

#define HEAD "<s:s xmlns='jabber:client' xmlns:s='urn:s'>"
#define OPEN "open s{urn:s}\n"

/* ---- counting ---- */

static struct {
    size_t calls, bytes, scanned, created; /* scanned: given, and what was left incomplete from before */
} seen;

enum XML_Status XML_Parse(XML_Parser parser, const char *s, int len, int is_final) {
    enum XML_Status (*real)(XML_Parser, const char *, int, int);
    *(void **)&real = dlsym(RTLD_NEXT, "XML_Parse");
    int offset = 0, size = 0;
    XML_GetInputContext(parser, &offset, &size);
    seen.calls++;
    seen.bytes += (size_t)len;
    seen.scanned += (size_t)(len + size - offset);
    return real(parser, s, len, is_final);
}

XML_Parser XML_ParserCreate(const char *encoding) {
    XML_Parser (*real)(const char *);
    *(void **)&real = dlsym(RTLD_NEXT, "XML_ParserCreate");
    seen.created++;
    return real(encoding);
}

static void add_many(struct buf *out, const char *s, size_t count) {
    while (count-- > 0)
        buf_adds(out, s);
}

/* ---- dribbling ---- */

/* start, 200,000 bytes of `fill`, end; byte by byte. Returns what expat had to look at, per byte. */
static double dribbled(const char *start, const char *fill, const char *end, const char *want) {
    struct buf in = BUF_INIT, got = BUF_INIT;
    buf_adds(&in, HEAD);
    buf_adds(&in, start);
    add_many(&in, fill, 200000 / strlen(fill));
    buf_adds(&in, end);
    memset(&seen, 0, sizeof(seen));
    events_of(&got, NULL, buf_data(&in), buf_len(&in), 0, 1);
    double each = (double)seen.scanned / (double)buf_len(&in);
    if (want != NULL)
        CHECK_HAS(buf_data(&got), want);
    CHECK(strstr(buf_data(&got), "policy") == NULL);
    buf_finish(&in);
    buf_finish(&got);
    return each;
}

/* A token of n bytes that came byte by byte would be scanned n/2 times on average: 100,000 here. */
static void work_is_linear(void) {
    static const struct {
        const char *start, *fill, *end, *want;
    } cases[] = {
        {"<a b='", "x", "'/>", "stanza a"},
        {"<a b='", ">", "'/>", "stanza a"},
        {"<a b=\"", "'", "\"/>", "stanza a"},
        {"<a b='", "&lt;", "'/>", "stanza a"},
        {"<a b='", "\xf0\x9f\x98\x80", "'/>", "stanza a"},
        {"<a", " ", "/>", "stanza a"},
        {"<", "a", "/>", "stanza a"},
        {"<a></a", "\n", ">", "stanza a"},
        {"<a>", "x", "</a>", "stanza a"},
        {"<a>", ">", "</a>", "stanza a"},
        {"<a>", "]", "</a>", "stanza a"},
        {"<a>", "]]&gt;", "</a>", "stanza a"},
        {"<a>", "\r", "</a>", "stanza a"},
        {"<a>", "&", "</a>", "bad not-well-formed"},
        {"<a>&", "x", ";</a>", "bad restricted"},
        {"<a>&#", "0", "65;</a>", "stanza a"},
        {"<a>&", "(", ";</a>", "bad not-well-formed"},
        {"<a>", "&#32;", "</a>", "stanza a"},
        {"<a><![CDATA[", "x", "]]></a>", "stanza a"},
        {"<a><![CDATA[", ">", "]]></a>", "stanza a"},
        {"<a><![CDATA[", "]", "]></a>", "stanza a"},
        {"<a><![CDATA[", "<![CDATA[", "]]></a>", "stanza a"},
        {"<a><![CDATA[", "<a b='", "]]></a>", "stanza a"},
        {"<a>", "<![CDATA[x]]>", "</a>", "stanza a"},
        {"<a>", "<b/>", "</a>", "stanza a"},
        {"<a>", "<b></b>", "</a>", "stanza a"},
        {"", " \n", "<a/>", "stanza a"},
        {"<a ' ", "x", "", "pending"},
        {"<a '", "\"x", "", "pending"},
        {"<!-- ", "x", "-->", "bad restricted"},
        {"<?pi ", "<x>", "?>", "bad restricted"},
        {"<!DOCTYPE a [", "<x>", "", "bad restricted"},
        {"</s:s>", "x", "", "close"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double each = dribbled(cases[i].start, cases[i].fill, cases[i].end, cases[i].want);
        if (each > 4 || check_bad) {
            printf("# %s%s…%s: %g\n", cases[i].start, cases[i].fill, cases[i].end, each);
            CHECK(each <= 4);
            return;
        }
    }
}

static void whole_tags_only(void) {
    dribbled("<a b='", "x", "'/>", "stanza a");
    CHECK(seen.calls < 50);
}

/* Before the root and after it expat would collect words. */
static void nothing_outside(void) {
    static const char *const starts[] = {"x", "'x", "%x", " x", "\xef\xbb\xbf", "<?xml version='1.0' x", "<"};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        struct buf in = BUF_INIT, got = BUF_INIT;
        buf_adds(&in, starts[i]);
        add_many(&in, "y", 200000);
        memset(&seen, 0, sizeof(seen));
        events_of(&got, NULL, buf_data(&in), buf_len(&in), 0, 1);
        CHECK(seen.scanned < 1000);
        buf_finish(&in);
        buf_finish(&got);
    }
}

/* ---- limits ---- */

static void expect(const struct xml_limits *limits, const struct buf *in, const char *want) {
    static const size_t steps[] = {1, 2, 7, 100, 4096, 16384, 16385, 1 << 20};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !check_bad; i++) {
        struct buf got = BUF_INIT;
        events_of(&got, limits, buf_data(in), buf_len(in), 0, steps[i]);
        CHECK_STR(buf_data(&got), want);
        buf_finish(&got);
    }
    for (size_t cut = 0; cut < buf_len(in) && cut < 2000 && !check_bad; cut++) {
        struct buf got = BUF_INIT;
        events_of(&got, limits, buf_data(in), buf_len(in), cut, buf_len(in));
        CHECK_STR(buf_data(&got), want);
        buf_finish(&got);
    }
}

static void size_to_the_byte(void) {
    static const struct {
        const char *start, *fill, *end;
    } cases[] = {
        {"<a b='", "x", "'/>"},           {"<a>", "x", "</a>"},    {"<a", " ", "/>"}, {"<a>", "\n", "</a>"},
        {"<a><![CDATA[", ">", "]]></a>"}, {"<a>", "<b/>", "</a>"},
    };
    const struct xml_limits limits = {.stanza_len = 500};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t more = 0; more < 3; more++) {
            struct buf in = BUF_INIT, got = BUF_INIT;
            size_t frame = strlen(cases[i].start) + strlen(cases[i].end), fill = strlen(cases[i].fill);
            buf_adds(&in, HEAD "<x/> \n<x/>");
            buf_adds(&in, cases[i].start);
            add_many(&in, cases[i].fill, (500 - frame) / fill + more);
            buf_adds(&in, cases[i].end);
            events_of(&got, &limits, buf_data(&in), buf_len(&in), 0, buf_len(&in));
            CHECK_HAS(buf_data(&got), more ? "\nbad policy\n" : "\npending 0\n");
            expect(&limits, &in, buf_data(&got));
            buf_finish(&in);
            buf_finish(&got);
        }
    }
}

/* The same when it never ends, and for the header; blanks between stanzas count for nothing. */
static void size_of_the_incomplete(void) {
    const struct xml_limits limits = {.stanza_len = 500};
    static const char *const starts[] = {"<a>", "<a b='", "<a><![CDATA[", "<a '", "<a>&", "<a>]"};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        struct buf in = BUF_INIT;
        buf_adds(&in, HEAD);
        buf_adds(&in, starts[i]);
        add_many(&in, "x", 700);
        expect(&limits, &in, OPEN "bad policy\n");
        buf_finish(&in);
    }
    struct buf header = BUF_INIT, blanks = BUF_INIT;
    buf_adds(&header, "<s:s xmlns:s='urn:s' x='");
    add_many(&header, "x", 500);
    buf_adds(&header, "'>");
    expect(&limits, &header, "bad policy\n");
    buf_adds(&blanks, HEAD);
    add_many(&blanks, " \n", 1000);
    buf_adds(&blanks, "<a/>");
    expect(&limits, &blanks, OPEN "stanza a{jabber:client}\npending 0\n");
    buf_finish(&header);
    buf_finish(&blanks);
}

static void default_size(void) {
    for (size_t more = 0; more < 2; more++) {
        struct buf in = BUF_INIT, got = BUF_INIT;
        buf_adds(&in, HEAD "<a>");
        add_many(&in, "x", 262144 - strlen("<a></a>") + more);
        buf_adds(&in, "</a>");
        events_of(&got, NULL, buf_data(&in), buf_len(&in), 0, 1000);
        CHECK_HAS(buf_data(&got), more ? "bad policy\n" : "\npending 0\n");
        buf_finish(&in);
        buf_finish(&got);
    }
}

static void depth(void) {
    const struct xml_limits limits = {.depth = 3};
    struct buf in = BUF_INIT;
    buf_adds(&in, HEAD "<a><b><c/></b></a><a><b><c><d/></c></b></a>");
    expect(&limits, &in, OPEN "stanza a{jabber:client}(b{jabber:client}(c{jabber:client}))\nbad policy\n");
    buf_clear(&in);
    buf_adds(&in, HEAD);
    add_many(&in, "<a>", 200);
    add_many(&in, "</a>", 200);
    struct buf got = BUF_INIT;
    events_of(&got, NULL, buf_data(&in), buf_len(&in), 0, 100);
    CHECK_HAS(buf_data(&got), "pending 0\n");
    buf_clear(&in);
    buf_adds(&in, HEAD);
    add_many(&in, "<a>", 10000);
    expect(NULL, &in, OPEN "bad policy\n");
    buf_finish(&got);
    buf_finish(&in);
}

static void add_numbered(struct buf *in, const char *fmt, const char *name, int count) {
    buf_adds(in, HEAD "<a");
    for (int i = 0; i < count; i++) {
        buf_addf(in, " %s%d=", name, i);
        buf_adds(in, fmt);
    }
    buf_adds(in, "/>");
}

static void attributes(void) {
    static const struct {
        const char *name, *value;
        int count;
        const char *want;
    } cases[] = {
        {"b", "''", 3, "pending 0\n"},          {"b", "''", 4, "bad policy\n"},
        {"b", "''", 50000, "bad policy\n"},     {"xmlns:b", "'urn:b'", 4, "pending 0\n"},
        {"xmlns:b", "'u'", 253, "pending 0\n"}, {"xmlns:b", "'u'", 260, "bad policy\n"},
    };
    const struct xml_limits limits = {.attrs = 3};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf in = BUF_INIT, got = BUF_INIT;
        add_numbered(&in, cases[i].value, cases[i].name, cases[i].count);
        events_of(&got, &limits, buf_data(&in), buf_len(&in), 0, 5000);
        CHECK_HAS(buf_data(&got), cases[i].want);
        buf_finish(&in);
        buf_finish(&got);
    }
}

/* Ever deeper declarations would make every name below them dearer. */
static void namespaces_at_a_time(void) {
    const struct xml_limits limits = {.depth = 1000};
    struct buf in = BUF_INIT;
    buf_adds(&in, HEAD);
    add_many(&in, "<a xmlns='urn:a'>", 300);
    expect(&limits, &in, OPEN "bad policy\n");
    buf_finish(&in);
}

/* ---- resets ---- */

/* Half of one document at any point, then another on the same parser. */
static void reset_anywhere(void) {
    const char *first =
        "<?xml version='1.0'?>" HEAD "<a x='1'><b>t<![CDATA[c]]>&lt;</b></a><a/> <p:q xmlns:p='u'/>"
        "<e/></s:s>";
    const char *second = "<r xmlns='urn:r' x='2'><c y='3' x='4'/></r>";
    for (size_t cut = 0; cut <= strlen(first); cut++) {
        for (int events = 0; events < 7; events++) {
            struct xml_parser *p = xml_parser_new(NULL);
            struct xml_node *node;
            struct buf got = BUF_INIT;
            xml_parser_feed(p, first, cut);
            for (int i = 0; i < events; i++)
                if (xml_parser_next(p, &node) == XML_MORE)
                    break;
            xml_parser_reset(p);
            CHECK_INT(xml_parser_pending(p), 0);
            events_feed(&got, p, second, strlen(second));
            CHECK_STR(buf_data(&got), "open r{urn:r}[x=2]\nstanza c{urn:r}[y=3,x=4]\nclose\n");
            xml_parser_free(p);
            buf_finish(&got);
        }
    }
}

static void reset_after_bad(void) {
    struct xml_parser *p = xml_parser_new(NULL);
    struct buf got = BUF_INIT;
    events_feed(&got, p, "<a><b>&</b><c/>", 15);
    events_feed(&got, p, "<d/>", 4);
    xml_parser_reset(p);
    events_feed(&got, p, "<a><b/>", 7);
    CHECK_STR(buf_data(&got), "open a{}\nbad not-well-formed\nbad not-well-formed\nopen a{}\nstanza b{}\n");
    xml_parser_reset(p);
    xml_parser_reset(p);
    xml_parser_free(p);
    xml_parser_free(NULL);
    buf_finish(&got);
}

/* What came after <proceed/> in the same piece is seen before it is parsed (RFC 6120 5.4.3.3). */
static void pending_after_a_stanza(void) {
    const char *in = HEAD "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    static const char *const after[] = {"", " ", "<", "<message/>", "\x16\x03\x01"};
    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        struct xml_parser *p = xml_parser_new(NULL);
        struct xml_node *node = NULL;
        struct buf all = BUF_INIT;
        buf_addf(&all, "%s%s", in, after[i]);
        xml_parser_feed(p, buf_data(&all), buf_len(&all));
        CHECK_INT(xml_parser_next(p, &node), XML_OPEN);
        CHECK_INT(xml_parser_next(p, &node), XML_STANZA);
        CHECK(xml_is(node, "proceed", "urn:ietf:params:xml:ns:xmpp-tls"));
        CHECK_INT(xml_parser_pending(p), strlen(after[i]));
        xml_parser_free(p); /* while expat is suspended */
        buf_finish(&all);
    }
}

static void errors_say_where(void) {
    struct xml_parser *p = xml_parser_new(NULL);
    struct buf got = BUF_INIT;
    events_feed(&got, p, "<a><b/> <c>&</c>", 16);
    CHECK_INT(xml_parser_error(p)->fault, XML_FAULT_NOT_WELL_FORMED);
    CHECK_INT(xml_parser_error(p)->offset, 8);
    CHECK(xml_parser_error(p)->text[0] != '\0');
    xml_parser_reset(p);
    events_feed(&got, p, "<a><!-- -->", 11);
    CHECK_STR(xml_parser_error(p)->text, "a comment");
    xml_parser_free(p);
    buf_finish(&got);
}

/* ---- a long stream ---- */

/* Every stanza with names of its own: expat would keep them all. */
static void long_stream(void) {
    struct xml_parser *p = xml_parser_new(NULL);
    struct buf out = BUF_INIT;
    memset(&seen, 0, sizeof(seen));
    events_feed(&out, p, HEAD, strlen(HEAD));
    for (int i = 0; i < 60000 && !check_bad; i++) {
        char in[128], want[160];
        int len =
            snprintf(in, sizeof(in), "<s:n%d a%d='1' xmlns:x='u%d' x:b='2'><c>t</c></s:n%d>", i, i, i, i);
        buf_clear(&out);
        events_feed(&out, p, in, (size_t)len);
        snprintf(want, sizeof(want), "stanza n%d{urn:s}[a%d=1,{u%d}b=2](c{jabber:client}(\"t\"))\n", i, i, i);
        CHECK_STR(buf_data(&out), want);
        CHECK_INT(xml_parser_pending(p), 0);
    }
    CHECK(seen.created >= 2);
    buf_clear(&out);
    events_feed(&out, p, " <e/></s:s>", 11);
    CHECK_STR(buf_data(&out), "stanza e{jabber:client}\nclose\n");
    xml_parser_free(p);
    buf_finish(&out);
}

/* One large tag leaves no large buffer behind; a root with another name than the new one's end tag is bad. */
static void large_tag(void) {
    struct xml_parser *p = xml_parser_new(NULL);
    struct buf in = BUF_INIT, out = BUF_INIT;
    buf_adds(&in, HEAD "<a b='");
    add_many(&in, "x", 100000);
    buf_adds(&in, "'/>");
    memset(&seen, 0, sizeof(seen));
    for (size_t at = 0; at < buf_len(&in); at += 1000)
        events_feed(&out, p, buf_data(&in) + at, buf_len(&in) - at < 1000 ? buf_len(&in) - at : 1000);
    CHECK_INT(seen.created, 1);
    buf_clear(&out);
    events_feed(&out, p, "<b/></s:t>", 10);
    CHECK_STR(buf_data(&out), "stanza b{jabber:client}\nbad not-well-formed\n");
    xml_parser_free(p);
    buf_finish(&in);
    buf_finish(&out);
}

int main(void) {
    RUN(work_is_linear);
    RUN(whole_tags_only);
    RUN(nothing_outside);
    RUN(size_to_the_byte);
    RUN(size_of_the_incomplete);
    RUN(default_size);
    RUN(depth);
    RUN(attributes);
    RUN(namespaces_at_a_time);
    RUN(reset_anywhere);
    RUN(reset_after_bad);
    RUN(pending_after_a_stanza);
    RUN(errors_say_where);
    RUN(long_stream);
    RUN(large_tag);
    return check_done();
}
