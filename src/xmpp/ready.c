/* SPDX-License-Identifier: MIT */
/*
 * Stanzas for the owner, and the watch over a silent peer (RFC 6120 4.6). A blank would show that TCP lives,
 * not that the server does; so after a silence the server is sent a ping (XEP-0199 4.2), and any byte that
 * arrives, be it the answer, an error or something else, proves life. Feeding bytes does not move the
 * deadline: when it is due, it is looked at who was heard last.
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "xml/write.h"

void stream_heard(struct stream *s) {
    s->heard_ms = s->now_ms;
    s->is_pinged = false;
}

/* While we close, stanzas that still arrive are processed (4.4 rule 2). */
void stream_on_stanza(struct stream *s, const struct xml_node *stanza) {
    if (s->is_ready)
        s->callbacks.stanza(s->ctx, stanza);
}

/* The answer to our own ping is not the owner's business. */
static bool is_pong(const struct stream *s, const struct xml_node *iq) {
    struct str type = xml_attr_atom(iq, ATOM_TYPE), from = xml_attr_atom(iq, ATOM_FROM);
    return s->id[0] != '\0' && str_is(xml_attr_atom(iq, ATOM_ID), s->id) &&
           (str_is(type, "result") || str_is(type, "error")) && (from.s == NULL || str_is(from, s->domain));
}

void stream_on_iq(struct stream *s, const struct xml_node *iq) {
    if (is_pong(s, iq))
        s->id[0] = '\0';
    else
        stream_on_stanza(s, iq);
}

static void ping(struct stream *s) {
    size_t from = buf_len(&s->out);
    random_id(s->id);
    buf_addf(&s->out, "<iq type='get' id='%s'", s->id);
    xml_write_attr(&s->out, "to", str_of(s->domain));
    buf_lit(&s->out, "><ping xmlns='" NS_PING "'/></iq>");
    stream_wrote(s, from);
    s->is_pinged = true;
    s->deadline_ms = s->now_ms + s->timeout_ms;
}

void stream_check_alive(struct stream *s) {
    if (s->is_pinged)
        stream_timed_out(s);
    else if (s->now_ms - s->heard_ms >= s->keepalive_ms)
        ping(s);
    else
        s->deadline_ms = s->heard_ms + s->keepalive_ms;
}
