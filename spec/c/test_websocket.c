/* SPDX-License-Identifier: MIT */
/*
 * The WebSocket client against a server that is written out here byte by byte: answers to the upgrade, good
 * and bad, then frames. All of it is fed whole and byte by byte; what comes of it must be the same.
 */
#include "check.h"

#include "base/base64.h"
#include "base/mem.h"
#include "net/websocket.h"

#include <openssl/evp.h>
#include <stdio.h>

/* ---- a client that writes down what happens ---- */

struct client {
    struct websocket *w;
    struct buf log;  /* "open", "text(…)", "end", "closed(…)" */
    struct buf sent; /* what it wrote since the last look */
    bool byte_by_byte;
    bool in_text;
    bool frees_itself; /* at the first text */
};

static void log_text_end(struct client *c) {
    if (c->in_text)
        buf_lit(&c->log, ")");
    c->in_text = false;
}

static void on_opened(void *ctx) {
    struct client *c = ctx;
    buf_lit(&c->log, "open ");
}

static void on_text(void *ctx, const char *bytes, size_t len) {
    struct client *c = ctx;
    if (!c->in_text)
        buf_lit(&c->log, "text(");
    c->in_text = true;
    buf_add(&c->log, bytes, len);
    if (c->frees_itself) {
        websocket_free(c->w);
        c->w = NULL;
    }
}

static void on_message_end(void *ctx) {
    struct client *c = ctx;
    log_text_end(c);
    buf_lit(&c->log, "end ");
}

static void on_closed(void *ctx, const char *why) {
    struct client *c = ctx;
    log_text_end(c);
    buf_addf(&c->log, "closed(%s) ", why);
}

static const struct websocket_callbacks callbacks = {on_opened, on_text, on_message_end, on_closed};

static const struct websocket_options plain = {.host = "Example.ORG",
                                               .port = 5280,
                                               .resource = "/xmpp-websocket",
                                               .protocol = "xmpp",
                                               .message_len = 1000};

static void collect(struct client *c) {
    if (c->w == NULL)
        return;
    struct buf *out = websocket_out(c->w);
    buf_add(&c->sent, buf_data(out), buf_len(out));
    buf_clear(out);
}

static void begin(struct client *c, const struct websocket_options *options) {
    struct err err = ERR_INIT;
    bool byte_by_byte = c->byte_by_byte, frees_itself = c->frees_itself;
    *c = (struct client){.byte_by_byte = byte_by_byte, .frees_itself = frees_itself};
    c->w = websocket_new(options, &callbacks, c, &err);
    if (c->w == NULL)
        printf("# %s\n", err.text);
    collect(c);
}

static void finish(struct client *c) {
    websocket_free(c->w);
    buf_finish(&c->log);
    buf_finish(&c->sent);
}

/* In memory of its own, so that a sanitizer sees whoever reads beyond it. */
static void feed_piece(struct client *c, const char *bytes, size_t len) {
    char *piece = mem_alloc(len);
    memcpy(piece, bytes, len);
    if (c->w != NULL)
        websocket_feed(c->w, piece, len);
    mem_free(piece);
    collect(c);
}

static void feed(struct client *c, const char *bytes, size_t len) {
    if (!c->byte_by_byte)
        feed_piece(c, bytes, len);
    else
        for (size_t i = 0; i < len; i++)
            feed_piece(c, bytes + i, 1);
}

/* ---- the server's half of the handshake ---- */

static void header_of(const struct client *c, const char *name, char *out, size_t cap) {
    const char *at = strstr(buf_data(&c->sent), name);
    out[0] = '\0';
    if (at != NULL)
        snprintf(out, cap, "%.*s", (int)strcspn(at + strlen(name), "\r"), at + strlen(name));
}

static void accept_of(const struct client *c, struct buf *out) {
    char text[128], key[64];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    header_of(c, "Sec-WebSocket-Key: ", key, sizeof(key));
    snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    EVP_Digest(text, strlen(text), digest, &len, EVP_sha1(), NULL);
    base64_encode(out, digest, len);
}

/* `answer` with the accept value in the place of "@". */
static void answer(struct client *c, const char *answer_text) {
    struct buf bytes = BUF_INIT;
    for (const char *p = answer_text; *p != '\0'; p++)
        if (*p == '@')
            accept_of(c, &bytes);
        else
            buf_addc(&bytes, *p);
    feed(c, buf_data(&bytes), buf_len(&bytes));
    buf_finish(&bytes);
}

#define SWITCH "HTTP/1.1 101 Switching Protocols\r\n"
#define GOOD                                                                                                 \
    SWITCH "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\n"                        \
           "Sec-WebSocket-Protocol: xmpp\r\n\r\n"

static void open_it(struct client *c) {
    begin(c, &plain);
    answer(c, GOOD);
    buf_clear(&c->sent);
}

static bool log_is(struct client *c, const char *wanted) {
    log_text_end(c);
    size_t len = strlen(wanted);
    bool prefix = len > 0 && wanted[len - 1] == '*';
    const char *got = buf_data(&c->log);
    bool ok = prefix ? strncmp(got, wanted, len - 1) == 0 : strcmp(got, wanted) == 0;
    if (!ok)
        printf("# wanted: %s\n# got:    %s\n", wanted, got);
    return ok;
}

/* ---- the request ---- */

static void test_request(void) {
    struct client c = {.byte_by_byte = false};
    char key[64];
    struct buf nonce = BUF_INIT;
    begin(&c, &plain);
    const char *sent = buf_data(&c.sent);
    CHECK(strncmp(sent, "GET /xmpp-websocket HTTP/1.1\r\nHost: example.org:5280\r\n", 53) == 0);
    CHECK(strstr(sent, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n") != NULL);
    CHECK(strstr(sent, "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n") != NULL);
    CHECK(strstr(sent, "Extensions") == NULL);
    header_of(&c, "Sec-WebSocket-Key: ", key, sizeof(key));
    CHECK(base64_decode(&nonce, key, strlen(key)) == 0 && buf_len(&nonce) == 16);
    buf_finish(&nonce);
    finish(&c);
}

static void check_host(const char *host, uint16_t port, bool is_secure, const char *wanted) {
    struct client c = {.byte_by_byte = false};
    struct websocket_options o = plain;
    char got[300];
    o.host = host;
    o.port = port;
    o.is_secure = is_secure;
    begin(&c, &o);
    header_of(&c, "Host: ", got, sizeof(got));
    if (strcmp(got, wanted) != 0)
        printf("# wanted: %s\n# got:    %s\n", wanted, got);
    CHECK(strcmp(got, wanted) == 0);
    finish(&c);
}

static void test_host(void) {
    check_host("example.org", 443, true, "example.org");
    check_host("example.org", 80, true, "example.org:80");
    check_host("example.org", 80, false, "example.org");
    check_host("example.org", 443, false, "example.org:443");
    check_host("::1", 5280, false, "[::1]:5280");
    check_host("127.0.0.1", 5280, false, "127.0.0.1:5280");
    check_host("b\xc3\xbc"
               "cher.example",
               443, true, "xn--bcher-kva.example");
}

static void test_keys_differ(void) {
    struct client a = {.byte_by_byte = false}, b = {.byte_by_byte = false};
    begin(&a, &plain);
    begin(&b, &plain);
    CHECK(strcmp(buf_data(&a.sent), buf_data(&b.sent)) != 0);
    finish(&a);
    finish(&b);
}

/* ---- the answer ---- */

static const struct {
    const char *answer, *log;
} answers[] = {
    {GOOD, "open "},
    {SWITCH "upgrade: WebSocket\r\nCONNECTION: keep-alive,  upgrade \r\nsec-websocket-accept:@ \t\r\n"
            "sec-websocket-protocol:xmpp\r\nServer: x\r\n\r\n",
     "open "},
    {SWITCH
     "Upgrade: websocket\r\nConnection: keep-alive\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\n"
     "Sec-WebSocket-Protocol: xmpp\r\n\r\n",
     "open "},
    {SWITCH "Connection: Upgrade\r\nSec-WebSocket-Accept: @\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
     "closed(opens a WebSocket, but not for xmpp: its answer has no Upgrade*"},
    {SWITCH "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\nSec-WebSocket-Protocol: "
            "xmpp\r\n\r\n",
     "closed(opens a WebSocket that was not asked for: its Upgrade*"},
    {SWITCH "Upgrade: websocket\r\nSec-WebSocket-Accept: @\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
     "closed(opens a WebSocket, but not for xmpp: its answer has no Connection*"},
    {SWITCH
     "Upgrade: websocket\r\nConnection: upgraded\r\nSec-WebSocket-Accept: @\r\nSec-WebSocket-Protocol: "
     "xmpp\r\n\r\n",
     "closed(opens a WebSocket, but not for xmpp: its answer has no Connection*"},
    {SWITCH "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
     "closed(opens a WebSocket, but not for xmpp: its answer has no Sec-WebSocket-Accept*"},
    {SWITCH "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
     "closed(opens a WebSocket that was not asked for: its Sec-WebSocket-Accept*"},
    {SWITCH "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\nSec-WebSocket-Accept: "
            "@\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
     "closed(opens a WebSocket that was not asked for: its Sec-WebSocket-Accept*"},
    {SWITCH "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\n\r\n",
     "closed(opens a WebSocket, but not for xmpp: its answer has no Sec-WebSocket-Protocol*"},
    {SWITCH "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\nSec-WebSocket-Protocol: "
            "XMPP\r\n\r\n",
     "closed(opens a WebSocket that was not asked for: its Sec-WebSocket-Protocol*"},
    {SWITCH "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\nSec-WebSocket-Protocol: "
            "xmpp\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
     "closed(opens a WebSocket that was not asked for: its Sec-WebSocket-Extensions*"},
    {"HTTP/1.0 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
     "Sec-WebSocket-Accept: @\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
     "closed(opens a WebSocket with HTTP/1.0*"},
    {"HTTP/1.1 404 Not \x1b[31mFound\xff\r\nContent-Length: 9\r\n\r\nNot found",
     "closed(answers HTTP 404 Not ?[31mFound? in place of a WebSocket*"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
     "closed(answers HTTP 200 OK in place of a WebSocket*"},
    {"HTTP/1.1 302 Found\r\nLocation: wss://other.example/\x07\r\n\r\n", "closed(does not answer with HTTP*"},
    {"HTTP/1.1 302 Found\r\nLocation: wss://other.example/ws\r\n\r\n",
     "closed(sends us elsewhere (HTTP 302), which is not followed; `server:` may name "
     "wss://other.example/ws*"},
    {"HTTP/1.1 308\r\n\r\n", "closed(answers HTTP 308*"},
    {"HTTP/1.1 100 Continue\r\n\r\n", "closed(answers HTTP 100*"},
    {"<stream:stream xmlns='jabber:client'>", "closed(does not answer with HTTP*"},
    {"\x16\x03\x01\x02", "closed(does not answer with HTTP*"},
    {"HTTP/1.1 101 x\r\nno header\r\n\r\n", "closed(does not answer with HTTP*"},
};

static void test_answers(bool byte_by_byte) {
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct client c = {.byte_by_byte = byte_by_byte};
        begin(&c, &plain);
        buf_adds(&c.log, "");
        answer(&c, answers[i].answer);
        CHECK(log_is(&c, answers[i].log));
        finish(&c);
    }
}

static void test_endless_answer(bool byte_by_byte) {
    struct client c = {.byte_by_byte = byte_by_byte};
    begin(&c, &plain);
    answer(&c, SWITCH "X: ");
    for (int i = 0; i < 2000; i++)
        answer(&c, "aaaaaaaaaa");
    CHECK(log_is(&c, "closed(answers the request for a WebSocket with more than 16384 bytes) "));
    finish(&c);
}

/* ---- frames ---- */

struct frame {
    const char *bytes;
    size_t len;
};

#define F(literal)                                                                                           \
    { literal, sizeof(literal) - 1 }

/* How wslay words its own end depends on how the frame was cut. */
#define ANY_CLOSE                                                                                            \
    { NULL, 0 }

static const struct {
    const char *what;
    struct frame frame;
    const char *log;
    struct frame sent; /* what must come back, with the mask taken off */
} frames[] = {
    {"a message", F("\x81\x04<a/>"), "open text(<a/>)end ", F("")},
    {"two at once", F("\x81\x04<a/>\x81\x04<b/>"), "open text(<a/>)end text(<b/>)end ", F("")},
    {"in fragments", F("\x01\x02<a\x00\x01/\x80\x01>"), "open text(<a/>)end ", F("")},
    {"a ping in the middle", F("\x01\x02<a\x89\x02hi\x80\x02/>"), "open text(<a/>)end ", F("\x8a\x02hi")},
    {"an empty fragment", F("\x01\x00\x80\x04<a/>"), "open text(<a/>)end ", F("")},
    {"an empty message", F("\x81\x00"), "open end ", F("")},
    {"a ping", F("\x89\x00"), "open ", F("\x8a\x00")},
    {"a pong that nobody asked for", F("\x8a\x03pop"), "open ", F("")},
    {"a 16 bit length",
     F("\x81\x7e\x00\x80<a>3456789012345678901234567890123456789012345678901234567890"
       "12345678901234567890123456789012345678901234567890123456789012345</a>"),
     "open text(<a>*", F("")},
    {"a character that frames cut", F("\x01\x01\xc3\x80\x01\xbc"), "open text(\xc3\xbc)end ", F("")},
    {"close", F("\x88\x02\x03\xe8"), "open closed(closed the WebSocket with code 1000) ",
     F("\x88\x02\x03\xe8")},
    {"close without a code", F("\x88\x00"), "open closed(closed the WebSocket) ", F("\x88\x00")},
    {"close with a reason",
     F("\x88\x05\x03\xe9"
       "bye"),
     "open closed(closed the WebSocket with code 1001: bye) ",
     F("\x88\x05\x03\xe9"
       "bye")},
    {"a message behind close", F("\x88\x02\x03\xe8\x81\x04<a/>"),
     "open closed(closed the WebSocket with code 1000) ", F("\x88\x02\x03\xe8")},
    {"a private code", F("\x88\x02\x0f\xa0"), "open closed(closed the WebSocket with code 4000) ",
     F("\x88\x02\x0f\xa0")},
    /* what the server must not send */
    {"half a code", F("\x88\x01\x03"), "open closed(sent what is no WebSocket frame) ", F("\x88\x00")},
    {"a code that is not for the wire", F("\x88\x02\x03\xed"),
     "open closed(sent what is no WebSocket frame) ", F("\x88\x02\x03\xea")},
    {"a reason that is not UTF-8", F("\x88\x03\x03\xe8\xff"),
     "open closed(sent WebSocket text that is not UTF-8) ", ANY_CLOSE},
    {"a masked frame", F("\x81\x84\x00\x00\x00\x00<a/>"), "open closed(sent what is no WebSocket frame) ",
     F("\x88\x02\x03\xea")},
    {"a masked ping", F("\x89\x80\x00\x00\x00\x00"), "open closed(sent what is no WebSocket frame) ",
     F("\x88\x02\x03\xea")},
    {"the first reserved bit", F("\xc1\x04<a/>"), "open closed(sent what is no WebSocket frame) ",
     F("\x88\x02\x03\xea")},
    {"the second", F("\xa1\x04<a/>"), "open closed(sent what is no WebSocket frame) ", F("\x88\x02\x03\xea")},
    {"the third", F("\x91\x04<a/>"), "open closed(sent what is no WebSocket frame) ", F("\x88\x02\x03\xea")},
    {"a reserved opcode", F("\x83\x04<a/>"), "open closed(sent what is no WebSocket frame) ",
     F("\x88\x02\x03\xea")},
    {"a reserved control opcode", F("\x8b\x00"), "open closed(sent what is no WebSocket frame) ",
     F("\x88\x02\x03\xea")},
    {"a ping in fragments", F("\x09\x01x"), "open closed(sent what is no WebSocket frame) ", F("\x88\x00")},
    {"a long ping", F("\x89\x7e\x00\x7e"), "open closed(sent what is no WebSocket frame) ", F("\x88\x00")},
    {"a continuation of nothing", F("\x80\x01x"), "open closed(sent what is no WebSocket frame) ",
     F("\x88\x02\x03\xea")},
    {"a message inside of another", F("\x01\x01<\x81\x04<a/>"),
     "open text(<)closed(sent what is no WebSocket frame) ", F("\x88\x02\x03\xea")},
    {"a length that is not minimal", F("\x81\x7e\x00\x04<a/>"),
     "open closed(sent what is no WebSocket frame) ", F("\x88\x00")},
    {"a length beyond 63 bits", F("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"),
     "open closed(sent what is no WebSocket frame) ", F("\x88\x00")},
    {"a huge length",
     F("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"
       "<"),
     "open closed(sent a WebSocket message that is larger than the limit) ", F("\x88\x02\x03\xf1")},
    {"a length over the limit",
     F("\x81\x7e\x03\xe9"
       "<"),
     "open closed(sent a WebSocket message that is larger than the limit) ", F("\x88\x02\x03\xf1")},
    {"fragments over the limit",
     F("\x01\x02<a\x00\x7e\x03\xe7"
       "/"),
     "open text(<a)closed(sent a WebSocket message that is larger than the limit) ", F("\x88\x02\x03\xf1")},
    {"a huge fragment",
     F("\x01\x02<a\x00\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"
       "/"),
     "open text(<a)closed(sent a WebSocket message that is larger than the limit) ", F("\x88\x02\x03\xf1")},
    {"a binary message", F("\x82\x04<a/>"),
     "open closed(sent a binary WebSocket message, which XMPP does not have) ", F("\x88\x02\x03\xeb")},
    {"a binary message in fragments", F("\x02\x04<a/>\x80\x00"),
     "open closed(sent a binary WebSocket message, which XMPP does not have) ", F("\x88\x02\x03\xeb")},
    {"a byte that is not UTF-8", F("\x81\x04<\xff/>"), "open *", F("\x88\x02\x03\xef")},
    {"an overlong form", F("\x81\x02\xc0\xaf"), "open *", F("\x88\x02\x03\xef")},
    {"a surrogate", F("\x81\x03\xed\xa0\x80"), "open *", F("\x88\x02\x03\xef")},
    {"half a character at the end", F("\x81\x01\xc3"), "open *", F("\x88\x02\x03\xef")},
    {"half a character in the last fragment", F("\x01\x01x\x80\x01\xc3"), "open *", F("\x88\x02\x03\xef")},
};

/* The frames in `sent`, which must all be masked, without their masks. */
static bool unmask(const struct buf *sent, struct buf *out) {
    const unsigned char *p = (const unsigned char *)buf_data(sent), *end = p + buf_len(sent);
    while (p < end) {
        size_t len = p[1] & 0x7f, head = 2;
        if ((size_t)(end - p) < 6 || (p[1] & 0x80) == 0 || len == 127)
            return false;
        buf_addc(out, (char)p[0]);
        buf_addc(out, (char)len);
        if (len == 126) {
            buf_add(out, p + 2, 2);
            len = (size_t)p[2] << 8 | p[3];
            head = 4;
        }
        const unsigned char *mask = p + head, *data = mask + 4;
        if ((size_t)(end - data) < len)
            return false;
        for (size_t i = 0; i < len; i++)
            buf_addc(out, (char)(data[i] ^ mask[i & 3]));
        p = data + len;
    }
    return true;
}

static bool sent_is(struct client *c, struct frame wanted) {
    struct buf got = BUF_INIT;
    bool ok = unmask(&c->sent, &got);
    if (wanted.bytes == NULL)
        ok = ok && buf_len(&got) > 0 && buf_data(&got)[0] == '\x88';
    else
        ok = ok && buf_len(&got) == wanted.len && memcmp(buf_data(&got), wanted.bytes, wanted.len) == 0;
    buf_finish(&got);
    return ok;
}

static void test_frames(bool byte_by_byte) {
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        struct client c = {.byte_by_byte = byte_by_byte};
        open_it(&c);
        feed(&c, frames[i].frame.bytes, frames[i].frame.len);
        bool ok = log_is(&c, frames[i].log), sent_ok = sent_is(&c, frames[i].sent);
        if (!ok || !sent_ok)
            printf("# %s: %s %s\n", frames[i].what, ok ? "" : "log", sent_ok ? "" : "sent");
        CHECK(ok && sent_ok);
        bool refuses = frames[i].sent.bytes == NULL || frames[i].sent.bytes[0] == '\x88';
        CHECK(!refuses || strstr(buf_data(&c.log), "closed(") != NULL);
        finish(&c);
    }
}

/* Frames may follow the answer in the same read. */
static void test_frames_with_answer(bool byte_by_byte) {
    struct client c = {.byte_by_byte = byte_by_byte};
    begin(&c, &plain);
    answer(&c, GOOD "\x81\x04<a/>");
    CHECK(log_is(&c, "open text(<a/>)end "));
    finish(&c);
}

/* The limit is one of a message, and counts anew for the next. */
static void test_limit(bool byte_by_byte) {
    struct client c = {.byte_by_byte = byte_by_byte};
    char frame[4 + 1000] = {'\x81', '\x7e', '\x03', '\xe8'};
    memset(frame + 4, 'x', 1000);
    open_it(&c);
    for (int i = 0; i < 3; i++)
        feed(&c, frame, sizeof(frame));
    CHECK(strstr(buf_data(&c.log), "closed") == NULL);
    feed(&c, "\x81\x04<a/>", 6);
    CHECK(strstr(buf_data(&c.log), "text(<a/>)end ") != NULL);
    finish(&c);
}

/* ---- what is sent ---- */

static void test_send(void) {
    struct client c = {.byte_by_byte = false};
    begin(&c, &plain);
    buf_clear(&c.sent);
    websocket_send(c.w, "<a/>", 4); /* too early */
    collect(&c);
    CHECK(buf_len(&c.sent) == 0);
    finish(&c);
    open_it(&c);
    websocket_send(c.w, "<a/>", 4);
    websocket_send(c.w, "<b/>", 4);
    collect(&c);
    CHECK(sent_is(&c, (struct frame)F("\x81\x04<a/>\x81\x04<b/>")));
    CHECK(buf_len(&c.sent) == 20);
    CHECK(c.sent.data == NULL || memcmp(c.sent.data + 2, c.sent.data + 12, 4) != 0); /* masks */
    finish(&c);
}

static void test_send_long(void) {
    struct client c = {.byte_by_byte = false};
    struct buf text = BUF_INIT, wanted = BUF_INIT, got = BUF_INIT;
    for (int i = 0; i < 6000; i++)
        buf_lit(&text, "<a>bcd</a>");
    open_it(&c);
    websocket_send(c.w, buf_data(&text), buf_len(&text));
    collect(&c);
    buf_lit(&wanted, "\x81\x7e\xea\x60");
    buf_add(&wanted, buf_data(&text), buf_len(&text));
    CHECK(unmask(&c.sent, &got) && buf_len(&got) == buf_len(&wanted) &&
          memcmp(buf_data(&got), buf_data(&wanted), buf_len(&got)) == 0);
    buf_finish(&text);
    buf_finish(&wanted);
    buf_finish(&got);
    finish(&c);
}

static void test_close(void) {
    struct client c = {.byte_by_byte = false};
    begin(&c, &plain);
    CHECK(!websocket_close(c.w));
    finish(&c);
    open_it(&c);
    CHECK(websocket_close(c.w));
    CHECK(!websocket_close(c.w));
    collect(&c);
    CHECK(sent_is(&c, (struct frame)F("\x88\x02\x03\xe8")));
    websocket_send(c.w, "<a/>", 4); /* too late */
    feed(&c, "\x81\x04<a/>", 6);    /* was on its way */
    feed(&c, "\x88\x02\x03\xe8", 4);
    CHECK(log_is(&c, "open text(<a/>)end closed(closed the WebSocket with code 1000) "));
    CHECK(sent_is(&c, (struct frame)F("\x88\x02\x03\xe8")));
    finish(&c);
}

static void test_free_inside(bool byte_by_byte) {
    struct client c = {.byte_by_byte = byte_by_byte, .frees_itself = true};
    open_it(&c);
    feed(&c, "\x81\x04<a/>\x81\x04<b/>\x89\x00", 14);
    CHECK(log_is(&c, byte_by_byte ? "open text(<)" : "open text(<a/>)"));
    finish(&c);
}

static void test_bad_host(void) {
    struct websocket_options o = plain;
    struct err err = ERR_INIT;
    o.host = "a..b";
    CHECK(websocket_new(&o, &callbacks, NULL, &err) == NULL);
    CHECK(err.text[0] != '\0');
}

static void request(void) {
    test_request();
    test_host();
    test_keys_differ();
    test_bad_host();
}

static void sending(void) {
    test_send();
    test_send_long();
    test_close();
}

static void answers_whole(void) {
    test_answers(false);
    test_endless_answer(false);
}

static void answers_byte_by_byte(void) {
    test_answers(true);
    test_endless_answer(true);
}

static void frames_whole(void) {
    test_frames(false);
    test_frames_with_answer(false);
    test_limit(false);
    test_free_inside(false);
}

static void frames_byte_by_byte(void) {
    test_frames(true);
    test_frames_with_answer(true);
    test_limit(true);
    test_free_inside(true);
}

int main(void) {
    RUN(request);
    RUN(sending);
    RUN(answers_whole);
    RUN(answers_byte_by_byte);
    RUN(frames_whole);
    RUN(frames_byte_by_byte);
    return check_done();
}
