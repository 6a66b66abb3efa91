/* SPDX-License-Identifier: MIT */
/*
 * libwslay does the frames: masks (fresh random bytes for each), lengths, opcodes, reserved bits, UTF-8,
 * codes, the answers to ping and close. Two of its ways are not ours: it would gather a message in memory, so
 * it is told not to, and what comes is handed on piece by piece; and it then counts only the frame, so the
 * length of a message that comes in fragments is counted here.
 *
 * (libwebsockets would do all of this and the upgrade, and brings sockets, TLS and a loop of its own:
 * addresses, certificates, deadlines and back-off would have a second code path for this one transport.)
 */
#include "net/websocket.h"

#include "base/library.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/utf8.h"
#include "net/ws_upgrade.h"

#include <stdio.h>
#include <wslay/wslay.h>

enum { MESSAGE_LEN = 262144 };

static const char no_frame[] = "sent what is no WebSocket frame";
static const char no_utf8[] = "sent WebSocket text that is not UTF-8";
static const char too_large[] = "sent a WebSocket message that is larger than the limit";

enum state {
    UPGRADING, /* the request is out */
    OPEN,
    CLOSING, /* our close frame is out */
    OVER     /* `closed` was told */
};

struct frames {
    __typeof__(wslay_event_context_client_init) *init;
    __typeof__(wslay_event_context_free) *free;
    __typeof__(wslay_event_config_set_no_buffering) *set_no_buffering;
    __typeof__(wslay_event_config_set_max_recv_msg_length) *set_max_length;
    __typeof__(wslay_event_recv) *recv;
    __typeof__(wslay_event_send) *send;
    __typeof__(wslay_event_queue_msg) *queue_msg;
    __typeof__(wslay_event_queue_close) *queue_close;
    __typeof__(wslay_event_set_error) *set_error;
    __typeof__(wslay_event_shutdown_read) *shutdown_read;
    __typeof__(wslay_event_get_read_enabled) *is_reading;
    __typeof__(wslay_event_get_status_code_sent) *code_sent;
};

struct websocket {
    void *library;
    struct frames frames;
    wslay_event_context_ptr wslay;
    struct ws_upgrade *upgrade; /* while UPGRADING */
    const struct websocket_callbacks *callbacks;
    void *ctx;
    struct buf out;
    enum state state;
    int depth;     /* of websocket_feed */
    bool is_freed; /* inside of it */
    const char *in;
    size_t in_len;
    size_t message_most, message_len;
    bool in_text;  /* the frame that comes belongs to a text message */
    char why[256]; /* of the end, as soon as it is known */
};

/* ---- the library ---- */

static void load(struct websocket *w, struct err *err) {
    static const struct library_symbol symbols[] = {
        LIBRARY_SYMBOL(struct frames, init, wslay_event_context_client_init),
        LIBRARY_SYMBOL(struct frames, free, wslay_event_context_free),
        LIBRARY_SYMBOL(struct frames, set_no_buffering, wslay_event_config_set_no_buffering),
        LIBRARY_SYMBOL(struct frames, set_max_length, wslay_event_config_set_max_recv_msg_length),
        LIBRARY_SYMBOL(struct frames, recv, wslay_event_recv),
        LIBRARY_SYMBOL(struct frames, send, wslay_event_send),
        LIBRARY_SYMBOL(struct frames, queue_msg, wslay_event_queue_msg),
        LIBRARY_SYMBOL(struct frames, queue_close, wslay_event_queue_close),
        LIBRARY_SYMBOL(struct frames, set_error, wslay_event_set_error),
        LIBRARY_SYMBOL(struct frames, shutdown_read, wslay_event_shutdown_read),
        LIBRARY_SYMBOL(struct frames, is_reading, wslay_event_get_read_enabled),
        LIBRARY_SYMBOL(struct frames, code_sent, wslay_event_get_status_code_sent),
        {NULL, 0},
    };
    static const struct library library = {"libwslay.so.1", "libwslay1", symbols};
    w->library = library_open(&library, &w->frames, err);
}

/* ---- what wslay asks for ---- */

static ssize_t on_recv(wslay_event_context_ptr wslay, uint8_t *to, size_t cap, int flags, void *ctx) {
    struct websocket *w = ctx;
    size_t len = cap < w->in_len ? cap : w->in_len;
    (void)flags;
    if (len == 0) {
        w->frames.set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(to, w->in, len);
    w->in += len;
    w->in_len -= len;
    return (ssize_t)len;
}

static ssize_t on_send(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t len, int flags,
                       void *ctx) {
    struct websocket *w = ctx;
    (void)wslay, (void)flags;
    buf_add(&w->out, bytes, len);
    return (ssize_t)len;
}

static int on_mask(wslay_event_context_ptr wslay, uint8_t *mask, size_t len, void *ctx) {
    (void)wslay, (void)ctx;
    random_bytes(mask, len); /* RFC 6455 10.3 */
    return 0;
}

/* ---- what wslay tells ---- */

/* It is over, for a reason that wslay does not see; the peer is told. */
static void refuse(struct websocket *w, uint16_t code, const char *why) {
    if (w->why[0] == '\0')
        snprintf(w->why, sizeof(w->why), "%s", why);
    w->frames.queue_close(w->wslay, code, NULL, 0);
    w->frames.shutdown_read(w->wslay);
}

static void on_frame(wslay_event_context_ptr wslay, const struct wslay_event_on_frame_recv_start_arg *frame,
                     void *ctx) {
    struct websocket *w = ctx;
    (void)wslay;
    w->in_text = !wslay_is_ctrl_frame(frame->opcode);
    if (!w->in_text)
        return;
    if (frame->opcode == WSLAY_BINARY_FRAME)
        refuse(w, WSLAY_CODE_UNSUPPORTED_DATA, "sent a binary WebSocket message, which XMPP does not have");
    else if (frame->payload_length > w->message_most - w->message_len)
        refuse(w, WSLAY_CODE_MESSAGE_TOO_BIG, too_large);
    else
        w->message_len += (size_t)frame->payload_length;
}

static bool is_silent(const struct websocket *w) {
    return w->is_freed || w->why[0] != '\0';
}

static void on_chunk(wslay_event_context_ptr wslay, const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                     void *ctx) {
    struct websocket *w = ctx;
    (void)wslay;
    if (w->in_text && chunk->data_length > 0 && !is_silent(w))
        w->callbacks->text(w->ctx, (const char *)chunk->data, chunk->data_length);
}

/* The frame's content is the code and then the reason (5.5.1). */
static void on_close(struct websocket *w, const struct wslay_event_on_msg_recv_arg *m) {
    int len = m->msg_length > 2 ? (int)m->msg_length - 2 : 0;
    const char *reason = len > 0 ? (const char *)m->msg + 2 : "";
    if (m->msg_length == 1) /* this and the next wslay does not see, or not always */
        snprintf(w->why, sizeof(w->why), "%s", no_frame);
    else if (!utf8_is_valid(reason, (size_t)len))
        snprintf(w->why, sizeof(w->why), "%s", no_utf8);
    else if (m->status_code == 0)
        snprintf(w->why, sizeof(w->why), "closed the WebSocket");
    else
        snprintf(w->why, sizeof(w->why), "closed the WebSocket with code %u%s%.*s", (unsigned)m->status_code,
                 len > 0 ? ": " : "", len, reason);
}

static void on_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *m,
                       void *ctx) {
    struct websocket *w = ctx;
    (void)wslay;
    if (is_silent(w))
        return;
    if (m->opcode == WSLAY_CONNECTION_CLOSE) {
        on_close(w, m);
    } else if (m->opcode == WSLAY_TEXT_FRAME) {
        w->message_len = 0;
        w->callbacks->message_end(w->ctx);
    }
}

/* ---- life ---- */

static void begin_frames(struct websocket *w) {
    static const struct wslay_event_callbacks callbacks = {.recv_callback = on_recv,
                                                           .send_callback = on_send,
                                                           .genmask_callback = on_mask,
                                                           .on_frame_recv_start_callback = on_frame,
                                                           .on_frame_recv_chunk_callback = on_chunk,
                                                           .on_msg_recv_callback = on_message};
    if (w->frames.init(&w->wslay, &callbacks, w) != 0)
        abort(); /* out of memory */
    w->frames.set_no_buffering(w->wslay, 1);
    w->frames.set_max_length(w->wslay, w->message_most);
}

struct websocket *websocket_new(const struct websocket_options *options,
                                const struct websocket_callbacks *callbacks, void *ctx, struct err *err) {
    struct websocket *w = mem_new(struct websocket);
    w->callbacks = callbacks;
    w->ctx = ctx;
    w->message_most = options->message_len != 0 ? options->message_len : MESSAGE_LEN;
    load(w, err);
    if (w->library != NULL)
        w->upgrade = ws_upgrade_new(options, &w->out, err);
    if (w->upgrade != NULL)
        return w;
    websocket_free(w);
    return NULL;
}

static void destroy(struct websocket *w) {
    if (w->wslay != NULL)
        w->frames.free(w->wslay);
    ws_upgrade_free(w->upgrade);
    library_close(w->library);
    buf_finish(&w->out);
    mem_free(w);
}

void websocket_free(struct websocket *w) {
    if (w == NULL)
        return;
    w->is_freed = true;
    if (w->depth > 0 && w->wslay != NULL)
        w->frames.shutdown_read(w->wslay);
    if (w->depth == 0)
        destroy(w);
}

struct buf *websocket_out(struct websocket *w) {
    return &w->out;
}

/* ---- bytes in ---- */

static void end(struct websocket *w) {
    w->state = OVER;
    w->in_len = 0;
    w->callbacks->closed(w->ctx, w->why);
}

static void feed_upgrade(struct websocket *w) {
    struct err why = ERR_INIT;
    size_t used = 0;
    enum ws_upgrade_result r = ws_upgrade_feed(w->upgrade, w->in, w->in_len, &used, &why);
    w->in += used;
    w->in_len -= used;
    if (r == WS_UPGRADE_MORE)
        return;
    ws_upgrade_free(w->upgrade);
    w->upgrade = NULL;
    if (r == WS_UPGRADE_FAILED) {
        snprintf(w->why, sizeof(w->why), "%.255s", why.text);
        end(w);
        return;
    }
    w->state = OPEN;
    begin_frames(w);
    w->callbacks->opened(w->ctx);
}

static void flush(struct websocket *w) {
    if (w->frames.send(w->wslay) == WSLAY_ERR_NOMEM)
        abort();
}

/* wslay found what breaks the rules and has queued a close that says which (7.4.1). */
static void describe_breach(struct websocket *w) {
    unsigned code = w->frames.code_sent(w->wslay);
    snprintf(w->why, sizeof(w->why), "%s",
             code == WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA ? no_utf8
             : code == WSLAY_CODE_MESSAGE_TOO_BIG          ? too_large
                                                           : no_frame);
}

static void feed_frames(struct websocket *w) {
    if (w->frames.recv(w->wslay) == WSLAY_ERR_NOMEM)
        abort();
    if (w->is_freed)
        return;
    flush(w);
    if (w->why[0] == '\0' && !w->frames.is_reading(w->wslay))
        describe_breach(w);
    if (w->why[0] != '\0')
        end(w);
}

void websocket_feed(struct websocket *w, const char *bytes, size_t len) {
    if (w->state == OVER || len == 0)
        return;
    w->depth++;
    w->in = bytes;
    w->in_len = len;
    if (w->state == UPGRADING)
        feed_upgrade(w);
    if (!w->is_freed && w->in_len > 0)
        feed_frames(w);
    w->in_len = 0;
    if (--w->depth == 0 && w->is_freed)
        destroy(w);
}

/* ---- bytes out ---- */

void websocket_send(struct websocket *w, const char *text, size_t len) {
    struct wslay_event_msg m = {.opcode = WSLAY_TEXT_FRAME, .msg = (const uint8_t *)text, .msg_length = len};
    if (w->state != OPEN)
        return;
    if (w->frames.queue_msg(w->wslay, &m) == WSLAY_ERR_NOMEM)
        abort();
    flush(w);
}

bool websocket_close(struct websocket *w) {
    if (w->state != OPEN)
        return false;
    w->state = CLOSING;
    if (w->frames.queue_close(w->wslay, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0) == WSLAY_ERR_NOMEM)
        abort();
    flush(w);
    return true;
}
