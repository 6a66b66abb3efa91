/* SPDX-License-Identifier: MIT */
/* The frames of a server (RFC 6455 5): what comes of good ones, and how bad ones end it. */
#include "websocket_client.h"

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

static void test_free_inside(bool byte_by_byte) {
    struct client c = {.byte_by_byte = byte_by_byte, .frees_itself = true};
    open_it(&c);
    feed(&c, "\x81\x04<a/>\x81\x04<b/>\x89\x00", 14);
    CHECK(log_is(&c, byte_by_byte ? "open text(<)" : "open text(<a/>)"));
    finish(&c);
}

static void whole(void) {
    test_frames(false);
    test_frames_with_answer(false);
    test_limit(false);
    test_free_inside(false);
}

static void byte_by_byte(void) {
    test_frames(true);
    test_frames_with_answer(true);
    test_limit(true);
    test_free_inside(true);
}

int main(void) {
    RUN(whole);
    RUN(byte_by_byte);
    return check_done();
}
