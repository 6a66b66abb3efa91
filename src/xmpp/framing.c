/* SPDX-License-Identifier: MIT */
/*
 * How what we write stands on the wire. Over TCP: inside of one <stream:stream> (RFC 6120 4.2). Over
 * WebSocket: each element is a message and a document of its own, between <open/> and <close/> (RFC 7395 3).
 * The rest of the machine writes the same in both cases and tells stream_wrote() of every element; here its
 * length is noted, so that the owner can send message by message, and the namespaces that over TCP the root
 * declares are put in. messages.c is the other direction. WebSocket's own frames are not known here
 * (net/websocket.h).
 * Implements: RFC 7395
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "xml/write.h"

enum { LENS_KEEP = 64 };

static bool is_framed(const struct stream *s) {
    return s->framing == STREAM_FRAMING_WEBSOCKET;
}

/* ---- out ---- */

void stream_write_header(struct stream *s) {
    struct buf *out = &s->out;
    size_t from = buf_len(out);
    if (is_framed(s))
        buf_lit(out, "<open xmlns='" NS_FRAMING "'"); /* RFC 7395 3.4 */
    else
        buf_lit(out, "<?xml version='1.0'?><stream:stream"); /* 11.5; never standalone */
    xml_write_attr(out, "to", str_of(s->domain));            /* 4.7.2: the JID's domain */
    if (s->is_secured && s->node != NULL) {                  /* 4.7.1: who we are is told under TLS only */
        struct buf from_jid = BUF_INIT;
        buf_addf(&from_jid, "%s@%s", s->node, s->domain);
        xml_write_attr(out, "from", (struct str){buf_data(&from_jid), buf_len(&from_jid)});
        buf_finish(&from_jid);
    }
    if (s->is_component) { /* XEP-0114 3: its name, and nothing else */
        buf_lit(out, " xmlns='" NS_COMPONENT_ACCEPT "' xmlns:stream='" NS_STREAM "'>");
        stream_wrote(s, from);
        return;
    }
    buf_lit(out, " version='1.0'");                   /* 4.7.5 rule 1 */
    xml_write_attr(out, "xml:lang", str_of(s->lang)); /* 4.7.4 */
    if (is_framed(s))
        buf_lit(out, "/>");
    else
        buf_lit(out, " xmlns='" NS_CLIENT "' xmlns:stream='" NS_STREAM "'>"); /* 4.8.5; nothing else */
    stream_wrote(s, from);
}

void stream_write_end(struct stream *s) {
    size_t from = buf_len(&s->out);
    if (is_framed(s))
        buf_lit(&s->out, "<close xmlns='" NS_FRAMING "'/>"); /* RFC 7395 3.6 */
    else
        buf_lit(&s->out, "</stream:stream>");
    stream_wrote(s, from);
}

static bool is_name_end(char c) {
    return strchr(" \t\r\n/>", c) != NULL;
}

/* Behind the value that stands in quotes at `p`, or behind that character. */
static const char *skip_value(const char *p, const char *end) {
    const char *close = *p == '"' || *p == '\'' ? memchr(p + 1, *p, (size_t)(end - p - 1)) : NULL;
    return close != NULL ? close + 1 : p + 1;
}

/* The text of a start tag up to its '>'. */
static struct str start_tag(const char *at, const char *end) {
    const char *p = at;
    while (p < end && *p != '>')
        p = skip_value(p, end);
    return (struct str){at, (size_t)(p - at)};
}

/* Has the tag an attribute of this name? */
static bool declares(struct str tag, const char *name) {
    size_t len = strlen(name);
    const char *end = tag.s + tag.len;
    for (const char *p = tag.s + 1; p + len < end; p = skip_value(p, end))
        if (is_name_end(p[-1]) && memcmp(p, name, len) == 0 && strchr("= \t\r\n", p[len]) != NULL)
            return true;
    return false;
}

/* What the element at `from` needs and over TCP would have from the root: its namespace (RFC 7395 3.3.3). */
static const char *missing_namespace(struct str tag, size_t name_len) {
    static const char prefix[] = "<stream:";
    if (tag.len > sizeof(prefix) - 1 && memcmp(tag.s, prefix, sizeof(prefix) - 1) == 0)
        return declares(tag, "xmlns:stream") ? "" : " xmlns:stream='" NS_STREAM "'";
    if (memchr(tag.s, ':', name_len) != NULL)
        return "";
    return declares(tag, "xmlns") ? "" : " xmlns='" NS_CLIENT "'";
}

static void insert(struct buf *b, size_t at, const char *text) {
    size_t len = strlen(text), tail = buf_len(b) - at;
    char *end = buf_reserve(b, len);
    memmove(end - tail + len, end - tail, tail);
    memcpy(end - tail, text, len);
    buf_commit(b, len);
}

void stream_frame(struct stream *s, size_t from) {
    if (!is_framed(s) || buf_len(&s->out) == from)
        return;
    const char *at = buf_data(&s->out) + from, *end = buf_data(&s->out) + buf_len(&s->out);
    struct str tag = start_tag(at, end);
    size_t name_len = 0;
    while (name_len < tag.len && !is_name_end(tag.s[name_len]))
        name_len++;
    insert(&s->out, from + name_len, missing_namespace(tag, name_len));
    uint32_t len = (uint32_t)(buf_len(&s->out) - from);
    buf_add(&s->message_lens, &len, sizeof(len));
}

size_t stream_next_message(struct stream *s) {
    uint32_t len = 0;
    if (buf_len(&s->message_lens) == 0)
        return 0;
    memcpy(&len, buf_data(&s->message_lens), sizeof(len));
    buf_consume(&s->message_lens, sizeof(len));
    if (buf_len(&s->message_lens) == 0)
        buf_release(&s->message_lens, LENS_KEEP);
    return len;
}
