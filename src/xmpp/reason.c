/* SPDX-License-Identifier: MIT */
/*
 * Every way in which a stream ends leads through conclude(): once, with a text that tells people what
 * happened, in which step, and what to do about it where that is known.
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/utf8.h"

#include <stdio.h>

/* ---- what is still said ---- */

void stream_write_close(struct stream *s) {
    if (!s->is_open)
        return;
    stream_write_end(s);
    s->is_open = false;
}

static void write_error(struct stream *s, const char *condition) { /* 4.9.2 */
    if (!s->is_open)
        return;
    size_t from = buf_len(&s->out);
    buf_addf(&s->out, "<stream:error><%s xmlns='" NS_STREAM_ERRORS "'/></stream:error>", condition);
    stream_wrote(s, from);
}

/* ---- the end ---- */

/* A text that was cut may end in half a character. */
static void mend(char *text) {
    size_t len = strlen(text);
    while (len > 0 && !utf8_is_valid(text, len))
        text[--len] = '\0';
}

/* STARTTLS was tried though it was not offered (RFC 7590 3.1): whatever came of it, that is what people must
 * know. */
static void explain_starttls(const struct stream *s, struct stream_reason *r) {
    char tail[sizeof(r->text)];
    bool is_answer = r->by_peer || r->end == STREAM_END_TIMEOUT || r->end == STREAM_END_TRANSPORT ||
                     r->end == STREAM_END_TLS_REFUSED;
    if (s->state != STATE_STARTTLS || s->starttls_offered || !is_answer)
        return;
    memcpy(tail, r->text, sizeof(tail));
    r->end = STREAM_END_TLS_REFUSED;
    snprintf(r->text, sizeof(r->text), "the server offers no STARTTLS, without which nobody logs in (%.150s)",
             tail);
}

/* It was asked to resume the session, and this is what came of it; that the login failed says nothing. */
static void note_resumption(struct stream *s, const struct stream_reason *r) {
    bool is_asked = s->state == STATE_RESUME || (s->state == STATE_AUTH2 && (s->asked & MEMORY_RESUME));
    bool is_answer = r->end == STREAM_END_ERROR || r->end == STREAM_END_PEER ||
                     r->end == STREAM_END_TIMEOUT || r->end == STREAM_END_TRANSPORT;
    if (is_asked && is_answer)
        sm_not_resumed(s->sm);
}

/* RFC 6120 7.1: stanzas before the resource is there. Some servers see those behind the request for it so. */
static bool was_too_early(const struct stream *s, const struct stream_reason *r) {
    bool is_refused = r->by_peer && strcmp(r->condition, "not-authorized") == 0;
    return s->state == STATE_BIND && s->is_greeted &&
           (is_refused || r->end == STREAM_END_PEER || r->end == STREAM_END_TIMEOUT);
}

static void conclude(struct stream *s, struct stream_reason *r) {
    explain_starttls(s, r);
    note_resumption(s, r);
    r->asked_too_much = s->was_hasty || s->comes_back || was_too_early(s, r);
    stream_token_in_vain(s, r);
    mend(r->text);
    stream_write_close(s);
    sasl_free(s->sasl);
    s->sasl = NULL;
    stream_change_state(s, STATE_CLOSED);
    if (s->sm != NULL && r->end == STREAM_END_CLOSED) /* XEP-0198 7: what is closed in order is not resumed */
        sm_lost(s->sm);
    else if (s->sm != NULL)
        sm_detached(s->sm);
    s->callbacks.closed(s->ctx, r);
}

static void fill(struct stream_reason *r, const char *condition, const char *fmt, va_list ap) {
    snprintf(r->condition, sizeof(r->condition), "%s", condition);
    vsnprintf(r->text, sizeof(r->text), fmt, ap);
}

void stream_give_up(struct stream *s, enum stream_end end, const char *condition, const char *fmt, ...) {
    struct stream_reason r = {.end = end, .by_peer = false};
    va_list ap;
    va_start(ap, fmt);
    fill(&r, condition, fmt, ap);
    va_end(ap);
    conclude(s, &r);
}

void stream_rejected(struct stream *s, enum stream_end end, const char *condition, const char *fmt, ...) {
    struct stream_reason r = {.end = end, .by_peer = true};
    va_list ap;
    va_start(ap, fmt);
    fill(&r, condition, fmt, ap);
    va_end(ap);
    conclude(s, &r);
}

void stream_fault(struct stream *s, const char *condition, const char *fmt, ...) {
    struct stream_reason r = {.end = STREAM_END_ERROR, .by_peer = false};
    va_list ap;
    va_start(ap, fmt);
    fill(&r, condition, fmt, ap);
    va_end(ap);
    write_error(s, condition); /* 4.9.1.1: the error, then the close */
    conclude(s, &r);
}

void stream_finish_closing(struct stream *s) { /* 4.4 rules 3 and 4 */
    stream_give_up(s, STREAM_END_CLOSED, "", "closed");
}

/* ---- the peer's stream error (4.9) ---- */

static const struct condition {
    const char *name, *hint;
} conditions[] = {
    {"bad-format", ""},
    {"bad-namespace-prefix", ""},
    {"conflict", " (another client logged in with the same resource)"},
    {"connection-timeout", ""},
    {"host-gone", " (the server does not serve this domain any more)"},
    {"host-unknown", " (the server does not serve this domain; check `jid:` or `component:`, and `server:`)"},
    {"improper-addressing", ""},
    {"internal-server-error", ""},
    {"invalid-from", ""},
    {"invalid-namespace", ""},
    {"invalid-xml", ""},
    {"not-authorized", ""},
    {"not-well-formed", ""},
    {"policy-violation", " (something was too large, too often or too fast for the server)"},
    {"remote-connection-failed", ""},
    {"reset", ""},
    {"resource-constraint", " (the server is overloaded)"},
    {"restricted-xml", ""},
    {"see-other-host", " (the server sends us elsewhere)"},
    {"system-shutdown", " (the server is being shut down)"},
    {"undefined-condition", ""},
    {"unsupported-encoding", ""},
    {"unsupported-feature", ""},
    {"unsupported-stanza-type", ""},
    {"unsupported-version", ""},
};

/* 4.9.2: a condition that is not known counts as undefined-condition. */
static const struct condition *condition_of(const struct xml_node *element) {
    const struct condition *undefined = NULL;
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        if (element != NULL && str_is(xml_view(&element->name), conditions[i].name))
            return &conditions[i];
        if (strcmp(conditions[i].name, "undefined-condition") == 0)
            undefined = &conditions[i];
    }
    return undefined;
}

static const struct xml_node *condition_element(const struct xml_node *error) {
    const struct xml_node *e = xml_first_element(error);
    while (e != NULL && (!str_is(xml_view(&e->ns), NS_STREAM_ERRORS) || str_is(xml_view(&e->name), "text")))
        e = xml_next_element(e);
    return e;
}

/* 4.9.3.19: blanks may stand around it. */
static void take_place(struct stream_reason *r, struct str text) {
    static const char blanks[] = " \t\r\n";
    while (text.len > 0 && strchr(blanks, text.s[0]) != NULL)
        text = (struct str){text.s + 1, text.len - 1};
    while (text.len > 0 && strchr(blanks, text.s[text.len - 1]) != NULL)
        text.len--;
    if (text.len < sizeof(r->place) && memchr(text.s, '\0', text.len) == NULL)
        snprintf(r->place, sizeof(r->place), "%.*s", (int)text.len, text.len > 0 ? text.s : "");
}

void stream_on_error(struct stream *s, const struct xml_node *error) {
    const struct xml_node *element = condition_element(error);
    const struct condition *c = condition_of(element);
    struct str text = xml_text(xml_child(error, "text", NS_STREAM_ERRORS));
    char said[QUOTE_LEN];
    if (s->state == STATE_CLOSING) {
        stream_finish_closing(s);
        return;
    }
    if (s->state == STATE_HANDSHAKE && strcmp(c->name, "not-authorized") == 0) { /* XEP-0114 3 */
        stream_rejected(s, STREAM_END_AUTH_FINAL, c->name,
                        "the server does not let the component %s in: not-authorized (wrong secret, or no "
                        "component of this name)%s",
                        s->domain, quote_text(said, text));
        return;
    }
    if (text.len == 0 && element != NULL) /* the host of see-other-host (4.9.3.19) */
        text = xml_text(element);
    struct stream_reason r = {.end = STREAM_END_ERROR, .by_peer = true};
    snprintf(r.condition, sizeof(r.condition), "%s", c->name);
    snprintf(r.text, sizeof(r.text), "the server ended the stream with %s%s%s", c->name, c->hint,
             quote_text(said, text));
    if (strcmp(c->name, "see-other-host") == 0)
        take_place(&r, xml_text(element));
    conclude(s, &r);
}

/* ---- its close, its silence, the loss of the connection ---- */

/* ", while waiting for the stream features", or nothing once the stream is ready. */
static const char *meanwhile(const struct stream *s, char out[QUOTE_LEN]) {
    const char *awaits = stream_awaits(s);
    snprintf(out, QUOTE_LEN, "%s%s", awaits[0] != '\0' ? ", while we waited for " : "", awaits);
    return out;
}

void stream_on_peer_close(struct stream *s) { /* 4.4 */
    char during[QUOTE_LEN];
    if (s->state == STATE_CLOSING) {
        if (s->sm != NULL) /* in order: what came before our close was handled before it (10.1) */
            sm_release(s->sm, sm_live_count(s->sm));
        stream_finish_closing(s);
    } else {
        stream_rejected(s, STREAM_END_PEER, "", "the server closed the stream%s", meanwhile(s, during));
    }
}

void stream_timed_out(struct stream *s) { /* 4.6.2, 4.9.3.4 */
    double seconds = s->timeout_ms / 1000.0;
    if (s->sm != NULL && sm_is_on(s->sm)) /* what is closed in order cannot be resumed (XEP-0198 7) */
        s->is_open = false;
    write_error(s, "connection-timeout");
    if (s->state == STATE_READY)
        stream_give_up(s, STREAM_END_TIMEOUT, "connection-timeout",
                       "the server has fallen silent: no answer to a ping within %g s", seconds);
    else
        stream_give_up(s, STREAM_END_TIMEOUT, "connection-timeout",
                       "no answer within %g s while we waited for %s", seconds, stream_awaits(s));
}

void stream_transport_lost(struct stream *s, const char *why) {
    char during[QUOTE_LEN];
    s->is_open = false; /* nobody would read it */
    if (s->state == STATE_CLOSING)
        stream_finish_closing(s);
    else if (s->state == STATE_TLS || s->state == STATE_NEW) /* the reason is the connection's own */
        stream_give_up(s, STREAM_END_TRANSPORT, "", "%s", why);
    else
        stream_give_up(s, STREAM_END_TRANSPORT, "", "%s%s", why, meanwhile(s, during));
}

/* ---- what the peer must not send ---- */

static const char *const fault_conditions[] = {
    [XML_FAULT_NOT_WELL_FORMED] = "not-well-formed", /* 4.9.3.13, 11.3 */
    [XML_FAULT_RESTRICTED] = "restricted-xml",       /* 4.9.3.18, 11.1 */
    [XML_FAULT_POLICY] = "policy-violation",         /* 4.9.3.14, 13.12 */
    [XML_FAULT_ENCODING] = "unsupported-encoding",   /* 4.9.3.22, 11.6 */
};

void stream_on_bad_xml(struct stream *s, const struct xml_error *error) {
    const char *condition = fault_conditions[error->fault];
    if (s->state == STATE_CLOSING)
        stream_finish_closing(s);
    else
        stream_fault(s, condition, "the server sent %s (%s)%s", error->text, condition,
                     s->state == STATE_OPENING && !s->is_secured ? "; is this the port for XMPP clients?"
                                                                 : "");
}

static bool is_foreign_content(struct str ns) { /* 4.8.3 */
    return str_is(ns, NS_SERVER) || str_is(ns, NS_COMPONENT_ACCEPT);
}

void stream_refuse_element(struct stream *s, const struct xml_node *node) {
    char name[QUOTE_LEN];
    if (is_foreign_content(xml_view(&node->ns)))
        stream_fault(s, "invalid-namespace", "the server sent an element that is not for clients%s",
                     quote_text(name, xml_view(&node->ns)));
    else
        stream_fault(s, "unsupported-stanza-type", "the server sent an element that does not belong here%s",
                     quote_text(name, xml_view(&node->name)));
}

static bool is_stanza(const struct xml_node *node) {
    return xml_is(node, "message", NS_CLIENT) || xml_is(node, "presence", NS_CLIENT) ||
           xml_is(node, "iq", NS_CLIENT);
}

void stream_refuse_early(struct stream *s, const struct xml_node *node) {
    if (is_stanza(node))
        stream_fault(s, "not-authorized", "the server sent a stanza while we waited for %s",
                     stream_awaits(s));
    else
        stream_refuse_element(s, node);
}
