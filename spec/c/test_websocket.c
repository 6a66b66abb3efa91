/* SPDX-License-Identifier: MIT */
/* The WebSocket client: its request, the answers to it, good and bad, what it sends, and its close. */
#include "websocket_client.h"

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

int main(void) {
    RUN(request);
    RUN(sending);
    RUN(answers_whole);
    RUN(answers_byte_by_byte);
    return check_done();
}
