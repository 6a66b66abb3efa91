/* SPDX-License-Identifier: MIT */
/* BOSH (XEP-0124, XEP-0206): bodies written and read, the window of numbers, what is sent again. */
#include "check.h"

#include "base/buf.h"
#include "base/mem.h"
#include "xmpp/bosh.h"
#include "xmpp/bosh_body.h"

#define BIND   "xmlns='http://jabber.org/protocol/httpbind'"
#define OPEN   "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='e.org'/>"
#define CLOSE  "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
#define OPENED "[<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='e.org' id='i' version='1.0'/>]"
#define MADE                                                                                                 \
    "sid='s1' wait='60' hold='1' requests='2' from='e.org' authid='i' xmlns:x='urn:xmpp:xbosh' "             \
    "x:version='1.0'"
#define BODY(in) "<body " BIND ">" in "</body>"
#define EMPTY    "<body " BIND "/>"

struct scene {
    struct bosh *bosh;
    struct buf said; /* "[message][message]!why" */
    int64_t now_ms;
    size_t lane;
    struct str body;
};

static void on_message(void *ctx, const char *text, size_t len) {
    struct scene *s = ctx;
    buf_addf(&s->said, "[%.*s]", (int)len, text);
}

static void on_lost(void *ctx, const char *why) {
    struct scene *s = ctx;
    buf_addf(&s->said, "!%s", why);
}

static const struct bosh_callbacks events = {on_message, on_lost};

static void begin(struct scene *s) {
    static const struct bosh_options options = {
        .domain = "e.org", .from = "me@e.org", .is_secure = true, .rid = 100};
    *s = (struct scene){.bosh = bosh_new(&options, &events, s)};
}

static void end(struct scene *s) {
    bosh_free(s->bosh);
    buf_finish(&s->said);
}

/* The next body that goes out, "" for none. */
static const char *next(struct scene *s) {
    s->body = STR_LIT("");
    s->lane = 99;
    bosh_next(s->bosh, s->now_ms, &s->lane, &s->body);
    return s->body.s;
}

static void say(struct scene *s, const char *text) {
    bosh_write(s->bosh, text, strlen(text));
}

static void answer(struct scene *s, size_t lane, const char *text) {
    bosh_answered(s->bosh, lane, 200, text, strlen(text), s->now_ms);
}

static const char *heard(struct scene *s) {
    static char text[4000];
    snprintf(text, sizeof(text), "%s", buf_data(&s->said));
    buf_clear(&s->said);
    return text;
}

/* To where a request is held in lane 0. */
static void open_session(struct scene *s) {
    begin(s);
    say(s, OPEN);
    next(s);
    answer(s, 0, "<body " BIND " " MADE "/>");
    CHECK_STR(heard(s), OPENED "[]");
    CHECK_STR(next(s), "<body " BIND " rid='101' sid='s1'/>");
    CHECK_INT(s->lane, 0);
}

static void a_session_is_made(void) {
    struct scene s;
    begin(&s);
    CHECK_STR(next(&s), "");
    CHECK_INT(bosh_due_ms(s.bosh), INT64_MAX);
    say(&s, OPEN);
    CHECK_STR(next(&s),
              "<body " BIND " rid='100' to='e.org' from='me@e.org' xml:lang='en' ver='1.11' wait='60' "
              "hold='1' ack='1' content='text/xml; charset=utf-8' secure='true' "
              "xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'/>");
    CHECK_STR(next(&s), ""); /* nothing before its answer */
    answer(&s, 0,
           "<?xml version='1.0'?>\n<body " BIND " " MADE
           " ack='100' xmlns:st='http://etherx.jabber.org/streams'>"
           "<st:features/></body>\n");
    CHECK_STR(heard(&s), OPENED "[<features xmlns='http://etherx.jabber.org/streams'/>]");
    end(&s);
}

/* Two lanes, no more; what waits goes into one body. */
static void there_is_a_window(void) {
    struct scene s;
    open_session(&s);
    CHECK_STR(next(&s), "");
    say(&s, "<a/>");
    CHECK_STR(next(&s), "<body " BIND " rid='102' sid='s1' ack='100'><a/></body>");
    CHECK_INT(s.lane, 1);
    say(&s, "<b/>");
    say(&s, "<c/>");
    CHECK_STR(next(&s), "");
    answer(&s, 0, BODY("<x xmlns='jabber:client'/>"));
    CHECK_STR(heard(&s), "[<x xmlns='jabber:client'/>]");
    CHECK_STR(next(&s), "<body " BIND " rid='103' sid='s1' ack='101'><b/><c/></body>");
    CHECK_INT(s.lane, 0);
    CHECK_STR(next(&s), "");
    answer(&s, 1, EMPTY);
    CHECK_STR(next(&s), ""); /* one is held */
    answer(&s, 0, EMPTY);
    CHECK_STR(next(&s), "<body " BIND " rid='104' sid='s1'/>");
    end(&s);
}

/* 14.2 */
static void answers_are_taken_in_order(void) {
    struct scene s;
    open_session(&s);
    say(&s, "<a/>");
    next(&s);
    answer(&s, 1, BODY("<second xmlns='x'/>"));
    CHECK_STR(heard(&s), "");
    CHECK_STR(next(&s), "");
    answer(&s, 0, BODY("<first xmlns='x'/>"));
    CHECK_STR(heard(&s), "[<first xmlns='x'/>][<second xmlns='x'/>]");
    CHECK_STR(next(&s), "<body " BIND " rid='103' sid='s1'/>");
    end(&s);
}

/* 14.2: nothing new overtakes a request that has to go again. */
static void nothing_overtakes_what_goes_again(void) {
    struct scene s;
    open_session(&s);
    bosh_sent(s.bosh, 0);
    bosh_failed(s.bosh, 0, "reset", false, s.now_ms);
    say(&s, "<a/>");
    CHECK_STR(next(&s), "<body " BIND " rid='101' sid='s1'/>");
    CHECK_STR(next(&s), "");
    bosh_failed(s.bosh, 0, "reset", false, s.now_ms);
    CHECK_STR(next(&s), "");
    s.now_ms += 1000;
    CHECK_STR(next(&s), "<body " BIND " rid='101' sid='s1'/>");
    CHECK_STR(next(&s), "");
    bosh_sent(s.bosh, 0);
    CHECK_STR(next(&s), "<body " BIND " rid='102' sid='s1' ack='100'><a/></body>");
    end(&s);
}

#define UNKNOWN "<body " BIND " type='terminate' condition='item-not-found'/>"

/* 14.2: that the server knows nothing of a request that goes again is no end, where it has a later one. */
static void a_request_is_forgotten(void) {
    struct scene s;
    for (int is_alive = 0; is_alive < 2; is_alive++) {
        open_session(&s);
        say(&s, "<a/>");
        next(&s);
        bosh_sent(s.bosh, 1);
        bosh_failed(s.bosh, 0, "reset", false, s.now_ms);
        CHECK_STR(next(&s), "<body " BIND " rid='101' sid='s1'/>");
        answer(&s, 0, UNKNOWN);
        CHECK_STR(heard(&s), "");
        say(&s, "<b/>");
        CHECK_STR(next(&s), "<body " BIND " rid='103' sid='s1' ack='101'><b/></body>");
        answer(&s, 1, is_alive ? BODY("<x xmlns='x'/>") : UNKNOWN);
        CHECK_STR(heard(&s), is_alive
                                 ? "[<x xmlns='x'/>]"
                                 : "[]!the server does not know our BOSH session any more (item-not-found)");
        end(&s);
    }
    open_session(&s);
    bosh_failed(s.bosh, 0, "reset", false, s.now_ms);
    next(&s);
    answer(&s, 0, UNKNOWN);
    CHECK_STR(heard(&s), "[]!the server does not know our BOSH session any more (item-not-found)");
    end(&s);
}

/* 14.3: the same again, word for word, on its lane; at once, later, and then no more. */
static void what_is_lost_goes_again(void) {
    static const int waits[] = {0, 1000, 2000, 4000};
    struct scene s;
    open_session(&s);
    for (size_t i = 0; i < 4; i++) {
        bosh_failed(s.bosh, 0, "reset", false, s.now_ms);
        if (waits[i] > 0)
            CHECK_STR(next(&s), "");
        CHECK_INT(bosh_due_ms(s.bosh), s.now_ms + waits[i]);
        s.now_ms += waits[i];
        CHECK_STR(next(&s), "<body " BIND " rid='101' sid='s1'/>");
        CHECK_INT(s.lane, 0);
    }
    answer(&s, 0, "<body " BIND " type='error'/>");
    CHECK_STR(heard(&s), "!the server asks for the same BOSH request again and again");
    CHECK_STR(next(&s), "");
    end(&s);
    open_session(&s);
    bosh_answered(s.bosh, 0, 502, "", 0, s.now_ms);
    CHECK_STR(next(&s), "<body " BIND " rid='101' sid='s1'/>");
    answer(&s, 0, BODY("<x xmlns='x'/>"));
    CHECK_STR(heard(&s), "[<x xmlns='x'/>]");
    end(&s);
    open_session(&s);
    bosh_failed(s.bosh, 0, "not trusted", true, s.now_ms);
    CHECK_STR(heard(&s), "!not trusted");
    end(&s);
}

/* The server may hold a request for 60 s; then there are 15 more. */
static void silence_is_a_loss(void) {
    struct scene s;
    open_session(&s);
    CHECK_INT(bosh_due_ms(s.bosh), 75000);
    s.now_ms = 74999;
    CHECK_STR(next(&s), "");
    s.now_ms = 75000;
    CHECK_STR(next(&s), "<body " BIND " rid='101' sid='s1'/>");
    end(&s);
    begin(&s);
    say(&s, OPEN);
    next(&s);
    s.now_ms = 15000;
    CHECK_STR(next(&s), "");
    CHECK_STR(heard(&s), "!the server does not answer a BOSH request");
    end(&s);
}

/* XEP-0206 4 */
static void a_stream_begins_anew(void) {
    struct scene s;
    open_session(&s);
    say(&s, "<auth/>");
    say(&s, OPEN);
    say(&s, "<iq/>");
    CHECK_STR(next(&s), "<body " BIND " rid='102' sid='s1' ack='100'><auth/></body>");
    answer(&s, 0, BODY("<success xmlns='x'/>"));
    heard(&s);
    CHECK_STR(next(&s), "<body " BIND
                        " rid='103' sid='s1' ack='101' to='e.org' xml:lang='en' xmlns:xmpp='urn:xmpp:xbosh' "
                        "xmpp:restart='true'/>");
    answer(&s, 1, EMPTY);
    CHECK_STR(next(&s), ""); /* nothing before its answer */
    heard(&s);
    answer(&s, 0, BODY("<features xmlns='http://etherx.jabber.org/streams'/>"));
    CHECK_STR(heard(&s), "[<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0'/>]"
                         "[<features xmlns='http://etherx.jabber.org/streams'/>]");
    CHECK_STR(next(&s), "<body " BIND " rid='104' sid='s1'><iq/></body>");
    end(&s);
}

static void we_close(void) {
    struct scene s;
    open_session(&s);
    CHECK(!bosh_is_closing(s.bosh));
    say(&s, "<presence type='unavailable'/>");
    say(&s, CLOSE);
    CHECK(bosh_is_closing(s.bosh));
    CHECK_STR(next(&s),
              "<body " BIND
              " rid='102' sid='s1' ack='100' type='terminate'><presence type='unavailable'/></body>");
    answer(&s, 0, EMPTY);
    CHECK_STR(heard(&s), "[]");
    answer(&s, 1, "<body " BIND " type='terminate'/>");
    CHECK_STR(heard(&s), "[]"
                         "[" CLOSE "]");
    CHECK(!bosh_is_closing(s.bosh));
    CHECK_STR(next(&s), "");
    CHECK_INT(bosh_due_ms(s.bosh), INT64_MAX);
    end(&s);
}

#define ERROR(condition, text)                                                                               \
    "[<stream:error xmlns:stream='http://etherx.jabber.org/streams'><" condition                             \
    " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" text  \
    "</text></stream:error>]"

/* 17.2 */
static void the_server_closes(void) {
    static const struct {
        const char *body, *heard;
    } rows[] = {
        {"<body " BIND " type='terminate'/>", "[]"
                                              "[" CLOSE "]"},
        {"<body " BIND " type='terminate'><x xmlns='x'/></body>", "[<x xmlns='x'/>][" CLOSE "]"},
        {"<body " BIND " type='terminate' condition='host-unknown'/>",
         "[]" ERROR("host-unknown", "host-unknown")},
        {"<body " BIND " type='terminate' condition='host-gone'/>", "[]" ERROR("host-gone", "host-gone")},
        {"<body " BIND " type='terminate' condition='improper-addressing'/>",
         "[]" ERROR("improper-addressing", "improper-addressing")},
        {"<body " BIND " type='terminate' condition='internal-server-error'/>",
         "[]" ERROR("internal-server-error", "internal-server-error")},
        {"<body " BIND " type='terminate' condition='policy-violation'/>",
         "[]" ERROR("policy-violation", "policy-violation")},
        {"<body " BIND " type='terminate' condition='remote-connection-failed'/>",
         "[]" ERROR("remote-connection-failed", "remote-connection-failed")},
        {"<body " BIND " type='terminate' condition='system-shutdown'/>",
         "[]" ERROR("system-shutdown", "system-shutdown")},
        {"<body " BIND " type='terminate' condition='bad-request'/>",
         "[]" ERROR("bad-format", "bad-request")},
        {"<body " BIND " type='terminate' condition='other-request'/>",
         "[]" ERROR("undefined-condition", "other-request")},
        {"<body " BIND " type='terminate' condition='undefined-condition'/>",
         "[]" ERROR("undefined-condition", "undefined-condition")},
        {"<body " BIND " type='terminate' condition='&lt;new&gt;'/>",
         "[]" ERROR("undefined-condition", "&lt;new&gt;")},
        {"<body " BIND " type='terminate' condition='item-not-found'/>",
         "[]!the server does not know our BOSH session any more (item-not-found)"},
        {"<body " BIND " type='terminate' condition='see-other-uri'><uri>https://x.org/b</uri></body>",
         "[<close xmlns='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='https://x.org/b'/>]"},
        {"<body " BIND
         " type='terminate' condition='remote-stream-error' xmlns:stream='http://etherx.jabber.org/streams'>"
         "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></body>",
         "[<error xmlns='http://etherx.jabber.org/streams'><conflict "
         "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>]"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene s;
        open_session(&s);
        answer(&s, 0, rows[i].body);
        CHECK_STR(heard(&s), rows[i].heard);
        say(&s, "<a/>");
        CHECK_STR(next(&s), "");
        end(&s);
    }
}

/* What is said of `body` in the place of an answer; the creation's where is_first. */
static void is_refused(bool is_first, const char *body, size_t len, const char *why) {
    struct scene s;
    if (is_first) {
        begin(&s);
        say(&s, OPEN);
        next(&s);
    } else {
        open_session(&s);
    }
    bosh_answered(s.bosh, 0, 200, body, len, s.now_ms);
    CHECK_HAS(heard(&s), why);
    CHECK(buf_len(&s.said) == 0);
    CHECK_STR(next(&s), "");
    end(&s);
}

static void hostile_bodies(void) {
    static const struct {
        bool is_first;
        const char *body, *why;
    } rows[] = {
        {false, "", "!the server's answer is empty"},
        {false, " \n", "!the server's answer is empty"},
        {false, "<html><p/></html>", "!the server's answer is no <body/> of BOSH"},
        {false, "<body/>", "!the server's answer is no <body/> of BOSH"},
        {false, "<body xmlns='jabber:client'/>", "!the server's answer is no <body/> of BOSH"},
        {false, "hello", "!the server's answer holds "},
        {false, "<body " BIND ">", "!the server's answer is not one whole <body/>"},
        {false, "<body " BIND "", "!the server's answer is not one whole <body/>"},
        {false, EMPTY EMPTY, "!the server's answer is not one whole <body/>"},
        {false, EMPTY "<x/>", "!the server's answer is not one whole <body/>"},
        {false, EMPTY "x", "!the server's answer is not one whole <body/>"},
        {false, EMPTY "</s>", "!the server's answer is not one whole <body/>"},
        {false, "</s><s>" EMPTY, "!the server's answer is not one whole <body/>"},
        {false, BODY("<x>"), "!the server's answer holds "},
        {false, BODY("text"), "!the server's answer has text between its stanzas"},
        {false, BODY("<x xmlns='x'/>text"), "!the server's answer has text between its stanzas"},
        {false, BODY("<!-- x -->"), "!the server's answer holds a comment"},
        {false, "<?xml version='1.0'?><!DOCTYPE body [<!ENTITY a 'b'>]>" EMPTY,
         "!the server's answer holds "},
        {false, BODY("<x>&a;</x>"), "!the server's answer holds "},
        {false, BODY("<?pi x?>"), "!the server's answer holds "},
        {false, BODY("<x>\xff</x>"), "!the server's answer holds "},
        {false, "<body " BIND " type='other'/>",
         "!the server's answer is a <body/> of no type that there is"},
        {false, "<body " BIND " ack='-1'/>", "has a number that is none: ack"},
        {false, "<body " BIND " ack='9007199254740992'/>", "has a number that is none: ack"},
        {false, "<body " BIND " ack='102'/>", "acknowledges a request that was never made"},
        {false, "<body " BIND " ack='100'/>", "acknowledges a request that was never made"},
        {true, "<body " BIND "/>", "!the server's answer makes a session without a name (sid)"},
        {true, "<body " BIND " sid=''/>", "!the server's answer makes a session without a name (sid)"},
        {true, "<body " BIND " sid='s' wait='x'/>", "has a number that is none: wait"},
        {true, "<body " BIND " sid='s' requests=' 2'/>", "has a number that is none: requests"},
        {true, "<body " BIND " sid='s' polling='99999999999999999999'/>",
         "has a number that is none: polling"},
        {true, "<body " BIND " sid='s' requests='0'/>", "allows fewer requests than it wants to hold"},
        {true, "<body " BIND " sid='s' requests='1' hold='2'/>",
         "allows fewer requests than it wants to hold"},
        {true, "<body " BIND " type='error'/>", "!the server asks for the same"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is_refused(rows[i].is_first, rows[i].body, strlen(rows[i].body), rows[i].why);
    is_refused(false, "<body " BIND ">\0</body>", sizeof("<body " BIND ">\0</body>") - 1,
               "!the server's answer holds ");
}

static void limits(void) {
    struct buf b = BUF_INIT;
    buf_lit(&b, "<body " BIND " sid='");
    for (int i = 0; i <= BOSH_SID_MOST; i++)
        buf_addc(&b, 's');
    buf_lit(&b, "'/>");
    is_refused(true, buf_data(&b), buf_len(&b), "names a session with more than 512 bytes");
    buf_clear(&b);
    buf_lit(&b, "<body " BIND ">");
    for (int i = 0; i < 250; i++)
        buf_lit(&b, "<x>");
    is_refused(false, buf_data(&b), buf_len(&b), "!the server's answer holds ");
    buf_clear(&b);
    while (buf_len(&b) <= BOSH_BODY_MOST)
        buf_lit(&b, "<body " BIND " ");
    is_refused(false, buf_data(&b), buf_len(&b), "!the server's answer is too large");
    buf_finish(&b);
}

/* 17.1, and what web servers say. */
static void http_says_no(void) {
    static const struct {
        bool is_first;
        unsigned status;
        const char *why;
    } rows[] = {
        {true, 404,
         "!the server answers HTTP 404 in place of a BOSH session; are path and port of the URL right?"},
        {true, 301, "!the server answers HTTP 301 in place of a BOSH session"},
        {true, 503, "!the server answers HTTP 503 in place of a BOSH session"},
        {false, 404, "!the server answers HTTP 404, item-not-found"},
        {false, 403, "!the server answers HTTP 403, policy-violation"},
        {false, 400, "!the server answers HTTP 400, bad-request"},
        {false, 302, "!the server answers HTTP 302"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene s;
        if (rows[i].is_first) {
            begin(&s);
            say(&s, OPEN);
            next(&s);
        } else {
            open_session(&s);
        }
        bosh_answered(s.bosh, 0, rows[i].status, EMPTY, strlen(EMPTY), 0);
        CHECK_HAS(heard(&s), rows[i].why);
        end(&s);
    }
}

/* 12; and a server that says it holds requests and does not. */
static void polling_has_its_pace(void) {
    struct scene s;
    begin(&s);
    say(&s, OPEN);
    next(&s);
    answer(&s, 0, "<body " BIND " sid='s' hold='0' requests='1' polling='5'/>");
    CHECK_STR(next(&s), "<body " BIND " rid='101' sid='s'/>");
    answer(&s, 0, EMPTY);
    CHECK_STR(next(&s), "");
    CHECK_INT(bosh_due_ms(s.bosh), 5000);
    say(&s, "<a/>");
    CHECK_STR(next(&s), "<body " BIND " rid='102' sid='s'><a/></body>");
    answer(&s, 0, EMPTY);
    s.now_ms = 5000;
    CHECK_STR(next(&s), "<body " BIND " rid='103' sid='s'/>");
    end(&s);
    open_session(&s);
    answer(&s, 0, EMPTY);
    CHECK_STR(next(&s), "");
    CHECK_INT(bosh_due_ms(s.bosh), 1000);
    s.now_ms = 1000;
    CHECK_STR(next(&s), "<body " BIND " rid='102' sid='s1'/>");
    end(&s);
}

/* 14.1 */
static void numbers_are_random_and_end(void) {
    const struct bosh_options options = {.domain = "e.org"};
    struct scene s = {.now_ms = 0};
    char first[200];
    s.bosh = bosh_new(&options, &events, &s);
    say(&s, OPEN);
    snprintf(first, sizeof(first), "%s", next(&s));
    end(&s);
    s = (struct scene){.bosh = bosh_new(&options, &events, &s)};
    say(&s, OPEN);
    CHECK(strcmp(first, next(&s)) != 0);
    CHECK(strstr(first, "from=") == NULL && strstr(first, "secure=") == NULL);
    end(&s);
    const struct bosh_options last = {.domain = "e.org", .rid = BOSH_RID_MOST};
    s = (struct scene){.bosh = bosh_new(&last, &events, &s)};
    say(&s, OPEN);
    CHECK_HAS(next(&s), " rid='9007199254740991' ");
    answer(&s, 0, "<body " BIND " " MADE "/>");
    heard(&s);
    CHECK_STR(next(&s), "");
    CHECK_STR(heard(&s), "!the numbers of BOSH requests have run out");
    end(&s);
}

/* Answers that nobody waits for. */
static void stray_answers(void) {
    struct scene s;
    open_session(&s);
    answer(&s, 1, BODY("<x xmlns='x'/>"));
    bosh_failed(s.bosh, 1, "x", true, 0);
    CHECK_STR(heard(&s), "");
    answer(&s, 0, EMPTY);
    answer(&s, 0, BODY("<x xmlns='x'/>"));
    CHECK_STR(heard(&s), "[]");
    end(&s);
}

int main(void) {
    RUN(a_session_is_made);
    RUN(there_is_a_window);
    RUN(answers_are_taken_in_order);
    RUN(nothing_overtakes_what_goes_again);
    RUN(a_request_is_forgotten);
    RUN(what_is_lost_goes_again);
    RUN(silence_is_a_loss);
    RUN(a_stream_begins_anew);
    RUN(we_close);
    RUN(the_server_closes);
    RUN(hostile_bodies);
    RUN(limits);
    RUN(http_says_no);
    RUN(polling_has_its_pace);
    RUN(numbers_are_random_and_end);
    RUN(stray_answers);
    return check_done();
}
