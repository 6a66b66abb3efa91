/* SPDX-License-Identifier: MIT */
/*
 * What the owner may do between two events, and what it may rely on then: the bytes that are pending, to the
 * byte; freeing and starting anew at any event; the limits that hold by default.
 */
#include "check.h"
#include "xml_events.h"

#define HEAD "<s:s xmlns='jabber:client' xmlns:s='urn:s'>"

/* In the order in which a stream tells them, and where each ends. */
static const struct part {
    const char *text;
    enum xml_event event; /* XML_MORE: none, blanks */
} parts[] = {
    {HEAD, XML_OPEN},        {"<a/>", XML_STANZA},
    {"\n \n", XML_MORE},     {"<a b='>'>x<c/>&lt;<![CDATA[</a>]]></a>", XML_STANZA},
    {"<a></a>", XML_STANZA}, {"<p:a xmlns:p='urn:p' p:b=''>\xc3\xa9</p:a>", XML_STANZA},
    {" ", XML_MORE},         {"<s:error/>", XML_STANZA},
    {"</s:s>", XML_CLOSE},
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static void add_all(struct buf *out) {
    for (size_t i = 0; i < PARTS; i++)
        buf_adds(out, parts[i].text);
}

/* The n-th event, counted from 0, and where it ends; false when there is none. */
static bool event_at(size_t n, enum xml_event *event, size_t *end) {
    *end = 0;
    for (size_t i = 0; i < PARTS; i++) {
        *end += strlen(parts[i].text);
        if (parts[i].event != XML_MORE && n-- == 0) {
            *event = parts[i].event;
            return true;
        }
    }
    return false;
}

/* Of each event: its kind, and that exactly what follows it is pending. */
static void expect_events(struct xml_parser *p, size_t fed, size_t *told) {
    struct xml_node *node = NULL;
    enum xml_event event, want = XML_MORE;
    size_t end;
    while ((event = xml_parser_next(p, &node)) != XML_MORE && !check_bad) {
        CHECK(event_at((*told)++, &want, &end));
        CHECK_INT(event, want);
        CHECK_INT(xml_parser_pending(p), fed - end);
    }
}

static void pending_is_exact(void) {
    struct buf all = BUF_INIT;
    add_all(&all);
    for (size_t cut = 0; cut <= buf_len(&all) && !check_bad; cut++) {
        struct xml_parser *p = xml_parser_new(NULL);
        size_t told = 0;
        xml_parser_feed(p, buf_data(&all), cut);
        expect_events(p, cut, &told);
        xml_parser_feed(p, buf_data(&all) + cut, buf_len(&all) - cut);
        expect_events(p, buf_len(&all), &told);
        CHECK_INT(told, 7);
        xml_parser_free(p);
    }
    buf_finish(&all);
}

/* The last byte of a stanza tells it: nothing has to follow. */
static void no_event_waits_for_more(void) {
    struct buf all = BUF_INIT;
    add_all(&all);
    struct xml_parser *p = xml_parser_new(NULL);
    for (size_t at = 0, told = 0; at < buf_len(&all) && !check_bad; at++) {
        enum xml_event event = XML_MORE;
        size_t end = 0, before = told;
        xml_parser_feed(p, buf_data(&all) + at, 1);
        expect_events(p, at + 1, &told);
        CHECK(told == before || (event_at(before, &event, &end) && end == at + 1));
        CHECK(told > before || !event_at(before, &event, &end) || end > at + 1);
    }
    xml_parser_free(p);
    buf_finish(&all);
}

static void freed_at_any_event(void) {
    struct buf all = BUF_INIT;
    add_all(&all);
    buf_adds(&all, "junk");
    for (size_t cut = 0; cut <= buf_len(&all); cut++)
        for (size_t events = 0; events < 9; events++) {
            struct xml_parser *p = xml_parser_new(NULL);
            struct xml_node *node = NULL;
            xml_parser_feed(p, buf_data(&all), cut);
            for (size_t i = 0; i < events && xml_parser_next(p, &node) != XML_MORE; i++)
                ;
            xml_parser_free(p);
        }
    buf_finish(&all);
}

/* After SASL the same bytes of a new header come on the same parser, again and again. */
static void reset_at_each_event(void) {
    struct buf all = BUF_INIT;
    struct xml_parser *p = xml_parser_new(NULL);
    add_all(&all);
    for (size_t n = 0; n < 7; n++) {
        enum xml_event event = XML_MORE, want = XML_MORE;
        struct xml_node *node = NULL;
        size_t end;
        xml_parser_feed(p, buf_data(&all), buf_len(&all));
        for (size_t i = 0; i <= n; i++)
            event = xml_parser_next(p, &node);
        CHECK(event_at(n, &want, &end) && event == want);
        xml_parser_reset(p);
        CHECK_INT(xml_parser_pending(p), 0);
        CHECK_INT(xml_parser_next(p, &node), XML_MORE);
    }
    xml_parser_free(p);
    buf_finish(&all);
}

/* ---- what holds by default ---- */

static void expect_last(const struct buf *in, const char *want) {
    struct buf got = BUF_INIT;
    events_of(&got, NULL, buf_data(in), buf_len(in), 0, 1000);
    size_t len = buf_len(&got), want_len = strlen(want);
    CHECK_STR(buf_data(&got) + (len > want_len ? len - want_len : 0), want);
    buf_finish(&got);
}

/* A stanza itself is 1 deep: 200 elements are in order, one more is not. */
static void default_depth(void) {
    for (int depth = 199; depth <= 202; depth++) {
        struct buf in = BUF_INIT;
        buf_adds(&in, HEAD);
        for (int i = 0; i < depth; i++)
            buf_adds(&in, "<a>");
        for (int i = 0; i < depth; i++)
            buf_adds(&in, "</a>");
        expect_last(&in, depth <= 200 ? "\npending 0\n" : "\nbad policy\n");
        buf_finish(&in);
    }
}

static void default_attributes(void) {
    for (int count = 255; count <= 258; count++) {
        struct buf in = BUF_INIT;
        buf_adds(&in, HEAD "<a xmlns='urn:a'");
        for (int i = 0; i < count; i++)
            buf_addf(&in, " b%d=''", i);
        buf_adds(&in, "/>");
        expect_last(&in, count <= 256 ? "\npending 0\n" : "\nbad policy\n");
        buf_finish(&in);
    }
}

/* The longest text and value that may come, and one byte more. */
static void default_size(void) {
    static const char *const frames[][2] = {{"<a>", "</a>"}, {"<a b='", "'/>"}, {"<a><![CDATA[", "]]></a>"}};
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        for (size_t size = 262143; size <= 262145; size++) {
            struct buf in = BUF_INIT;
            buf_adds(&in, HEAD);
            buf_adds(&in, frames[i][0]);
            size_t fill = size - strlen(frames[i][0]) - strlen(frames[i][1]);
            memset(buf_reserve(&in, fill), 'x', fill);
            buf_commit(&in, fill);
            buf_adds(&in, frames[i][1]);
            expect_last(&in, size <= 262144 ? "\npending 0\n" : "\nbad policy\n");
            buf_finish(&in);
        }
}

/* More names than the cache has room for, at once and over time. */
static void many_attribute_names(void) {
    struct xml_parser *p = xml_parser_new(NULL);
    struct buf out = BUF_INIT;
    events_feed(&out, p, HEAD, strlen(HEAD));
    for (unsigned round = 0; round < 200 && !check_bad; round++) {
        struct buf in = BUF_INIT, want = BUF_INIT;
        buf_adds(&in, "<a");
        buf_adds(&want, "stanza a{jabber:client}");
        for (unsigned i = 0; i < 60; i++) {
            unsigned name = (i * 7 + round * 13) % 97;
            buf_addf(&in, " n%u='%u'", name, round);
            buf_addf(&want, "%sn%u=%u", i == 0 ? "[" : ",", name, round);
        }
        buf_adds(&in, "/>");
        buf_adds(&want, "]\n");
        buf_clear(&out);
        events_feed(&out, p, buf_data(&in), buf_len(&in));
        CHECK_STR(buf_data(&out), buf_data(&want));
        buf_finish(&in);
        buf_finish(&want);
    }
    xml_parser_free(p);
    buf_finish(&out);
}

int main(void) {
    RUN(pending_is_exact);
    RUN(no_event_waits_for_more);
    RUN(freed_at_any_event);
    RUN(reset_at_each_event);
    RUN(default_depth);
    RUN(default_attributes);
    RUN(default_size);
    RUN(many_attribute_names);
    return check_done();
}
