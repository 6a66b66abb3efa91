/* SPDX-License-Identifier: MIT */
/*
 * Writing XML: what is escaped, what is refused, and that whatever is written comes out of the parser as it
 * went in. And the questions that a tree answers.
 */
#include "check.h"
#include "parsed.h"
#include "xml_events.h"

#include "xml/write.h"

static struct str view(const char *s) {
    return str_of(s);
}

/* ---- text and attributes ---- */

static void expect_text(const char *in, const char *want) {
    struct buf out = BUF_INIT;
    CHECK_INT(xml_write_text(&out, view(in)), 0);
    CHECK_STR(buf_data(&out), want);
    buf_finish(&out);
}

static void text_is_escaped(void) {
    expect_text("", "");
    expect_text("plain", "plain");
    expect_text("a<b>&c", "a&lt;b&gt;&amp;c");
    expect_text("]]>", "]]&gt;");
    expect_text("it's \"so\"", "it's \"so\"");
    expect_text("tab\tline\n\rend", "tab\tline\n&#13;end");
    expect_text("\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80\x7f", "\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80\x7f");
}

static void attributes_are_escaped(void) {
    struct buf out = BUF_INIT;
    CHECK_INT(xml_write_attr(&out, "to", view("a'b\"c<d>&e\tf\ng\rh")), 0);
    CHECK_STR(buf_data(&out), " to='a&apos;b&quot;c&lt;d&gt;&amp;e&#9;f&#10;g&#13;h'");
    buf_clear(&out);
    CHECK_INT(xml_write_attr(&out, "x", view("")), 0);
    CHECK_STR(buf_data(&out), " x=''");
    buf_finish(&out);
}

/* Eight bytes are looked at together: each special byte at each place among them. */
static void every_byte_at_every_place(void) {
    for (int c = 1; c < 128; c++) {
        for (size_t at = 0; at < 20; at++) {
            char in[21] = "abcdefghijklmnopqrst";
            struct buf out = BUF_INIT;
            in[at] = (char)c;
            bool is_good = c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
            CHECK_INT(xml_write_text(&out, view(in)), is_good ? 0 : -1);
            CHECK(strpbrk(buf_data(&out), "<>\r") == NULL);
            CHECK_INT(xml_write_attr(&out, "b", view(in)), is_good ? 0 : -1);
            CHECK(strpbrk(buf_data(&out), "<>\r") == NULL);
            if (!is_good)
                CHECK_INT(buf_len(&out), 0);
            buf_finish(&out);
        }
    }
}

static void what_xml_cannot_hold(void) {
    static const char *const bad[] = {
        "\x01",
        "\x1b[2J",
        "\x0b",
        "\xc0\x80",
        "\xed\xa0\x80",
        "\xef\xbf\xbe",
        "\xef\xbf\xbf",
        "\xff",
        "\xc3",
        "\xe2\x82",
        "\xf4\x90\x80\x80",
        "12345678\x02",
        "1234567\x02x",
        "\xf0\x9f\x98",
        "\x80",
        "x\xf8\x88\x80\x80\x80",
        "\xe0\x80\xbc",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf out = BUF_INIT;
        buf_adds(&out, "kept");
        CHECK_INT(xml_write_text(&out, view(bad[i])), -1);
        CHECK_INT(xml_write_attr(&out, "a", view(bad[i])), -1);
        CHECK_STR(buf_data(&out), "kept");
        buf_finish(&out);
    }
    struct buf out = BUF_INIT;
    CHECK_INT(xml_write_text(&out, (struct str){"a\0b", 3}), -1);
    CHECK_INT(buf_len(&out), 0);
    buf_finish(&out);
}

/* Any characters that may be written, in a text and in a value, through the parser and back. */
static void comes_back_as_it_went(void) {
    static const uint32_t borders[] = {'\t',   '\n',   '\r',   ' ',     '&',     '<',     '>',
                                       '\'',   '"',    0x7f,   0x80,    0x7ff,   0x800,   0xd7ff,
                                       0xe000, 0xfeff, 0xfffd, 0x10000, 0x1fffe, 0x10ffff};
    size_t count = sizeof(borders) / sizeof(borders[0]);
    for (size_t i = 0; i < count * count; i++) {
        struct buf text = BUF_INIT, xml = BUF_INIT;
        uint32_t two[] = {borders[i / count], borders[i % count]};
        for (int k = 0; k < 2; k++) {
            uint32_t c = two[k];
            if (c < 0x80)
                buf_addc(&text, (char)c);
            else if (c < 0x800)
                buf_addf(&text, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
            else if (c < 0x10000)
                buf_addf(&text, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
            else
                buf_addf(&text, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 63), 0x80 | (c >> 6 & 63),
                         0x80 | (c & 63));
        }
        buf_adds(&xml, "<a");
        CHECK_INT(xml_write_attr(&xml, "b", view(buf_data(&text))), 0);
        buf_addc(&xml, '>');
        CHECK_INT(xml_write_text(&xml, view(buf_data(&text))), 0);
        buf_adds(&xml, "</a>");
        const struct xml_node *n = parsed(buf_data(&xml));
        CHECK_STR(xml_text(n).s, buf_data(&text));
        CHECK_STR(xml_attr(n, "b").s, buf_data(&text));
        buf_finish(&text);
        buf_finish(&xml);
    }
}

static void names(void) {
    static const char *const good[] = {
        "a", "message", "_x", "A-b.c_9", "\xc3\xa9t\xc3\xa9", "\xe4\xbd\xa0", "x\xc3\xb1"};
    static const char *const bad[] = {"",
                                      "1a",
                                      "-a",
                                      ".a",
                                      "a b",
                                      "a:b",
                                      "a<",
                                      "a>b",
                                      "a/",
                                      "a=",
                                      "a'",
                                      "\xff",
                                      "a\xc3",
                                      "a\xc3\x97",
                                      "\xcc\x81",
                                      "\xc2\xb7",
                                      "a\x01",
                                      "a\n",
                                      "\xf0\x9f\x98\x80",
                                      "\xe2\x80\x8b",
                                      "\xef\xbb\xbf_"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char in[64];
        CHECK(xml_is_name(view(good[i])));
        snprintf(in, sizeof(in), "<%s %s='1'/>", good[i], good[i]);
        CHECK_STR(parsed(in)->name.s, good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!xml_is_name(view(bad[i])));
    CHECK(!xml_is_name((struct str){"a\0b", 3}));
    CHECK(!xml_is_name(STR_NONE));
}

/* ---- trees ---- */

static void expect_tree(const char *in, const char *parent_ns, const char *want) {
    struct buf out = BUF_INIT, before = BUF_INIT, after = BUF_INIT;
    const struct xml_node *n = parsed(in);
    dump_node(&before, n);
    xml_write_node(&out, n, parent_ns);
    CHECK_STR(buf_data(&out), want);
    if (parent_ns != NULL && strcmp(parent_ns, "jabber:client") == 0)
        dump_node(&after, parsed(want));
    CHECK(buf_len(&after) == 0 || strcmp(buf_data(&after), buf_data(&before)) == 0);
    buf_finish(&out);
    buf_finish(&before);
    buf_finish(&after);
}

static void trees(void) {
    expect_tree("<message/>", "jabber:client", "<message/>");
    expect_tree("<message/>", NULL, "<message xmlns='jabber:client'/>");
    expect_tree("<message/>", "", "<message xmlns='jabber:client'/>");
    expect_tree("<message to='a'><body>x &lt; y</body></message>", "jabber:client",
                "<message to='a'><body>x &lt; y</body></message>");
    expect_tree("<iq><query xmlns='urn:q'><a/><b xmlns='jabber:client'/></query><c xmlns=''/></iq>",
                "jabber:client",
                "<iq><query xmlns='urn:q'><a/><b xmlns='jabber:client'/></query><c xmlns=''/></iq>");
    expect_tree("<p:iq xmlns:p='jabber:client'><q xmlns='urn:q'/></p:iq>", "jabber:client",
                "<iq><q xmlns='urn:q'/></iq>");
    expect_tree("<a xml:lang='de' c='1' p:b='2' xmlns:p='urn:&apos;p'/>", "jabber:client",
                "<a xml:lang='de' c='1' xmlns:n2='urn:&apos;p' n2:b='2'/>");
    expect_tree("<a><xml:b><c/></xml:b></a>", "jabber:client", "<a><xml:b><c/></xml:b></a>");
    expect_tree("<stream:features/>", "jabber:client",
                "<features xmlns='http://etherx.jabber.org/streams'/>");
}

/* A name longer than any buffer that one might think of. */
static void long_names(void) {
    char name[1001], in[1100];
    struct buf out = BUF_INIT;
    memset(name, 'n', 1000);
    name[1000] = '\0';
    snprintf(in, sizeof(in), "<a p:%s='1' xmlns:p='urn:p'/>", name);
    xml_write_node(&out, parsed(in), "jabber:client");
    snprintf(in, sizeof(in), "<a xmlns:n0='urn:p' n0:%s='1'/>", name);
    CHECK_STR(buf_data(&out), in);
    buf_finish(&out);
}

static void questions_to_a_tree(void) {
    const struct xml_node *n =
        parsed("<message id='1' p:id='2' xmlns:p='urn:p' xml:lang='de' foo='3'> <body>hi</body>"
               "<x xmlns='urn:1'/>t<x xmlns='urn:2' a='b'><y/></x></message>");
    CHECK(xml_is(n, "message", "jabber:client") && xml_is(n, NULL, "jabber:client") &&
          xml_is(n, "message", NULL));
    CHECK(!xml_is(n, "message", "urn:p") && !xml_is(n, "iq", NULL));
    CHECK_STR(xml_attr(n, "id").s, "1");
    CHECK_STR(xml_attr(n, "foo").s, "3");
    CHECK_STR(xml_attr_atom(n, ATOM_ID).s, "1");
    CHECK_STR(xml_attr_atom(n, ATOM_LANG).s, "de");
    CHECK_STR(xml_attr(n, "xml:lang").s, "de");
    CHECK(xml_attr(n, "to").s == NULL && xml_attr_atom(n, ATOM_TO).s == NULL &&
          xml_attr(n, "lang").s == NULL);
    CHECK_INT(n->attr_count, 4);
    CHECK_INT(n->child_count, 5);
    CHECK_STR(xml_text(n).s, " ");
    CHECK_STR(xml_text(xml_child(n, "body", NULL)).s, "hi");
    CHECK_STR(xml_child(n, "x", NULL)->ns.s, "urn:1");
    CHECK_STR(xml_attr(xml_child(n, "x", "urn:2"), "a").s, "b");
    CHECK_STR(xml_child(n, NULL, "urn:2")->first->name.s, "y");
    CHECK(xml_child(n, "y", NULL) == NULL && xml_child(n, "body", "urn:1") == NULL);
    CHECK_STR(xml_first_element(n)->name.s, "body");
    CHECK_STR(xml_next_element(xml_next_element(xml_first_element(n)))->ns.s, "urn:2");
    CHECK(xml_next_element(n->last) == NULL && xml_first_element(n->last->first) == NULL);
    CHECK_STR(xml_text(n->last).s, "");
    CHECK(xml_text(NULL).s == NULL);
}

/* ---- atoms ---- */

static void atoms(void) {
    for (int i = 1; i < ATOM_COUNT; i++) {
        const char *text = xml_atom_text((enum xml_atom)i);
        CHECK_INT(xml_atom_of(text, (uint32_t)strlen(text)), i);
        CHECK(xml_atom_of(text, (uint32_t)strlen(text) - 1) != (enum xml_atom)i);
    }
    CHECK_INT(xml_atom_of("x", 1), ATOM_X);
    CHECK_INT(xml_atom_of("c", 1), ATOM_C);
    CHECK_STR(xml_atom_text(ATOM_NONE), "");
    CHECK_INT(xml_atom_of("", 0), ATOM_NONE);
    CHECK_INT(xml_atom_of("bodyx", 4), ATOM_BODY);
    CHECK_INT(xml_atom_of("bodyx", 5), ATOM_NONE);
    CHECK_INT(xml_atom_of("Body", 4), ATOM_NONE);
}

static void nodes_know_their_atoms(void) {
    const struct xml_node *n =
        parsed("<p:message xmlns:p='jabber:client' p:to='x' to='y' other='z'><foo/></p:message>");
    CHECK_INT(n->name.atom, ATOM_MESSAGE);
    CHECK_INT(n->ns.atom, ATOM_NS_CLIENT);
    CHECK_INT(n->attrs[0].name.atom, ATOM_TO);
    CHECK_STR(n->attrs[0].ns.s, "jabber:client");
    CHECK_STR(xml_attr_atom(n, ATOM_TO).s, "y");
    CHECK_INT(n->attrs[2].name.atom, ATOM_NONE);
    CHECK_INT(n->first->name.atom, ATOM_NONE);
}

int main(void) {
    RUN(text_is_escaped);
    RUN(attributes_are_escaped);
    RUN(every_byte_at_every_place);
    RUN(what_xml_cannot_hold);
    RUN(comes_back_as_it_went);
    RUN(names);
    RUN(trees);
    RUN(long_names);
    RUN(questions_to_a_tree);
    RUN(atoms);
    RUN(nodes_know_their_atoms);
    parsed_done();
    return check_done();
}
