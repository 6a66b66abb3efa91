/* SPDX-License-Identifier: MIT */
#include "xml/write.h"

#include "base/utf8.h"

#include <stdio.h>

/* What stands for a byte that cannot be written as it is; NULL: as it is. */
static const char *const text_escapes[128] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['\r'] = "&#13;"};
static const char *const attr_escapes[128] = {
    ['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",   ['\''] = "&apos;",
    ['"'] = "&quot;", ['\r'] = "&#13;", ['\n'] = "&#10;", ['\t'] = "&#9;"};

static void add_escaped(struct buf *out, struct str text, const char *const *escapes) {
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.s[i];
        if (c >= 128 || escapes[c] == NULL)
            continue;
        buf_add(out, text.s + from, i - from);
        buf_adds(out, escapes[c]);
        from = i + 1;
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

static bool is_name_start(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

bool xml_is_name(struct str name) {
    if (name.len == 0 || !is_name_start((unsigned char)name.s[0]))
        return false;
    for (size_t i = 1; i < name.len; i++) {
        unsigned char c = (unsigned char)name.s[i];
        if (!is_name_start(c) && !(c >= '0' && c <= '9') && c != '.' && c != '-')
            return false;
    }
    return utf8_is_valid(name.s, name.len);
}

static void write_attrs(struct buf *out, const struct xml_node *n) {
    for (uint32_t i = 0; i < n->attr_count; i++) {
        const struct xml_attr *a = &n->attrs[i];
        if (a->ns.s != NULL) {
            char declared[24], qualified[256];
            snprintf(declared, sizeof(declared), "xmlns:n%u", i);
            snprintf(qualified, sizeof(qualified), "n%u:%s", i, a->name.s);
            xml_write_attr(out, declared, xml_view(&a->ns));
            xml_write_attr(out, qualified, xml_view(&a->value));
        } else {
            xml_write_attr(out, a->name.s, xml_view(&a->value));
        }
    }
}

void xml_write_node(struct buf *out, const struct xml_node *n, const char *parent_ns) {
    if (xml_is_text(n)) {
        xml_write_text(out, xml_view(&n->text));
        return;
    }
    buf_addc(out, '<');
    buf_add(out, n->name.s, n->name.len);
    if (strcmp(n->ns.s, parent_ns ? parent_ns : "") != 0)
        xml_write_attr(out, "xmlns", xml_view(&n->ns));
    write_attrs(out, n);
    if (n->first == NULL) {
        buf_lit(out, "/>");
        return;
    }
    buf_addc(out, '>');
    for (const struct xml_node *c = n->first; c != NULL; c = c->next)
        xml_write_node(out, c, n->ns.s);
    buf_lit(out, "</");
    buf_add(out, n->name.s, n->name.len);
    buf_addc(out, '>');
}
