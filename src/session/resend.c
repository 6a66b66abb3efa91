/* SPDX-License-Identifier: MIT */
/*
 * resend: what a session that is over left behind: stanzas that nobody acknowledged. They may have arrived;
 * the id, which stays, is how a receiver can tell (XEP-0198 4).
 *
 *   message                   again, with the time at which it was sent first (XEP-0203)
 *   iq result, error          again: somebody waits for it
 *   presence of subscription  again
 *   other presence            no: it told of the session that is over; rooms are entered anew
 *   iq get, set               no: who sent it was told that it is lost
 *   with a mark               no: the owner is told, and has its own ways
 *
 * Our own bytes are parsed for that; this is the rare road.
 */
#include "session/internal.h"

#include "session/delay.h"

#include "xml/parse.h"
#include "xml/write.h"
#include "xmpp/ns.h"

/* ---- one stanza, from text to tree ---- */

struct parsed {
    struct xml_parser *parser;
    struct xml_node *node; /* NULL: no stanza */
};

static void parse(struct parsed *p, const struct buf *text) {
    static const char root[] = "<stream:stream xmlns='" NS_CLIENT "' xmlns:stream='" NS_STREAM "'>";
    struct xml_limits limits = {.stanza_len = SM_BYTES_MAX};
    struct xml_node *node = NULL;
    p->parser = xml_parser_new(&limits);
    p->node = NULL;
    xml_parser_feed(p->parser, root, sizeof(root) - 1);
    while (xml_parser_next(p->parser, &node) == XML_OPEN)
        continue;
    xml_parser_feed(p->parser, buf_data(text), buf_len(text));
    if (xml_parser_next(p->parser, &node) == XML_STANZA)
        p->node = node;
}

/* ---- again ---- */

static bool is_subscription(struct str type) {
    return str_is(type, "subscribe") || str_is(type, "subscribed") || str_is(type, "unsubscribe") ||
           str_is(type, "unsubscribed");
}

static bool is_sent_again(const struct xml_node *n) {
    struct str type = xml_attr_atom(n, ATOM_TYPE);
    if (n->name.atom == ATOM_IQ)
        return str_is(type, "result") || str_is(type, "error");
    return n->name.atom == ATOM_MESSAGE || is_subscription(type);
}

/* XEP-0203 4: when it was sent first. A stanza that says so already was sent again before. */
static bool wants_delay(const struct xml_node *n) {
    return n->name.atom == ATOM_MESSAGE && xml_child(n, "body", NULL) != NULL &&
           xml_child(n, "delay", NS_DELAY) == NULL;
}

static bool send_again(struct session *s, const struct buf *text, int64_t said_ms) {
    struct parsed p;
    parse(&p, text);
    bool again = p.node != NULL && is_sent_again(p.node);
    if (again) {
        struct buf *out = stream_stanza_out(s->stream);
        size_t from = buf_len(out);
        if (wants_delay(p.node))
            delay_write(out, (struct str){buf_data(text), buf_len(text)}, said_ms);
        else
            buf_add(out, buf_data(text), buf_len(text));
        session_sent(s, from);
    }
    xml_parser_free(p.parser);
    return again;
}

/* The owner's: what is marked. */
static void give_back(struct session *s, uint64_t mark) {
    if (s->callbacks.unproven != NULL)
        s->callbacks.unproven(s->ctx, mark);
}

void session_resend(struct session *s) {
    struct buf text = BUF_INIT;
    int64_t said_ms;
    size_t count = 0;
    while (stream_is_ready(s->stream)) {
        uint64_t mark = sm_old_mark(s->sm);
        if (!sm_take_old(s->sm, &text, &said_ms))
            break;
        if (mark != 0)
            give_back(s, mark);
        else
            count += send_again(s, &text, said_ms);
        buf_clear(&text);
    }
    buf_finish(&text);
    if (count > 0)
        log_info(s->shared.log, session_name(s), "%zu stanzas of the session before are sent again", count);
}

/* ---- back to the sender ---- */

static void write_bounce(struct buf *out, const struct xml_node *n) {
    struct str to = xml_attr_atom(n, ATOM_TO), id = xml_attr_atom(n, ATOM_ID);
    struct str from = xml_attr_atom(n, ATOM_FROM);
    buf_lit(out, "<message type='error'");
    if (to.s != NULL)
        xml_write_attr(out, "from", to);
    if (from.s != NULL) /* one of a component's addresses */
        xml_write_attr(out, "to", from);
    if (id.s != NULL)
        xml_write_attr(out, "id", id);
    buf_lit(out, ">");
    for (const struct xml_node *child = xml_first_element(n); child != NULL; child = xml_next_element(child))
        xml_write_node(out, child, NS_CLIENT);
    buf_lit(out, "<error type='wait'><recipient-unavailable xmlns='" NS_STANZAS "'/><text xmlns='" NS_STANZAS
                 "'>the connection was lost before it was "
                 "delivered</text></error></message>");
}

static bool bounce(struct session *s, const struct buf *text) {
    struct parsed sent, back;
    struct buf answer = BUF_INIT;
    parse(&sent, text);
    bool counts = sent.node != NULL && sent.node->name.atom == ATOM_MESSAGE &&
                  !str_is(xml_attr_atom(sent.node, ATOM_TYPE), "error");
    if (counts) {
        write_bounce(&answer, sent.node);
        parse(&back, &answer);
        if (back.node != NULL)
            s->callbacks.stanza(s->ctx, back.node);
        xml_parser_free(back.parser);
    }
    buf_finish(&answer);
    xml_parser_free(sent.parser);
    return counts;
}

void session_bounce(struct session *s) {
    struct buf text = BUF_INIT;
    int64_t said_ms;
    size_t count = 0;
    sm_lost(s->sm);
    for (uint64_t mark = sm_old_mark(s->sm); sm_take_old(s->sm, &text, &said_ms); mark = sm_old_mark(s->sm)) {
        if (mark != 0)
            give_back(s, mark);
        else
            count += bounce(s, &text);
        buf_clear(&text);
    }
    buf_finish(&text);
    if (count > 0)
        log_warn(s->shared.log, session_name(s), "%zu messages could not be delivered", count);
}
