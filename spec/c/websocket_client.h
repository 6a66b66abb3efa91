/* SPDX-License-Identifier: MIT */
/*
 * websocket_client: a WebSocket under test, and the server's half of it written out byte by byte. What the
 * client tells is one text in `log`: "open ", "text(…)", "end ", "closed(…) ". All of the server's bytes can
 * be fed whole or byte by byte; what comes of it must be the same.
 */
#ifndef COUPLET_SPEC_WEBSOCKET_CLIENT_H
#define COUPLET_SPEC_WEBSOCKET_CLIENT_H

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

static inline void log_text_end(struct client *c) {
    if (c->in_text)
        buf_lit(&c->log, ")");
    c->in_text = false;
}

static inline void on_opened(void *ctx) {
    struct client *c = ctx;
    buf_lit(&c->log, "open ");
}

static inline void on_text(void *ctx, const char *bytes, size_t len) {
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

static inline void on_message_end(void *ctx) {
    struct client *c = ctx;
    log_text_end(c);
    buf_lit(&c->log, "end ");
}

static inline void on_closed(void *ctx, const char *why) {
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

static inline void collect(struct client *c) {
    if (c->w == NULL)
        return;
    struct buf *out = websocket_out(c->w);
    buf_add(&c->sent, buf_data(out), buf_len(out));
    buf_clear(out);
}

static inline void begin(struct client *c, const struct websocket_options *options) {
    struct err err = ERR_INIT;
    bool byte_by_byte = c->byte_by_byte, frees_itself = c->frees_itself;
    *c = (struct client){.byte_by_byte = byte_by_byte, .frees_itself = frees_itself};
    c->w = websocket_new(options, &callbacks, c, &err);
    if (c->w == NULL)
        printf("# %s\n", err.text);
    collect(c);
}

static inline void finish(struct client *c) {
    websocket_free(c->w);
    buf_finish(&c->log);
    buf_finish(&c->sent);
}

/* In memory of its own, so that a sanitizer sees whoever reads beyond it. */
static inline void feed_piece(struct client *c, const char *bytes, size_t len) {
    char *piece = mem_alloc(len);
    memcpy(piece, bytes, len);
    if (c->w != NULL)
        websocket_feed(c->w, piece, len);
    mem_free(piece);
    collect(c);
}

static inline void feed(struct client *c, const char *bytes, size_t len) {
    if (!c->byte_by_byte)
        feed_piece(c, bytes, len);
    else
        for (size_t i = 0; i < len; i++)
            feed_piece(c, bytes + i, 1);
}

/* ---- the server's half of the handshake ---- */

static inline void header_of(const struct client *c, const char *name, char *out, size_t cap) {
    const char *at = strstr(buf_data(&c->sent), name);
    out[0] = '\0';
    if (at != NULL)
        snprintf(out, cap, "%.*s", (int)strcspn(at + strlen(name), "\r"), at + strlen(name));
}

static inline void accept_of(const struct client *c, struct buf *out) {
    char text[128], key[64];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    header_of(c, "Sec-WebSocket-Key: ", key, sizeof(key));
    snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    EVP_Digest(text, strlen(text), digest, &len, EVP_sha1(), NULL);
    base64_encode(out, digest, len);
}

/* `answer` with the accept value in the place of "@". */
static inline void answer(struct client *c, const char *answer_text) {
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

static inline void open_it(struct client *c) {
    begin(c, &plain);
    answer(c, GOOD);
    buf_clear(&c->sent);
}

static inline bool log_is(struct client *c, const char *wanted) {
    log_text_end(c);
    size_t len = strlen(wanted);
    bool prefix = len > 0 && wanted[len - 1] == '*';
    const char *got = buf_data(&c->log);
    bool ok = prefix ? strncmp(got, wanted, len - 1) == 0 : strcmp(got, wanted) == 0;
    if (!ok)
        printf("# wanted: %s\n# got:    %s\n", wanted, got);
    return ok;
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

/* The frames in `sent`, which must all be masked, without their masks. */
static inline bool unmask(const struct buf *sent, struct buf *out) {
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

static inline bool sent_is(struct client *c, struct frame wanted) {
    struct buf got = BUF_INIT;
    bool ok = unmask(&c->sent, &got);
    if (wanted.bytes == NULL)
        ok = ok && buf_len(&got) > 0 && buf_data(&got)[0] == '\x88';
    else
        ok = ok && buf_len(&got) == wanted.len && memcmp(buf_data(&got), wanted.bytes, wanted.len) == 0;
    buf_finish(&got);
    return ok;
}

#endif
