/* SPDX-License-Identifier: MIT */
#include "xml/write.h"

#include "base/utf8.h"

static const char ns_xml[] = "http://www.w3.org/XML/1998/namespace";

/* What stands for a byte that cannot be written as it is; NULL: as it is. */
static const char *const text_escapes[128] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['\r'] = "&#13;"};
static const char *const attr_escapes[128] = {
    ['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",   ['\''] = "&apos;",
    ['"'] = "&quot;", ['\r'] = "&#13;", ['\n'] = "&#10;", ['\t'] = "&#9;"};

enum { WORD = 8 };

static const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;

/* Not 0 when one of the bytes is c. */
static uint64_t has(uint64_t x, char c) {
    x ^= ones * (unsigned char)c;
    return (x - ones) & ~x & highs;
}

/* Eight bytes at once: nothing that is escaped anywhere, no control character, nothing beyond ASCII. */
static bool is_plain_word(const char *p) {
    uint64_t x;
    memcpy(&x, p, WORD);
    uint64_t odd = ((x - ones * 0x20) | x) & highs;
    odd |= has(x, '"') | has(x | ones, '\'' /* and & */) | has(x | ones * 2, '>' /* and < */);
    return odd == 0;
}

static void add_escaped(struct buf *out, struct str text, const char *const *escapes) {
    size_t from = 0, i = 0;
    while (i < text.len) {
        if (text.len - i >= WORD && is_plain_word(text.s + i)) {
            i += WORD;
            continue;
        }
        unsigned char c = (unsigned char)text.s[i++];
        if (c >= 128 || escapes[c] == NULL)
            continue;
        buf_add(out, text.s + from, i - 1 - from);
        buf_adds(out, escapes[c]);
        from = i;
    }
    buf_add(out, text.s + from, text.len - from);
}

int xml_write_text(struct buf *out, struct str text) {
    if (utf8_xml_span(text.s, text.len) != text.len)
        return -1;
    add_escaped(out, text, text_escapes);
    return 0;
}

int xml_write_attr(struct buf *out, const char *name, struct str value) {
    if (utf8_xml_span(value.s, value.len) != value.len)
        return -1;
    buf_addc(out, ' ');
    buf_adds(out, name);
    buf_lit(out, "='");
    add_escaped(out, value, attr_escapes);
    buf_addc(out, '\'');
    return 0;
}

/* Letters beyond ASCII that every edition of XML 1.0 takes in a name (2.3, and appendix B of the older ones).
 */
static bool is_letter(uint32_t cp) {
    static const uint32_t ranges[][2] = {
        {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x131},    {0x134, 0x13e},   {0x141, 0x148},
        {0x14a, 0x17e},   {0x3a3, 0x3ce},   {0x410, 0x44f},   {0x5d0, 0x5ea},   {0x621, 0x63a},
        {0x3041, 0x3094}, {0x30a1, 0x30fa}, {0x4e00, 0x9fa5}, {0xac00, 0xd7a3},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (cp >= ranges[i][0] && cp <= ranges[i][1])
            return true;
    return false;
}

static bool is_name_start(uint32_t cp) {
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || cp == '_' || is_letter(cp);
}

bool xml_is_name(struct str name) {
    const char *at = name.s, *end = at + name.len;
    uint32_t cp = 0;
    while (at < end) {
        size_t len = utf8_decode(at, end, &cp);
        bool is_inner = at > name.s && ((cp >= '0' && cp <= '9') || cp == '.' || cp == '-');
        if (len == 0 || (!is_name_start(cp) && !is_inner))
            return false;
        at += len;
    }
    return name.len > 0;
}

static void write_attrs(struct buf *out, const struct xml_node *n) {
    struct buf name = BUF_INIT;
    for (uint32_t i = 0; i < n->attr_count; i++) {
        const struct xml_attr *a = &n->attrs[i];
        buf_clear(&name);
        if (a->ns.s != NULL) {
            buf_addf(&name, "xmlns:n%u", i);
            xml_write_attr(out, buf_data(&name), xml_view(&a->ns));
            buf_clear(&name);
            buf_addf(&name, "n%u:", i);
        }
        buf_add(&name, a->name.s, a->name.len);
        xml_write_attr(out, buf_data(&name), xml_view(&a->value));
    }
    buf_finish(&name);
}

static void write_name(struct buf *out, const struct xml_node *n, bool is_xml) {
    buf_adds(out, is_xml ? "xml:" : "");
    buf_add(out, n->name.s, n->name.len);
}

void xml_write_node(struct buf *out, const struct xml_node *n, const char *parent_ns) {
    if (xml_is_text(n)) {
        xml_write_text(out, xml_view(&n->text));
        return;
    }
    const char *outside = parent_ns ? parent_ns : "";
    bool is_xml = str_is(xml_view(&n->ns), ns_xml); /* bound to its prefix for ever: it cannot be declared */
    buf_addc(out, '<');
    write_name(out, n, is_xml);
    if (!is_xml && strcmp(n->ns.s, outside) != 0)
        xml_write_attr(out, "xmlns", xml_view(&n->ns));
    write_attrs(out, n);
    if (n->first == NULL) {
        buf_lit(out, "/>");
        return;
    }
    buf_addc(out, '>');
    for (const struct xml_node *c = n->first; c != NULL; c = c->next)
        xml_write_node(out, c, is_xml ? outside : n->ns.s);
    buf_lit(out, "</");
    write_name(out, n, is_xml);
    buf_addc(out, '>');
}
