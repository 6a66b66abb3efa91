/* SPDX-License-Identifier: MIT */
/*
 * The whole negotiation at a glance (RFC 6120 4.3): what each state accepts, what it waits for, how long. An
 * element that no row names goes to `otherwise`; a stream error is accepted everywhere (4.9.1.2).
 * Implements: RFC 6120
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include <assert.h>

enum { CLOSE_MS = 2000 }; /* "a reasonable amount of time" (4.4): a service manager does not wait longer */

typedef void element_handler(struct stream *s, const struct xml_node *node);

struct element_row {
    const char *name, *ns;
    element_handler *handle;
};

enum span { NO_DEADLINE, STEP, KEEPALIVE, CLOSE };

struct state_row {
    const char *name;
    const char *awaits; /* for people: "no answer while waiting for …" */
    enum span span;
    void (*expire)(struct stream *s);
    const struct element_row *elements; /* ended by a row without name */
    element_handler *otherwise;
};

static void ignore(struct stream *s, const struct xml_node *node) {
    (void)s, (void)node;
}

#define END                                                                                                  \
    { NULL, NULL, NULL }

static const struct element_row none[] = {END};
static const struct element_row features[] = {{"features", NS_STREAM, stream_on_features}, END};
static const struct element_row starttls[] = {
    {"proceed", NS_TLS, stream_on_proceed}, {"failure", NS_TLS, stream_on_tls_failure}, END};
static const struct element_row auth[] = {{"challenge", NS_SASL, stream_on_challenge},
                                          {"success", NS_SASL, stream_on_success},
                                          {"failure", NS_SASL, stream_on_auth_failure},
                                          END};
static const struct element_row registration[] = {{"iq", NS_CLIENT, stream_on_registration}, END};
static const struct element_row legacy[] = {{"iq", NS_CLIENT, stream_on_legacy}, END};
/* XEP-0388 */
static const struct element_row auth2[] = {{"challenge", NS_SASL2, stream_on_challenge2},
                                           {"success", NS_SASL2, stream_on_success2},
                                           {"failure", NS_SASL2, stream_on_failure2},
                                           {"continue", NS_SASL2, stream_on_continue},
                                           END};
/* The session is there; anything that it may bring can come before the features do. */
static const struct element_row bound[] = {{"features", NS_STREAM, stream_on_late_features}, END};
static const struct element_row handshake[] = {{"handshake", NS_CLIENT, stream_on_handshake}, END};
static const struct element_row resume[] = {
    {"resumed", NS_SM, stream_on_resumed}, {"failed", NS_SM, stream_on_not_resumed}, END};
/* What is said behind the request may be answered before it is understood to be too early. */
static const struct element_row bind[] = {
    {"iq", NS_CLIENT, stream_on_bound}, {"failed", NS_SM, stream_on_not_enabled}, END};
/* Bound, other people may write to us already; nobody is there yet to read it. */
static const struct element_row session[] = {{"iq", NS_CLIENT, stream_on_session},
                                             {"message", NS_CLIENT, ignore},
                                             {"presence", NS_CLIENT, ignore},
                                             END};
static const struct element_row stanzas[] = {{"message", NS_CLIENT, stream_on_stanza},
                                             {"presence", NS_CLIENT, stream_on_stanza},
                                             {"iq", NS_CLIENT, stream_on_iq},
                                             {"r", NS_SM, stream_on_request},
                                             {"a", NS_SM, stream_on_ack},
                                             {"enabled", NS_SM, stream_on_enabled},
                                             {"failed", NS_SM, stream_on_not_enabled},
                                             {"features", NS_STREAM, stream_on_late_features},
                                             END};

static const struct state_row rows[STATE_COUNT] = {
    [STATE_NEW] = {"NEW", "", NO_DEADLINE, NULL, none, ignore},
    [STATE_OPENING] = {"OPENING", "the server's stream header", STEP, stream_timed_out, none, ignore},
    [STATE_FEATURES] = {"FEATURES", "the stream features", STEP, stream_timed_out, features,
                        stream_refuse_early},
    [STATE_STARTTLS] = {"STARTTLS", "the answer to STARTTLS", STEP, stream_timed_out, starttls,
                        stream_refuse_early},
    [STATE_TLS] = {"TLS", "the TLS handshake", STEP, stream_timed_out, none, ignore},
    [STATE_AUTH] = {"AUTH", "the answer to the login", STEP, stream_timed_out, auth, stream_refuse_early},
    [STATE_REGISTER] = {"REGISTER", "the answer to the registration", STEP, stream_timed_out, registration,
                        stream_refuse_early},
    [STATE_LEGACY] = {"LEGACY", "the answer to the login", STEP, stream_timed_out, legacy,
                      stream_refuse_early},
    [STATE_AUTH2] = {"AUTH2", "the answer to the login", STEP, stream_timed_out, auth2, stream_refuse_early},
    [STATE_BOUND] = {"BOUND", "the stream features", STEP, stream_timed_out, bound, stream_on_early},
    [STATE_HANDSHAKE] = {"HANDSHAKE", "the answer to the handshake", STEP, stream_timed_out, handshake,
                         stream_refuse_early},
    [STATE_RESUME] = {"RESUME", "the session to be resumed", STEP, stream_timed_out, resume,
                      stream_refuse_early},
    [STATE_BIND] = {"BIND", "the resource", STEP, stream_timed_out, bind, stream_refuse_early},
    [STATE_SESSION] = {"SESSION", "the session", STEP, stream_timed_out, session, stream_refuse_element},
    [STATE_READY] = {"READY", "", KEEPALIVE, stream_check_alive, stanzas, stream_refuse_element},
    [STATE_CLOSING] = {"CLOSING", "the server to close", CLOSE, stream_finish_closing, stanzas, ignore},
    [STATE_CLOSED] = {"CLOSED", "", NO_DEADLINE, NULL, none, ignore},
};

static int64_t span_ms(const struct stream *s, enum span span) {
    switch (span) {
    case STEP:
        return s->timeout_ms;
    case KEEPALIVE:
        return s->keepalive_ms;
    case CLOSE:
        return s->timeout_ms < CLOSE_MS ? s->timeout_ms : CLOSE_MS;
    default:
        return INT64_MAX;
    }
}

void stream_change_state(struct stream *s, enum state to) {
    assert(s->state != STATE_CLOSED);
    enum span span = rows[to].span;
    s->state = to;
    s->deadline_ms = span == NO_DEADLINE ? INT64_MAX : s->now_ms + span_ms(s, span);
}

void stream_dispatch(struct stream *s, const struct xml_node *node) {
    const struct state_row *row = &rows[s->state];
    if (node->name.atom == ATOM_ERROR && xml_is(node, "error", NS_STREAM)) {
        stream_on_error(s, node);
        return;
    }
    for (const struct element_row *e = row->elements; e->name != NULL; e++)
        if (xml_is(node, e->name, e->ns)) {
            e->handle(s, node);
            return;
        }
    row->otherwise(s, node);
}

void stream_expire(struct stream *s) {
    if (rows[s->state].expire != NULL)
        rows[s->state].expire(s);
}

const char *stream_awaits(const struct stream *s) {
    return rows[s->state].awaits;
}

const char *stream_state_name(const struct stream *s) {
    return rows[s->state].name;
}
