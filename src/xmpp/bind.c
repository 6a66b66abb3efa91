/* SPDX-License-Identifier: MIT */
/*
 * A resource for the stream (RFC 6120 7), and the session of RFC 3921 where a server still insists on it. Our
 * own address is what the server says, never what we asked for (4.3.6, 7.6.1).
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/jid.h"
#include "base/mem.h"
#include "xml/stanza_error.h"
#include "xml/write.h"

enum { PART_MAX = 1023 }; /* octets of a part (RFC 7622 3.2-3.4) */

/* Writes the request; `payload` is well-formed already. */
static void ask(struct stream *s, const char *payload) {
    size_t from = buf_len(&s->out);
    random_id(s->id);
    buf_addf(&s->out, "<iq type='set' id='%s'>%s</iq>", s->id, payload);
    stream_wrote(s, from);
}

static void ask_for(struct stream *s, const char *resource) {
    struct buf b = BUF_INIT;
    buf_lit(&b, "<bind xmlns='" NS_BIND "'>");
    if (resource != NULL) {
        buf_lit(&b, "<resource>");
        xml_write_text(&b, str_of(resource));
        buf_lit(&b, "</resource>");
    }
    buf_lit(&b, "</bind>");
    s->asks_resource = resource != NULL;
    ask(s, buf_data(&b));
    buf_finish(&b);
}

/* A session of before is not to be had (any more). What is said first in the new one waits neither for the
 * address nor for each other's answers. */
static void greet(struct stream *s) {
    size_t from = buf_len(&s->out);
    if (s->sm != NULL && !s->sm_inline) {
        sm_lost(s->sm);
        stream_enable(s);
    }
    if (s->callbacks.greet != NULL)
        s->callbacks.greet(s->ctx);
    s->is_greeted = buf_len(&s->out) > from;
}

void stream_begin_bind(struct stream *s) {
    ask_for(s, s->resource);
    stream_change_state(s, STATE_BIND);
    if (!s->served.session_wanted && !s->is_patient)
        greet(s);
}

bool stream_is_answer(const struct stream *s, const struct xml_node *iq) {
    struct str type = xml_attr_atom(iq, ATOM_TYPE);
    return (str_is(type, "result") || str_is(type, "error")) && str_is(xml_attr_atom(iq, ATOM_ID), s->id);
}

/* The condition of an error stanza, as far as it is one (8.3.2). */
static const char *condition_of(const struct xml_node *iq, char *out) {
    struct stanza_error error;
    stanza_error_read(&error, iq);
    return quote_condition(out, error.condition);
}

static void refused(struct stream *s, const struct xml_node *iq, const char *what) {
    struct stanza_error error;
    char condition[CONDITION_LEN], said[QUOTE_LEN];
    stanza_error_read(&error, iq);
    quote_condition(condition, error.condition);
    s->was_hasty = s->state == STATE_BIND && s->is_greeted;
    stream_rejected(s, STREAM_END_ERROR, condition, "the server refuses %s: %s%s", what, condition,
                    quote_text(said, error.text));
}

void stream_become_bound(struct stream *s) {
    stream_become_ready(s);
    if (!s->is_greeted)
        greet(s);
    s->callbacks.ready(s->ctx, s->jid);
}

/* localpart@domain/resource, each with 1 to 1023 octets. The server's form is accepted as it is: it may
 * prepare by other rules than ours. */
bool stream_is_full_jid(struct str text) {
    struct jid_parts p;
    if (text.s == NULL || jid_split(text, &p) != 0 || p.node.s == NULL || p.resource.s == NULL)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.s[i] < 0x20 || text.s[i] == 0x7f)
            return false;
    return p.node.len <= PART_MAX && p.host.len <= PART_MAX && p.resource.len <= PART_MAX;
}

static void take_jid(struct stream *s, const struct xml_node *iq) {
    const struct xml_node *answer = xml_child(iq, "bind", NS_BIND);
    struct str jid = answer != NULL ? xml_text(xml_child(answer, "jid", NS_BIND)) : STR_NONE;
    if (!stream_is_full_jid(jid)) { /* 7.6.1: it must be there */
        stream_fault(s, "undefined-condition", "the server's answer to the binding has no address for us");
        return;
    }
    s->jid = mem_strndup(jid.s, jid.len);
    if (s->served.session_wanted) {
        ask(s, "<session xmlns='" NS_SESSION "'/>");
        stream_change_state(s, STATE_SESSION);
    } else {
        stream_become_bound(s);
    }
}

void stream_on_bound(struct stream *s, const struct xml_node *iq) {
    char condition[CONDITION_LEN];
    if (!stream_is_answer(s, iq))
        stream_refuse_early(s, iq);
    else if (str_is(xml_attr_atom(iq, ATOM_TYPE), "result"))
        take_jid(s, iq);
    else if (s->asks_resource && !s->is_greeted && strcmp(condition_of(iq, condition), "conflict") == 0)
        ask_for(s, NULL); /* 7.7.2.2: once more, and the server makes one (7.6) */
    else
        refused(s, iq, "the resource");
}

void stream_on_session(struct stream *s, const struct xml_node *iq) {
    if (!stream_is_answer(s, iq))
        return; /* somebody else's, who cannot be answered yet */
    if (str_is(xml_attr_atom(iq, ATOM_TYPE), "result"))
        stream_become_bound(s);
    else
        refused(s, iq, "the session");
}
