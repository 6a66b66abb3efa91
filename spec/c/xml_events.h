/* SPDX-License-Identifier: MIT */
/*
 * xml_events: what the parser tells about some bytes, as text that can be compared, for any cutting of them.
 *
 *   open stream{http://etherx.jabber.org/streams}
 *   stanza message{jabber:client}[to=a,{urn:a}b=1]("text",body{jabber:client}("hi"))
 *   close
 *   bad restricted
 *
 * The last line, where nothing is wrong, is "pending N". No markup is written, so that this tells apart what
 * a writer would not.
 */
#ifndef COUPLET_SPEC_XML_EVENTS_H
#define COUPLET_SPEC_XML_EVENTS_H

#include "base/buf.h"
#include "xml/parse.h"

static const char *const fault_names[] = {"not-well-formed", "restricted", "policy", "encoding"};

static inline void dump_node(struct buf *out, const struct xml_node *n) {
    if (xml_is_text(n)) {
        buf_addf(out, "\"%s\"", n->text.s);
        if (strlen(n->text.s) != n->text.len)
            buf_adds(out, "(wrong length)");
        return;
    }
    buf_addf(out, "%s{%s}", n->name.s, n->ns.s);
    for (uint32_t i = 0; i < n->attr_count; i++) {
        const struct xml_attr *a = &n->attrs[i];
        buf_adds(out, i == 0 ? "[" : ",");
        if (a->ns.s != NULL)
            buf_addf(out, "{%s}", a->ns.s);
        buf_addf(out, "%s=%s", a->name.s, a->value.s);
        if (strlen(a->value.s) != a->value.len || strlen(a->name.s) != a->name.len)
            buf_adds(out, "(wrong length)");
    }
    buf_adds(out, n->attr_count > 0 ? "]" : "");
    for (const struct xml_node *c = n->first; c != NULL; c = c->next) {
        buf_adds(out, c == n->first ? "(" : ",");
        dump_node(out, c);
        if (c->parent != n)
            buf_adds(out, "(wrong parent)");
    }
    buf_adds(out, n->first != NULL ? ")" : "");
}

static inline void dump_event(struct buf *out, enum xml_event event, struct xml_parser *p,
                              const struct xml_node *node) {
    static const char *const names[] = {"more", "open ", "stanza ", "close", "bad "};
    buf_adds(out, names[event]);
    if (event == XML_OPEN || event == XML_STANZA)
        dump_node(out, node);
    if (event == XML_BAD)
        buf_adds(out, fault_names[xml_parser_error(p)->fault]);
    buf_addc(out, '\n');
}

/* Feeds a copy of its own of exactly these bytes, so that reading beyond them, or keeping them, is seen by
 * the sanitizers. Returns the last event: XML_MORE or XML_BAD. */
static inline enum xml_event events_feed(struct buf *out, struct xml_parser *p, const char *bytes,
                                         size_t len) {
    struct buf copy = BUF_INIT;
    struct xml_node *node = NULL;
    enum xml_event event;
    if (len > 0)
        memcpy(buf_reserve(&copy, len), bytes, len);
    xml_parser_feed(p, buf_data(&copy), len);
    while ((event = xml_parser_next(p, &node)) != XML_MORE && event != XML_BAD)
        dump_event(out, event, p, node);
    if (event == XML_BAD)
        dump_event(out, event, p, NULL);
    buf_finish(&copy);
    return event;
}

/* In two pieces, cut at `cut`, and each of these in pieces of `step` bytes. */
static inline void events_of(struct buf *out, const struct xml_limits *limits, const char *bytes, size_t len,
                             size_t cut, size_t step) {
    struct xml_parser *p = xml_parser_new(limits);
    enum xml_event event = XML_MORE;
    for (size_t at = 0, n; at < len && event == XML_MORE; at += n) {
        size_t end = at < cut ? cut : len;
        n = end - at < step ? end - at : step;
        event = events_feed(out, p, bytes + at, n);
    }
    if (event == XML_MORE)
        buf_addf(out, "pending %zu\n", xml_parser_pending(p));
    xml_parser_free(p);
}

#endif
