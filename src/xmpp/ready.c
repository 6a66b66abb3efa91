/* SPDX-License-Identifier: MIT */
/*
 * The stream in use: stanzas both ways, and questions to the server. A question is <r/> where stream
 * management is on (XEP-0198 4), else a ping (XEP-0199). Its answer proves three things at once: the peer is
 * alive, the way back is open, and, for a server handles a stream in order (RFC 6120 10.1), what was sent
 * before the question has arrived. One question is out at a time: after some stanzas, a moment after the
 * first of fewer, or when it has been silent for the time of keepalive. Silence after it is the end (RFC 6120
 * 4.6.4).
 *
 * Nothing is rearmed when a byte arrives: when the deadline is due, it is looked at who was heard last.
 * Implements: XEP-0199 2.0.1
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "xml/write.h"

enum {
    /* With <r/>, which is cheap, and with pings, which are an iq each. */
    ASK_COUNT = 32,
    PING_COUNT = 256,
    ASK_DELAY_MS = 500,
    PING_DELAY_MS = 5000,
    PATIENCE = 4, /* a peer that talks but does not acknowledge: so many times the timeout */
};

static bool is_managed(const struct stream *s) {
    return s->sm != NULL && sm_is_on(s->sm);
}

void stream_heard(struct stream *s) {
    s->heard_ms = s->now_ms;
    s->is_heard = true;
}

/* ---- questions ---- */

static void keep_bytes(struct stream *s, size_t from) {
    sm_sent(s->sm, buf_data(&s->out) + from, buf_len(&s->out) - from, s->now_ms + s->wall_offset_ms);
}

static void write_ping(struct stream *s) {
    size_t from = buf_len(&s->out);
    random_id(s->id);
    buf_addf(&s->out, "<iq type='get' id='%s'", s->id);
    xml_write_attr(&s->out, "to", str_of(s->domain));
    if (s->is_component)
        xml_write_attr(&s->out, "from", str_of(s->domain));
    buf_lit(&s->out, "><ping xmlns='" NS_PING "'/></iq>");
    stream_wrote(s, from);
    if (s->sm_asked) /* a stanza that the server counts, if it takes the <enable/> before it (XEP-0198 4) */
        keep_bytes(s, from);
}

static void write_request(struct stream *s) {
    size_t from = buf_len(&s->out);
    buf_lit(&s->out, "<r xmlns='" NS_SM "'/>");
    stream_wrote(s, from);
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static bool is_enough(const struct stream *s) {
    return s->unasked >= (is_managed(s) ? (size_t)ASK_COUNT : (size_t)PING_COUNT) && !s->is_asked;
}

static int64_t ask_due_ms(const struct stream *s) {
    if (s->unasked == 0 || s->is_asked)
        return INT64_MAX;
    if (s->is_hurried || (s->sm_asked && is_enough(s)))
        return s->unasked_ms;
    return s->unasked_ms + (is_managed(s) ? ASK_DELAY_MS : PING_DELAY_MS);
}

/* The latest moment at which the peer may be silent. */
static int64_t silence_due_ms(const struct stream *s) {
    if (s->is_asked && !s->is_heard)
        return s->asked_ms + s->timeout_ms;
    return s->heard_ms + s->keepalive_ms;
}

static int64_t patience_due_ms(const struct stream *s) {
    return s->is_asked && is_managed(s) ? s->asked_ms + PATIENCE * (int64_t)s->timeout_ms : INT64_MAX;
}

static void set_deadline(struct stream *s) {
    s->deadline_ms = earlier(earlier(ask_due_ms(s), silence_due_ms(s)), patience_due_ms(s));
}

void stream_hurry(struct stream *s, bool is_hurried) {
    s->is_hurried = is_hurried;
    if (s->state == STATE_READY)
        set_deadline(s);
}

static void ask(struct stream *s) {
    s->is_asked = true;
    s->is_heard = false;
    s->asked_ms = s->now_ms;
    s->unasked = 0;
    if (is_managed(s))
        write_request(s);
    else
        write_ping(s);
    s->asked_count = s->sm != NULL ? sm_live_count(s->sm) : 0;
    set_deadline(s);
}

void stream_answered(struct stream *s) {
    s->is_asked = false;
    if (s->unasked > 0)
        s->unasked_ms = s->now_ms;
    if (s->state == STATE_READY)
        set_deadline(s);
}

static void give_up(struct stream *s) {
    if (s->is_asked && is_managed(s))
        sm_unanswered(s->sm);
    stream_timed_out(s);
}

void stream_check_alive(struct stream *s) {
    bool is_silent = s->now_ms >= silence_due_ms(s);
    bool is_owed = s->is_asked && (is_managed(s) || !s->is_heard);
    if ((is_silent && is_owed) || s->now_ms >= patience_due_ms(s))
        give_up(s);
    else if (is_silent || s->now_ms >= ask_due_ms(s))
        ask(s);
    else
        set_deadline(s);
}

/* ---- stanzas ---- */

void stream_keep(struct stream *s, size_t from) {
    stream_wrote(s, from);
    if (s->sm == NULL)
        return;
    keep_bytes(s, from);
    if (s->unasked++ == 0)
        s->unasked_ms = s->now_ms;
    if (s->state != STATE_READY)
        return;
    if (is_enough(s) && !s->sm_asked) /* a ping that counts waits: the owner may have a mark for this one */
        ask(s);
    else
        s->deadline_ms = earlier(s->deadline_ms, ask_due_ms(s));
}

void stream_become_ready(struct stream *s) {
    s->is_ready = true;
    s->id[0] = '\0';
    stream_change_state(s, STATE_READY);
    s->deadline_ms = earlier(s->deadline_ms, ask_due_ms(s));
}

void stream_handled(struct stream *s) {
    if (s->is_handling && !s->is_freed && is_managed(s))
        sm_handled(s->sm);
    s->is_handling = false;
}

/* While we close, stanzas that still arrive are processed (4.4 rule 2). What was handled is counted after it
 * was (XEP-0198 4), whatever the owner did meanwhile. */
void stream_on_stanza(struct stream *s, const struct xml_node *stanza) {
    if (!s->is_ready)
        return;
    s->is_handling = true;
    s->callbacks.stanza(s->ctx, stanza);
    stream_handled(s);
}

/* The answer to our own ping is not the owner's business. A component pings itself: the request comes back by
 * way of the server, which proves the same. */
/* Whatever the answer is: a server without XEP-0199 has handled what was before it, too. */
static bool is_pong(const struct stream *s, const struct xml_node *iq) {
    struct str type = xml_attr_atom(iq, ATOM_TYPE), from = xml_attr_atom(iq, ATOM_FROM);
    bool is_back =
        str_is(type, "result") || str_is(type, "error") || (s->is_component && str_is(type, "get"));
    return s->id[0] != '\0' && str_is(xml_attr_atom(iq, ATOM_ID), s->id) && is_back &&
           (from.s == NULL || str_is(from, s->domain));
}

/* Of a ping of before <enabled/>. An <a/> may have told since of some of what it proves: what is left is
 * asked for by the question that is the right one now. */
static void take_old_pong(struct stream *s) {
    sm_handled(s->sm);
    if (s->unasked == 0)
        s->unasked = sm_live_count(s->sm);
}

static void take_pong(struct stream *s) {
    s->id[0] = '\0';
    if (s->sm == NULL)
        return stream_answered(s);
    if (is_managed(s))
        take_old_pong(s);
    else
        sm_release(s->sm, s->asked_count);
    stream_answered(s);
}

void stream_on_iq(struct stream *s, const struct xml_node *iq) {
    if (is_pong(s, iq))
        take_pong(s);
    else
        stream_on_stanza(s, iq);
}
