/* SPDX-License-Identifier: MIT */
/*
 * The elements of stream management (XEP-0198): enabling it, resuming a session, and the acks. The counters
 * and the queue are sm.c's; when to ask for an ack is ready.c's. None of these elements is ever waited for
 * before stanzas may flow, but <resumed/>.
 * Implements: XEP-0198 1.6.3
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/mem.h"
#include "xml/write.h"

#include <inttypes.h>

/* Nobody asked for it. While we close, it does not matter any more. */
static void refuse(struct stream *s, const struct xml_node *node) {
    if (s->state != STATE_CLOSING)
        stream_refuse_element(s, node);
}

/* ---- enabling (3) ---- */

void stream_write_enable(const struct stream *s, struct buf *out) {
    buf_addf(out, "<enable xmlns='" NS_SM "'%s/>", s->no_resume ? "" : " resume='true'");
}

void stream_enable(struct stream *s) {
    if (s->sm == NULL || !s->served.sm)
        return;
    size_t from = buf_len(&s->out);
    stream_write_enable(s, &s->out);
    stream_wrote(s, from);
    sm_start(s->sm);
    s->sm_asked = true;
}

static bool is_true(struct str text) { /* xs:boolean */
    return str_is(text, "true") || str_is(text, "1");
}

/* A number of digits alone; what is beyond 64 bits ends there. False when the attribute is missing or no such
 * number. */
static bool read_number(const struct xml_node *node, const char *name, uint64_t *out) {
    struct str text = xml_attr(node, name);
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] < '0' || text.s[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text.s[i] - '0');
        value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
    }
    *out = value;
    return text.len > 0;
}

/* xs:unsignedInt. */
static bool read_count(const struct xml_node *node, const char *name, uint32_t *out) {
    uint64_t value;
    if (!read_number(node, name, &value) || value > UINT32_MAX || xml_attr(node, name).len > 10)
        return false;
    *out = (uint32_t)value;
    return true;
}

/* xs:positiveInteger, which has no end: what is too long for us is as long as we can count. 0: not stated. */
static uint32_t read_max(const struct xml_node *node) {
    uint64_t value;
    if (!read_number(node, "max", &value))
        return 0;
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void stream_on_enabled(struct stream *s, const struct xml_node *node) {
    if (!s->sm_asked) {
        refuse(s, node);
        return;
    }
    s->sm_asked = false;
    struct str id = !s->no_resume && is_true(xml_attr(node, "resume")) ? xml_attr(node, "id") : STR_NONE;
    sm_enabled(s->sm, id, xml_attr(node, "location"), read_max(node), s->jid);
}

/* Without it pings tell what has arrived. */
void stream_on_not_enabled(struct stream *s, const struct xml_node *node) {
    if (s->sm_asked)
        s->sm_asked = false;
    else
        refuse(s, node);
}

/* ---- acks (4) ---- */

void stream_write_ack(struct stream *s) {
    size_t from = buf_len(&s->out);
    buf_addf(&s->out, "<a xmlns='" NS_SM "' h='%" PRIu32 "'/>", sm_h(s->sm));
    stream_wrote(s, from);
}

void stream_on_request(struct stream *s, const struct xml_node *node) {
    if (s->sm == NULL || !sm_is_on(s->sm))
        refuse(s, node);
    else if (s->is_open)
        stream_write_ack(s);
}

/* The server acknowledges what was never sent, or takes back what it acknowledged (4): it is not the session
 * that we know, and will not become it. */
static void refuse_count(struct stream *s, uint32_t h) {
    uint32_t sent = sm_count(s->sm);
    size_t from = buf_len(&s->out);
    sm_lost(s->sm);
    if (s->is_open) {
        buf_addf(&s->out,
                 "<stream:error><undefined-condition xmlns='" NS_STREAM_ERRORS
                 "'/><handled-count-too-high xmlns='" NS_SM "' h='%" PRIu32 "' send-count='%" PRIu32
                 "'/></stream:error>",
                 h, sent);
        stream_wrote(s, from);
    }
    stream_give_up(s, STREAM_END_ERROR, "undefined-condition",
                   "the server acknowledges %" PRIu32 " stanzas, of %" PRIu32 " that were sent", h, sent);
}

static void answered(struct stream *s) {
    sm_answered(s->sm);
    stream_answered(s);
}

void stream_on_ack(struct stream *s, const struct xml_node *node) {
    uint32_t h;
    if (s->sm == NULL || !sm_is_on(s->sm))
        refuse(s, node);
    else if (!read_count(node, "h", &h))
        stream_fault(s, "invalid-xml", "an acknowledgement of the server's has no number");
    else if (sm_ack(s->sm, h) != 0)
        refuse_count(s, h);
    else
        answered(s);
}

/* ---- resuming (5) ---- */

void stream_write_resume(struct stream *s, struct buf *out) {
    buf_addf(out, "<resume xmlns='" NS_SM "' h='%" PRIu32 "'", sm_h(s->sm));
    xml_write_attr(out, "previd", str_of(sm_id(s->sm)));
    buf_lit(out, "/>");
}

bool stream_begin_resume(struct stream *s) {
    if (s->sm == NULL || s->no_resume || !s->served.sm || !sm_can_resume(s->sm))
        return false;
    size_t from = buf_len(&s->out);
    stream_write_resume(s, &s->out);
    stream_wrote(s, from);
    stream_change_state(s, STATE_RESUME);
    return true;
}

static void write_again(void *ctx, struct str bytes, int64_t wall_ms) {
    struct stream *s = ctx;
    size_t from = buf_len(&s->out);
    (void)wall_ms;
    buf_add(&s->out, bytes.s, bytes.len);
    stream_wrote(s, from);
    if (s->unasked++ == 0)
        s->unasked_ms = s->now_ms;
}

void stream_on_resumed(struct stream *s, const struct xml_node *node) {
    uint32_t h;
    if (!str_is(xml_attr(node, "previd"), sm_id(s->sm)) || !read_count(node, "h", &h)) {
        stream_fault(s, "undefined-condition",
                     "the server resumes another session than the one it was asked for");
        return;
    }
    if (sm_ack(s->sm, h) != 0) {
        refuse_count(s, h);
        return;
    }
    sm_resumed(s->sm);
    s->jid = mem_strdup(sm_jid(s->sm));
    sm_each_live(s->sm, write_again, s);
    stream_become_ready(s);
    (s->callbacks.resumed != NULL ? s->callbacks.resumed : s->callbacks.ready)(s->ctx, s->jid);
}

/* What the server has handled it may say here too (5): those need not be sent again. */
void stream_forget_session(struct stream *s, const struct xml_node *failed) {
    uint32_t h;
    if (read_count(failed, "h", &h))
        sm_ack(s->sm, h);
    sm_lost(s->sm);
}

void stream_on_not_resumed(struct stream *s, const struct xml_node *node) {
    stream_forget_session(s, node);
    stream_begin_bind(s);
}
