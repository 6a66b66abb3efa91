/* SPDX-License-Identifier: MIT */
/*
 * fuzz_websocket: a server that answers the upgrade and sends frames as it likes. The first byte of an input:
 * 1: the upgrade is answered well, the input is frames; 2: the owner closes after the first message; 4: it
 * frees the WebSocket there. The key is not random here: the answer that it wants stands in the seeds.
 *
 * Checked, besides what the sanitizers see: nothing before `opened` and nothing after `closed`; messages are
 * UTF-8 and within the limit; what is written is masked frames; whole and byte by byte the same messages and
 * the same end (libwslay looks at the reason of a close frame in pieces as they come: there the end may be
 * later).
 */
#include "base/buf.h"
#include "base/random.h"
#include "base/utf8.h"
#include "net/websocket.h"

#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

void random_bytes(void *out, size_t len) {
    memset(out, 7, len);
}

uint32_t random_below(uint32_t bound) {
    return bound / 2;
}

void random_id(char out[RANDOM_ID_LEN + 1]) {
    snprintf(out, RANDOM_ID_LEN + 1, "id");
}

#define ANSWER                                                                                               \
    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                                        \
    "Sec-WebSocket-Accept: CdXSYUsvsaMthlEXWDNURGWA/1o=\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n"

struct run {
    struct websocket *w;
    bool closes, frees, is_open, is_closed, is_freed;
    struct buf message, messages;
};

static void demand(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void on_opened(void *ctx) {
    struct run *r = ctx;
    demand(!r->is_open && !r->is_closed && !r->is_freed, "opened at a wrong time");
    r->is_open = true;
}

static void on_text(void *ctx, const char *bytes, size_t len) {
    struct run *r = ctx;
    demand(r->is_open && !r->is_closed && !r->is_freed, "text at a wrong time");
    buf_add(&r->message, bytes, len);
    demand(buf_len(&r->message) <= LIMIT, "a message over the limit");
}

static void on_message_end(void *ctx) {
    struct run *r = ctx;
    demand(r->is_open && !r->is_closed && !r->is_freed, "the end of a message at a wrong time");
    demand(utf8_is_valid(buf_data(&r->message), buf_len(&r->message)), "a message that is not UTF-8");
    buf_addf(&r->messages, "%zu:", buf_len(&r->message));
    buf_add(&r->messages, buf_data(&r->message), buf_len(&r->message));
    buf_clear(&r->message);
    if (r->closes)
        websocket_close(r->w);
    if (r->frees) {
        websocket_free(r->w);
        r->is_freed = true;
    }
}

static void on_closed(void *ctx, const char *why) {
    struct run *r = ctx;
    demand(!r->is_closed && !r->is_freed && why[0] != '\0', "closed at a wrong time");
    r->is_closed = true;
}

static void check_output(struct run *r) {
    struct buf *out = r->is_freed ? NULL : websocket_out(r->w);
    while (out != NULL && buf_len(out) > 0) {
        const unsigned char *p = (const unsigned char *)buf_data(out);
        demand(buf_len(out) >= 6 && p[1] >= 0x80 && p[1] < 0x80 + 126,
               "what is written is no short masked frame");
        demand(p[0] == 0x88 || p[0] == 0x8a, "what is written is no answer");
        buf_consume(out, 6u + (p[1] & 0x7f));
    }
}

static void feed(struct run *r, const char *bytes, size_t len, size_t piece_len) {
    for (size_t at = 0; at < len && !r->is_freed; at += piece_len) {
        size_t n = len - at < piece_len ? len - at : piece_len;
        char *piece = malloc(n);
        memcpy(piece, bytes + at, n);
        websocket_feed(r->w, piece, n);
        free(piece);
        check_output(r);
    }
}

static void play(struct run *r, const uint8_t *data, size_t len, size_t piece_len) {
    static const struct websocket_callbacks callbacks = {on_opened, on_text, on_message_end, on_closed};
    static const struct websocket_options options = {
        .host = "localhost", .port = 1, .resource = "/", .protocol = "xmpp", .message_len = LIMIT};
    *r = (struct run){.closes = data[0] & 2, .frees = data[0] & 4};
    struct err err = ERR_INIT;
    r->w = websocket_new(&options, &callbacks, r, &err);
    demand(r->w != NULL, err.text);
    buf_clear(websocket_out(r->w));
    if (data[0] & 1) {
        feed(r, ANSWER, sizeof(ANSWER) - 1, piece_len);
        demand(r->is_open, "the answer of the harness is not the one that is due");
    }
    feed(r, (const char *)data + 1, len - 1, piece_len);
    if (!r->is_freed)
        websocket_free(r->w);
}

static void finish(struct run *r) {
    buf_finish(&r->message);
    buf_finish(&r->messages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct run whole, bytes;
    if (len < 2)
        return 0;
    play(&whole, data, len, len);
    play(&bytes, data, len, 1);
    demand(whole.is_open == bytes.is_open &&
               (whole.is_closed == bytes.is_closed || memchr(data, 0x88, len) != NULL) &&
               buf_len(&whole.messages) == buf_len(&bytes.messages) &&
               memcmp(buf_data(&whole.messages), buf_data(&bytes.messages), buf_len(&whole.messages)) == 0,
           "other messages byte by byte");
    finish(&whole);
    finish(&bytes);
    return 0;
}
