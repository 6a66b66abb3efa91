/* SPDX-License-Identifier: MIT */
/*
 * stream: what transcripts cannot show: freeing in callbacks, what the verbs allow when, the trace and its
 * mask, the default limit, quotes of a peer's words. The talk itself is in spec/stream.
 */
#include "check.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#define HEADER "<stream:stream version='1.0' xmlns='jabber:client' xmlns:stream='" NS_STREAM "'>"
#define LOGIN                                                                                                \
    "<stream:features><mechanisms xmlns='" NS_SASL                                                           \
    "'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
#define BIND "<stream:features><bind xmlns='" NS_BIND "'/></stream:features>"

enum act { NOTHING, FREE, CLOSE, LOSE, SLEEP };

/* An owner that notes what it is told, and may do something about it. */
struct owner {
    struct stream *stream;
    int starttls, ready, stanzas, closed;
    struct stream_reason reason;
    enum act at_starttls, at_ready, at_stanza, at_closed;
    struct buf trace;
};

static void act(struct owner *o, enum act what) {
    if (what == FREE)
        stream_free(o->stream);
    else if (what == CLOSE)
        stream_close(o->stream, 0);
    else if (what == LOSE)
        stream_lost(o->stream, "lost in a callback");
    else if (what == SLEEP)
        stream_set_active(o->stream, false);
}

static void on_starttls(void *ctx) {
    struct owner *o = ctx;
    o->starttls++;
    act(o, o->at_starttls);
}

static void on_ready(void *ctx, const char *full_jid) {
    struct owner *o = ctx;
    o->ready++;
    CHECK_STR(full_jid, "user@example.org/bot");
    CHECK_STR(stream_jid(o->stream), full_jid);
    act(o, o->at_ready);
}

static void on_stanza(void *ctx, const struct xml_node *stanza) {
    struct owner *o = ctx;
    o->stanzas++;
    CHECK(stanza->name.s != NULL);
    act(o, o->at_stanza);
}

static void on_closed(void *ctx, const struct stream_reason *reason) {
    struct owner *o = ctx;
    o->closed++;
    o->reason = *reason;
    act(o, o->at_closed);
}

static void on_trace(void *ctx, bool in, const char *text, size_t len) {
    struct owner *o = ctx;
    buf_adds(&o->trace, in ? "<- " : "-> ");
    buf_add(&o->trace, text, len);
    buf_addc(&o->trace, '\n');
}

static void start(struct owner *o, enum stream_tls tls) {
    static const struct stream_callbacks callbacks = {.starttls = on_starttls,
                                                      .ready = on_ready,
                                                      .stanza = on_stanza,
                                                      .closed = on_closed,
                                                      .trace = on_trace};
    static const char *const plain[] = {"PLAIN", NULL};
    struct stream_options options = {.node = "user",
                                     .domain = "example.org",
                                     .resource = "bot",
                                     .password = "secret",
                                     .mechanisms = plain,
                                     .tls = tls};
    o->stream = stream_new(&options, &callbacks, o);
    stream_open(o->stream, 0);
}

static void feed(struct owner *o, const char *text) {
    stream_feed(o->stream, text, strlen(text), 0);
}

/* Up to the request for a resource; the answer to it is appended to `answer`. */
static void log_in(struct owner *o, struct buf *answer) {
    feed(o, HEADER LOGIN);
    feed(o, "<success xmlns='" NS_SASL "'/>");
    feed(o, HEADER BIND);
    buf_addf(answer,
             "<iq type='result' id='%s'><bind xmlns='" NS_BIND
             "'><jid>user@example.org/bot</jid></bind></iq>",
             o->stream->id);
}

static void get_ready(struct owner *o) {
    struct buf answer = BUF_INIT;
    start(o, STREAM_TLS_NONE);
    log_in(o, &answer);
    feed(o, buf_data(&answer));
    buf_finish(&answer);
    CHECK(stream_is_ready(o->stream));
}

static void finish(struct owner *o) {
    stream_free(o->stream);
    buf_finish(&o->trace);
}

static void before_and_after_ready(void) {
    struct owner o = {0};
    start(&o, STREAM_TLS_NONE);
    CHECK(stream_stanza_out(o.stream) == NULL);
    CHECK(stream_jid(o.stream) == NULL);
    CHECK_STR(stream_state_name(o.stream), "OPENING");
    finish(&o);
    o = (struct owner){0};
    get_ready(&o);
    CHECK(stream_stanza_out(o.stream) == stream_out(o.stream));
    stream_close(o.stream, 0);
    CHECK(stream_stanza_out(o.stream) == NULL);
    CHECK(stream_jid(o.stream) == NULL);
    CHECK_INT(o.closed, 0);
    feed(&o, "</stream:stream>");
    CHECK_INT(o.closed, 1);
    CHECK_INT(stream_deadline_ms(o.stream), INT64_MAX);
    finish(&o);
}

/* The password is not kept once the login is done. */
static void password_is_forgotten(void) {
    struct owner o = {0};
    start(&o, STREAM_TLS_NONE);
    CHECK(o.stream->password != NULL);
    feed(&o, HEADER LOGIN "<success xmlns='" NS_SASL "'/>");
    CHECK(o.stream->password == NULL);
    CHECK(o.stream->sasl == NULL);
    finish(&o);
}

static void freed_when_ready(void) {
    struct owner o = {.at_ready = FREE};
    struct buf answer = BUF_INIT;
    start(&o, STREAM_TLS_NONE);
    log_in(&o, &answer);
    buf_adds(&answer, "<message/><message/>");
    feed(&o, buf_data(&answer));
    CHECK_INT(o.ready, 1);
    CHECK_INT(o.stanzas, 0);
    CHECK_INT(o.closed, 0);
    buf_finish(&answer);
    buf_finish(&o.trace);
}

static void freed_at_a_stanza(void) {
    struct owner o = {.at_stanza = FREE};
    get_ready(&o);
    feed(&o, "<message/><message/><rubbish");
    CHECK_INT(o.stanzas, 1);
    CHECK_INT(o.closed, 0);
    buf_finish(&o.trace);
}

static void freed_at_the_end(void) {
    static const char *const ends[] = {"</stream:stream>", "<stream:error/>", "<!-- -->", "<x/>",
                                       "</message>"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct owner o = {.at_closed = FREE};
        get_ready(&o);
        feed(&o, ends[i]);
        CHECK_INT(o.closed, 1);
        buf_finish(&o.trace);
    }
    struct owner o = {.at_closed = FREE};
    start(&o, STREAM_TLS_NONE);
    stream_tick(o.stream, 15000);
    CHECK_INT(o.closed, 1);
    buf_finish(&o.trace);
    o = (struct owner){.at_closed = FREE};
    start(&o, STREAM_TLS_NONE);
    stream_lost(o.stream, "gone");
    CHECK_INT(o.closed, 1);
    buf_finish(&o.trace);
}

static void freed_at_starttls(void) {
    struct owner o = {.at_starttls = FREE};
    start(&o, STREAM_TLS_REQUIRED);
    feed(&o, HEADER "<stream:features><starttls xmlns='" NS_TLS "'/></stream:features>");
    feed(&o, "<proceed xmlns='" NS_TLS "'/>");
    CHECK_INT(o.starttls, 1);
    CHECK_INT(o.closed, 0);
    buf_finish(&o.trace);
}

static void closed_at_a_stanza(void) {
    struct owner o = {.at_stanza = CLOSE};
    get_ready(&o);
    feed(&o, "<message/><message/></stream:stream>");
    CHECK_INT(o.stanzas, 2);
    CHECK_INT(o.closed, 1);
    CHECK_INT(o.reason.end, STREAM_END_CLOSED);
    finish(&o);
}

static void lost_at_a_stanza(void) {
    struct owner o = {.at_stanza = LOSE};
    get_ready(&o);
    feed(&o, "<message/><message/>");
    CHECK_INT(o.stanzas, 1);
    CHECK_INT(o.closed, 1);
    CHECK_INT(o.reason.end, STREAM_END_TRANSPORT);
    CHECK_STR(o.reason.text, "lost in a callback");
    finish(&o);
}

static void the_end_comes_once(void) {
    struct owner o = {.at_closed = CLOSE};
    get_ready(&o);
    feed(&o, "</stream:stream>");
    feed(&o, "<message/>");
    stream_lost(o.stream, "and gone");
    stream_close(o.stream, 0);
    stream_tick(o.stream, 1000000);
    stream_secured(o.stream, NULL, 0);
    CHECK_INT(o.closed, 1);
    CHECK_INT(o.reason.end, STREAM_END_PEER);
    finish(&o);
}

/* The default limit on a stanza, 256 KiB, holds while it is still incomplete, in whatever pieces it comes. */
static void default_limit(void) {
    struct owner o = {0};
    char *kib = mem_alloc(1025);
    memset(kib, 'x', 1024);
    kib[1024] = '\0';
    get_ready(&o);
    feed(&o, "<message><body>");
    for (int i = 0; i < 255; i++)
        feed(&o, kib);
    CHECK_INT(o.closed, 0);
    feed(&o, "</body></message><message><body>");
    CHECK_INT(o.stanzas, 1);
    for (int i = 0; i < 300; i++)
        feed(&o, kib);
    CHECK_INT(o.closed, 1);
    CHECK_STR(o.reason.condition, "policy-violation");
    CHECK(!o.reason.by_peer);
    mem_free(kib);
    finish(&o);
}

/* ---- the trace ---- */

static void trace_of_a_login(void) {
    struct owner o = {0};
    get_ready(&o);
    const char *trace = buf_data(&o.trace);
    CHECK_HAS(trace, "-> <?xml version='1.0'?><stream:stream to='example.org'");
    CHECK_HAS(trace, "-> <auth xmlns='" NS_SASL "' mechanism='PLAIN'>***</auth>\n");
    CHECK_HAS(trace, "<- <success xmlns='" NS_SASL "'/>\n");
    CHECK_HAS(trace, "<mechanism>PLAIN</mechanism>");
    CHECK(strstr(trace, "AHVzZXIAc2VjcmV0") == NULL); /* \0user\0secret */
    struct buf *out = stream_stanza_out(o.stream);
    size_t from = buf_len(out);
    buf_adds(out, "<presence/>");
    stream_sent(o.stream, from, 0);
    CHECK_HAS(buf_data(&o.trace), "-> <presence/>\n");
    feed(&o, "<message from='a@b'><body>hi</body></message></stream:stream>");
    CHECK_HAS(buf_data(&o.trace), "<- <message from='a@b'><body>hi</body></message>\n<- </stream:stream>\n");
    finish(&o);
}

/* The longest texts of a peer fit, and end in whole characters. */
static void long_reasons(void) {
    struct owner o = {0};
    struct buf error = BUF_INIT;
    get_ready(&o);
    buf_adds(&error,
             "<stream:error><host-unknown xmlns='" NS_STREAM_ERRORS "'/><text xmlns='" NS_STREAM_ERRORS "'>");
    for (int i = 0; i < 500; i++)
        buf_adds(&error, "\xe2\x82\xac");
    buf_adds(&error, "</text></stream:error>");
    feed(&o, buf_data(&error));
    CHECK_INT(o.closed, 1);
    CHECK_HAS(o.reason.text, "host-unknown");
    CHECK(strlen(o.reason.text) < sizeof(o.reason.text));
    CHECK_HAS(o.reason.text + strlen(o.reason.text) - 7, "\xe2\x82\xac");
    finish(&o);
    o = (struct owner){0};
    start(&o, STREAM_TLS_REQUIRED);
    feed(&o, HEADER "<stream:features/>");
    feed(&o, buf_data(&error)); /* told as the answer to a STARTTLS that was not offered, and longer */
    CHECK_INT(o.closed, 1);
    CHECK_HAS(o.reason.text, "offers no STARTTLS");
    CHECK(utf8_is_valid(o.reason.text, strlen(o.reason.text)));
    buf_finish(&error);
    finish(&o);
}

/* ---- with stream management ---- */

static void send(struct owner *o) {
    struct buf *out = stream_stanza_out(o->stream);
    size_t from = buf_len(out);
    buf_lit(out, "<message/>");
    stream_sent(o->stream, from, 0);
}

/* A ping behind <enable/> is a stanza of ours, too; what the owner marks is its own. */
static void marks_are_of_the_owners_stanzas(void) {
    enum { COUNT = 256 }; /* so many are asked after */
    struct owner o = {0};
    struct sm *sm = sm_new();
    get_ready(&o);
    o.stream->sm = sm;
    o.stream->sm_asked = true;
    for (uint64_t i = 1; i <= COUNT; i++) {
        send(&o);
        sm_mark(sm, i);
    }
    stream_tick(o.stream, 0);
    CHECK_HAS(buf_data(stream_out(o.stream)), NS_PING);
    CHECK_INT(sm_live_count(sm), COUNT + 1);
    CHECK_INT(sm_ack(sm, COUNT), 0);
    for (uint64_t i = 1; i <= COUNT; i++)
        CHECK_INT(sm_take_proven(sm), i);
    CHECK_INT(sm_take_proven(sm), 0);
    finish(&o);
    sm_free(sm);
}

/* Who ends the stream because of a stanza has handled it (XEP-0198 4). */
static void what_ends_it_was_handled(void) {
    struct owner o = {.at_stanza = CLOSE};
    struct sm *sm = sm_new();
    get_ready(&o);
    o.stream->sm = sm;
    sm_enabled(sm, STR_LIT("an-id"), STR_NONE, 0, "user@example.org/bot");
    feed(&o, "<message/>");
    CHECK_HAS(buf_data(stream_out(o.stream)), "<a xmlns='" NS_SM "' h='1'/></stream:stream>");
    CHECK_INT(sm_h(sm), 1);
    feed(&o, "<message/>");
    CHECK_INT(sm_h(sm), 2);
    finish(&o);
    sm_free(sm);
}

/* What stood behind the request for a resource may be why nothing comes of it (RFC 6120 7.1): the next stream
 * waits. */
static void too_early_behind_the_request(void) {
    static const char *const ends[] = {"<stream:error><not-authorized xmlns='" NS_STREAM_ERRORS
                                       "'/></stream:error>",
                                       "</stream:stream>", NULL};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        for (int is_greeted = 0; is_greeted < 2; is_greeted++) {
            struct owner o = {0};
            struct buf answer = BUF_INIT;
            start(&o, STREAM_TLS_NONE);
            log_in(&o, &answer);
            o.stream->is_greeted = is_greeted;
            if (ends[i] != NULL)
                feed(&o, ends[i]);
            else
                stream_tick(o.stream, 15000);
            CHECK_INT(o.closed, 1);
            CHECK_INT(o.reason.asked_too_much, is_greeted);
            buf_finish(&answer);
            finish(&o);
        }
}

#define SASL2_LOGIN                                                                                          \
    "<stream:features><authentication xmlns='" NS_SASL2                                                      \
    "'><mechanism>PLAIN</mechanism><inline><sm xmlns='" NS_SM                                                \
    "'/></inline></authentication></stream:features>"

/* A session that is resumed inside of the login is there before the features are (XEP-0352 5). */
static void inactive_once_it_can_be_said(void) {
    struct owner o = {.at_ready = SLEEP};
    struct sm *sm = sm_new();
    sm_enabled(sm, STR_LIT("an-id"), STR_NONE, 0, "user@example.org/bot");
    sm_detached(sm);
    start(&o, STREAM_TLS_NONE);
    o.stream->sm = sm;
    feed(&o, HEADER SASL2_LOGIN);
    feed(&o, "<success xmlns='" NS_SASL2
             "'><authorization-identifier>user@example.org/bot</authorization-identifier>"
             "<resumed xmlns='" NS_SM "' h='0' previd='an-id'/></success>");
    CHECK(stream_is_ready(o.stream));
    CHECK(strstr(buf_data(stream_out(o.stream)), NS_CSI) == NULL);
    feed(&o, "<stream:features><csi xmlns='" NS_CSI "'/></stream:features>");
    CHECK_HAS(buf_data(stream_out(o.stream)), "<inactive xmlns='" NS_CSI "'/>");
    finish(&o);
    sm_free(sm);
}

int main(void) {
    RUN(before_and_after_ready);
    RUN(password_is_forgotten);
    RUN(freed_when_ready);
    RUN(freed_at_a_stanza);
    RUN(freed_at_the_end);
    RUN(freed_at_starttls);
    RUN(closed_at_a_stanza);
    RUN(lost_at_a_stanza);
    RUN(the_end_comes_once);
    RUN(default_limit);
    RUN(trace_of_a_login);
    RUN(long_reasons);
    RUN(too_early_behind_the_request);
    RUN(marks_are_of_the_owners_stanzas);
    RUN(what_ends_it_was_handled);
    RUN(inactive_once_it_can_be_said);
    stream_free(NULL);
    return check_done();
}
