/* SPDX-License-Identifier: MIT */
/*
 * What arrives in messages (RFC 7395 3.3): each is a document of one element. The parser, which reads
 * streams, is given a root that nobody sees, so that a message is a first-level element like any other and
 * everything behind it is as it is over TCP. That there was exactly one is checked here: a second one when it
 * comes, none or half of one when the message ends. Messages may arrive in pieces of any size; none is kept.
 *
 * An XML declaration is not recommended and allowed (3.3.3); expat would not take it behind the root, so it
 * is left out here. That the text is UTF-8 is checked below, for each message (RFC 6455 8.1).
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include <assert.h>

enum { DECLARATION_MOST = 128 }; /* bytes; what XML 1.0 2.8 allows is shorter */

static const char mark[] = "<?xml"; /* of a declaration, when a blank follows */
enum { MARK_LEN = sizeof(mark) - 1 };

void stream_begin_document(struct stream *s) {
    static const char root[] = "<s>";
    struct xml_node *node;
    xml_parser_reset(s->parser);
    if (s->framing != STREAM_FRAMING_WEBSOCKET)
        return;
    xml_parser_feed(s->parser, root, sizeof(root) - 1);
    enum xml_event opened = xml_parser_next(s->parser, &node);
    enum xml_event rest = xml_parser_next(s->parser, &node);
    assert(opened == XML_OPEN && rest == XML_MORE);
    (void)opened, (void)rest;
}

static void refuse(struct stream *s, const char *what) {
    if (s->state == STATE_CLOSING)
        stream_finish_closing(s);
    else
        stream_fault(s, "not-well-formed", "the server sent a WebSocket message %s", what);
}

/* ---- its front ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One byte of what may be a declaration; false: the message's content begins with this byte. */
static bool step(struct message *m, char c) {
    if (m->part == MESSAGE_DECLARATION) {
        m->part = c == '>' ? MESSAGE_CONTENT : MESSAGE_DECLARATION;
        m->front_len++;
        return true;
    }
    if (m->front_len < MARK_LEN && c == mark[m->front_len]) {
        m->front_len++;
        return true;
    }
    bool is_declaration = m->front_len == MARK_LEN && is_blank(c);
    m->part = is_declaration ? MESSAGE_DECLARATION : MESSAGE_CONTENT;
    return is_declaration;
}

/* Returns how much of it is a declaration, or could be. What looked like one and is none goes to the parser.
 */
static size_t skip_front(struct stream *s, const char *bytes, size_t len) {
    struct message *m = &s->message;
    size_t n = 0, before = m->front_len;
    bool was_mark = m->part == MESSAGE_FRONT;
    while (n < len && m->part != MESSAGE_CONTENT && step(m, bytes[n]))
        n++;
    if (m->front_len > DECLARATION_MOST)
        refuse(s, "with an endless XML declaration");
    else if (m->part == MESSAGE_CONTENT && was_mark && m->front_len <= MARK_LEN) {
        if (before > 0)
            stream_parse(s, mark, before); /* of the pieces before */
        n = 0;
    }
    return n;
}

/* ---- the whole ---- */

void stream_feed_message(struct stream *s, const char *bytes, size_t len) {
    struct message *m = &s->message;
    size_t skipped = 0;
    if (len > 0 && m->part == MESSAGE_FRONT && m->front_len == 0 && bytes[0] != '<') {
        refuse(s, "that does not begin with '<'"); /* 3.3.3 */
        return;
    }
    if (m->part != MESSAGE_CONTENT)
        skipped = skip_front(s, bytes, len);
    if (s->state != STATE_CLOSED && skipped < len)
        stream_parse(s, bytes + skipped, len - skipped);
}

void stream_message_end(struct stream *s, int64_t now_ms) {
    if (s->state == STATE_CLOSED)
        return;
    assert(s->framing == STREAM_FRAMING_WEBSOCKET);
    stream_enter(s, now_ms);
    bool is_whole = s->message.has_element && xml_parser_pending(s->parser) == 0;
    s->message = (struct message){0};
    if (!is_whole)
        refuse(s, "that is not one whole element");
    stream_leave(s);
}

/* see-other-uri (3.6.1) is for people: another place is nothing that a server may choose for us unasked. */
static void on_close(struct stream *s, const struct xml_node *close) {
    struct str uri = xml_attr(close, "see-other-uri");
    char said[QUOTE_LEN];
    if (s->state == STATE_CLOSING || uri.s == NULL)
        stream_on_peer_close(s);
    else
        stream_rejected(s, STREAM_END_PEER, "",
                        "the server closed the stream and sends us elsewhere; name that place in `server:`%s",
                        quote_text(said, uri));
}

void stream_on_message(struct stream *s, const struct xml_node *node) {
    bool is_framing = str_is(xml_view(&node->ns), NS_FRAMING);
    if (s->message.has_element)
        refuse(s, "with more than one element");
    else if (is_framing && str_is(xml_view(&node->name), "close"))
        on_close(s, node);
    else if (s->state == STATE_OPENING && !xml_is(node, "error", NS_STREAM)) /* 3.4 */
        stream_on_header(s, node);
    else if (is_framing && s->state != STATE_CLOSING)
        stream_refuse_element(s, node);
    else
        stream_dispatch(s, node);
    s->message.has_element = true;
}
