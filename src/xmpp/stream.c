/* SPDX-License-Identifier: MIT */
/*
 * The owner's verbs. Each one enters, works, and leaves: a stream that was freed by a callback goes when the
 * last verb on the stack leaves, so that no handler has to ask whether its stream still exists.
 * Implements: XEP-0352 1.0.0
 */
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include "base/mem.h"
#include "xmpp/ns.h"

#include <assert.h>

enum { TIMEOUT_MS = 15000, KEEPALIVE_MS = 60000 };

/* ---- birth and death ---- */

static char **copy_names(const char *const *names) {
    size_t count = 0;
    while (names[count] != NULL)
        count++;
    char **copy = mem_array(NULL, count + 1, sizeof(*copy));
    for (size_t i = 0; i <= count; i++)
        copy[i] = mem_strdup(names[i]);
    return copy;
}

static void set_choice(struct stream *s, const struct stream_options *options) {
    s->mechanisms = options->mechanisms != NULL ? copy_names(options->mechanisms) : NULL;
    s->choice.allowed = s->mechanisms;
    s->choice.has_password = options->password != NULL;
    s->choice.has_certificate = options->has_certificate;
    s->choice.memory = options->memory;
}

struct stream *stream_new(const struct stream_options *options, const struct stream_callbacks *callbacks,
                          void *ctx) {
    struct stream *s = mem_new(struct stream);
    struct xml_limits limits = {.stanza_len = options->stanza_len,
                                .as_client = options->is_component ? NS_COMPONENT_ACCEPT : NULL};
    s->node = mem_strdup(options->node);
    s->domain = mem_strdup(options->domain);
    s->resource = mem_strdup(options->resource);
    s->password = mem_strdup(options->password);
    s->lang = mem_strdup(options->lang != NULL ? options->lang : "en");
    set_choice(s, options);
    s->tls = options->tls;
    s->framing = options->framing;
    s->timeout_ms = options->timeout_ms != 0 ? options->timeout_ms : TIMEOUT_MS;
    s->keepalive_ms = options->keepalive_ms != 0 ? options->keepalive_ms : KEEPALIVE_MS;
    s->sm = options->sm;
    s->wall_offset_ms = options->wall_offset_ms;
    s->known = options->known;
    s->no_resume = options->no_resume;
    s->is_patient = options->is_patient;
    s->is_component = options->is_component;
    s->registration = options->registration;
    s->legacy_auth = options->legacy_auth && options->node != NULL && options->password != NULL;
    s->callbacks = *callbacks;
    s->ctx = ctx;
    s->deadline_ms = INT64_MAX;
    s->parser = xml_parser_new(&limits);
    return s;
}

static void free_strings(struct stream *s) {
    for (char **name = s->mechanisms; name != NULL && *name != NULL; name++)
        mem_free(*name);
    mem_free(s->mechanisms);
    mem_free_secret(s->password);
    mem_free(s->node);
    mem_free(s->domain);
    mem_free(s->resource);
    mem_free(s->lang);
    mem_free(s->peer_lang);
    mem_free(s->nonce);
    mem_free(s->authzid);
    mem_free(s->jid);
    mem_free(s->stream_id);
}

static void free_bindings(struct stream *s) {
    for (size_t i = 0; i < s->binding_count; i++) {
        mem_free((char *)s->bindings[i].type);
        mem_free((char *)s->bindings[i].data.s);
    }
    mem_free(s->bindings);
}

static void destroy(struct stream *s) {
    sasl_free(s->sasl);
    choice_finish(&s->choice);
    buf_finish(&s->offers);
    free_bindings(s);
    xml_parser_free(s->parser);
    buf_finish(&s->out);
    buf_finish(&s->message_lens);
    free_strings(s);
    mem_free(s);
}

void stream_free(struct stream *s) {
    if (s == NULL)
        return;
    s->is_freed = true;
    s->state = STATE_CLOSED;
    if (s->depth == 0)
        destroy(s);
}

void stream_fix_nonce(struct stream *s, const char *nonce) {
    mem_free(s->nonce);
    s->nonce = mem_strdup(nonce);
}

void stream_enter(struct stream *s, int64_t now_ms) {
    s->depth++;
    s->now_ms = now_ms;
}

void stream_leave(struct stream *s) {
    if (--s->depth == 0 && s->is_freed)
        destroy(s);
}

/* ---- the road ---- */

void stream_open(struct stream *s, int64_t now_ms) {
    assert(s->state == STATE_NEW);
    stream_enter(s, now_ms);
    s->is_secured = s->tls == STREAM_TLS_DIRECT;
    stream_restart(s);
    stream_leave(s);
}

/* In a message it is the end of an element that did not begin. */
static void on_root_end(struct stream *s) {
    static const struct xml_error stray = {XML_FAULT_NOT_WELL_FORMED, "an end tag without a start tag", 0};
    if (s->framing == STREAM_FRAMING_WEBSOCKET) {
        stream_on_bad_xml(s, &stray);
        return;
    }
    stream_trace_text(s, "</stream:stream>");
    stream_on_peer_close(s);
}

static void on_event(struct stream *s, enum xml_event event, const struct xml_node *node) {
    switch (event) {
    case XML_OPEN:
        stream_trace_in(s, node);
        if (s->state == STATE_OPENING) /* in CLOSING it is of no interest any more */
            stream_on_header(s, node);
        break;
    case XML_STANZA:
        stream_trace_in(s, node);
        if (s->framing == STREAM_FRAMING_WEBSOCKET)
            stream_on_message(s, node);
        else
            stream_dispatch(s, node);
        break;
    case XML_CLOSE:
        on_root_end(s);
        break;
    default:
        stream_on_bad_xml(s, xml_parser_error(s->parser));
    }
}

void stream_parse(struct stream *s, const char *bytes, size_t len) {
    struct xml_node *node = NULL;
    enum xml_event event;
    xml_parser_feed(s->parser, bytes, len);
    while (s->state != STATE_CLOSED && (event = xml_parser_next(s->parser, &node)) != XML_MORE)
        on_event(s, event, node);
}

void stream_feed(struct stream *s, const char *bytes, size_t len, int64_t now_ms) {
    assert(s->state != STATE_NEW);
    stream_enter(s, now_ms);
    stream_heard(s);
    if (s->state == STATE_TLS) /* 5.4.3.3 */
        stream_give_up(s, STREAM_END_ERROR, "policy-violation", "clear text during the TLS handshake");
    else if (s->state != STATE_CLOSED && s->framing == STREAM_FRAMING_WEBSOCKET)
        stream_feed_message(s, bytes, len);
    else if (s->state != STATE_CLOSED)
        stream_parse(s, bytes, len);
    stream_leave(s);
}

static void copy_bindings(struct stream *s, const struct stream_tls_info *info) {
    s->bindings = mem_array(NULL, info->binding_count, sizeof(*s->bindings));
    s->binding_count = info->binding_count;
    for (size_t i = 0; i < info->binding_count; i++) {
        const struct stream_binding *b = &info->bindings[i];
        s->bindings[i].type = mem_strdup(b->type);
        s->bindings[i].data = (struct str){mem_strndup(b->data.s, b->data.len), b->data.len};
    }
    s->choice.bindings = s->bindings;
    s->choice.binding_count = s->binding_count;
    s->choice.is_tls_1_3 = info->version != NULL && strcmp(info->version, "TLSv1.3") == 0;
}

void stream_secured(struct stream *s, const struct stream_tls_info *info, int64_t now_ms) {
    if (s->state == STATE_CLOSED)
        return;
    assert(s->state == STATE_TLS || s->state == STATE_NEW);
    stream_enter(s, now_ms);
    if (s->state == STATE_NEW)
        s->tls = STREAM_TLS_DIRECT;
    s->is_secured = true;
    if (info != NULL)
        copy_bindings(s, info);
    stream_restart(s); /* 5.4.3.3 */
    stream_leave(s);
}

int64_t stream_deadline_ms(const struct stream *s) {
    return s->deadline_ms;
}

void stream_tick(struct stream *s, int64_t now_ms) {
    stream_enter(s, now_ms);
    if (s->now_ms >= s->deadline_ms)
        stream_expire(s);
    stream_leave(s);
}

void stream_lost(struct stream *s, const char *why) {
    if (s->state == STATE_CLOSED)
        return;
    stream_enter(s, s->now_ms);
    stream_transport_lost(s, why);
    stream_leave(s);
}

/* RFC 6121 4.5.1: say goodbye to those who see our presence. */
static void write_unavailable(struct stream *s) {
    size_t from = buf_len(&s->out);
    buf_lit(&s->out, "<presence type='unavailable'/>");
    stream_keep(s, from);
    stream_handled(s); /* it made the owner close */
    if (s->sm != NULL && sm_is_on(s->sm))
        stream_write_ack(s);
}

void stream_close(struct stream *s, int64_t now_ms) {
    if (s->state == STATE_CLOSED || s->state == STATE_CLOSING)
        return;
    stream_enter(s, now_ms);
    if (s->state == STATE_READY && !s->is_component)
        write_unavailable(s);
    if (s->is_open) {
        stream_write_close(s);
        stream_change_state(s, STATE_CLOSING);
    } else {
        stream_finish_closing(s);
    }
    stream_leave(s);
}

void stream_reset(struct stream *s, const char *why, int64_t now_ms) {
    if (s->state == STATE_CLOSED)
        return;
    stream_enter(s, now_ms);
    stream_fault(s, "reset", "%s", why);
    stream_leave(s);
}

/* ---- bytes to be written ---- */

struct buf *stream_out(struct stream *s) {
    return &s->out;
}

struct buf *stream_stanza_out(struct stream *s) {
    return stream_is_ready(s) ? &s->out : NULL;
}

void stream_sent(struct stream *s, size_t from, int64_t now_ms) {
    s->now_ms = now_ms;
    stream_keep(s, from);
}

bool stream_has_roster_versions(const struct stream *s) {
    return s->served.roster_versions;
}

const char *stream_peer_lang(const struct stream *s) {
    return s->peer_lang;
}

bool stream_has_csi(const struct stream *s) {
    return s->served.csi;
}

bool stream_is_ready(const struct stream *s) {
    return s->state == STATE_READY;
}

const char *stream_jid(const struct stream *s) {
    return stream_is_ready(s) ? s->jid : NULL;
}

void stream_set_active(struct stream *s, bool is_active) {
    size_t from = buf_len(&s->out);
    s->is_inactive = !is_active;
    if (!stream_is_ready(s) || !stream_has_csi(s))
        return;
    buf_addf(&s->out, "<%s xmlns='" NS_CSI "'/>", is_active ? "active" : "inactive");
    stream_wrote(s, from);
}
