/* SPDX-License-Identifier: MIT */
/*
 * libwslay does masks (fresh random bytes for each frame), lengths, opcodes, reserved bits, UTF-8, codes, the
 * answers to ping and close. Two of its ways are not ours: it would gather a message in memory, so it is told
 * not to, and what comes is handed on piece by piece; and it then counts only the frame, so the length of a
 * message that comes in fragments is counted here.
 *
 * (libwebsockets would do all of this and the upgrade, and brings sockets, TLS and a loop of its own:
 * addresses, certificates, deadlines and back-off would have a second code path for this one transport.)
 */
#include "net/ws_frames.h"

#include "base/library.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/utf8.h"

#include <stdio.h>
#include <wslay/wslay.h>

static const char no_frame[] = "sent what is no WebSocket frame";
static const char no_utf8[] = "sent WebSocket text that is not UTF-8";
static const char too_large[] = "sent a WebSocket message that is larger than the limit";

struct wslay {
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

struct ws_frames {
    void *library;
    struct wslay wslay;
    wslay_event_context_ptr context;
    const struct websocket_callbacks *callbacks;
    void *ctx;
    struct buf *out;
    const char *in;
    size_t in_len;
    size_t message_most, message_len;
    bool in_text;    /* the frame that comes belongs to a text message */
    bool is_stopped; /* by the owner */
    char why[256];   /* of the end, as soon as it is known */
};

/* ---- the library ---- */

static void load(struct ws_frames *f, struct err *err) {
    static const struct library_symbol symbols[] = {
        LIBRARY_SYMBOL(struct wslay, init, wslay_event_context_client_init),
        LIBRARY_SYMBOL(struct wslay, free, wslay_event_context_free),
        LIBRARY_SYMBOL(struct wslay, set_no_buffering, wslay_event_config_set_no_buffering),
        LIBRARY_SYMBOL(struct wslay, set_max_length, wslay_event_config_set_max_recv_msg_length),
        LIBRARY_SYMBOL(struct wslay, recv, wslay_event_recv),
        LIBRARY_SYMBOL(struct wslay, send, wslay_event_send),
        LIBRARY_SYMBOL(struct wslay, queue_msg, wslay_event_queue_msg),
        LIBRARY_SYMBOL(struct wslay, queue_close, wslay_event_queue_close),
        LIBRARY_SYMBOL(struct wslay, set_error, wslay_event_set_error),
        LIBRARY_SYMBOL(struct wslay, shutdown_read, wslay_event_shutdown_read),
        LIBRARY_SYMBOL(struct wslay, is_reading, wslay_event_get_read_enabled),
        LIBRARY_SYMBOL(struct wslay, code_sent, wslay_event_get_status_code_sent),
        {NULL, 0},
    };
    static const struct library library = {"libwslay.so.1", "libwslay1", symbols};
    f->library = library_open(&library, &f->wslay, err);
}

/* ---- what wslay asks for ---- */

static ssize_t on_recv(wslay_event_context_ptr context, uint8_t *to, size_t cap, int flags, void *ctx) {
    struct ws_frames *f = ctx;
    size_t len = cap < f->in_len ? cap : f->in_len;
    (void)flags;
    if (len == 0) {
        f->wslay.set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(to, f->in, len);
    f->in += len;
    f->in_len -= len;
    return (ssize_t)len;
}

static ssize_t on_send(wslay_event_context_ptr context, const uint8_t *bytes, size_t len, int flags,
                       void *ctx) {
    struct ws_frames *f = ctx;
    (void)context, (void)flags;
    buf_add(f->out, bytes, len);
    return (ssize_t)len;
}

static int on_mask(wslay_event_context_ptr context, uint8_t *mask, size_t len, void *ctx) {
    (void)context, (void)ctx;
    random_bytes(mask, len); /* RFC 6455 10.3 */
    return 0;
}

/* ---- what wslay tells ---- */

/* It is over, for a reason that wslay does not see; the peer is told. */
static void refuse(struct ws_frames *f, uint16_t code, const char *why) {
    if (f->why[0] == '\0')
        snprintf(f->why, sizeof(f->why), "%s", why);
    f->wslay.queue_close(f->context, code, NULL, 0);
    f->wslay.shutdown_read(f->context);
}

static void on_frame(wslay_event_context_ptr context, const struct wslay_event_on_frame_recv_start_arg *frame,
                     void *ctx) {
    struct ws_frames *f = ctx;
    (void)context;
    f->in_text = !wslay_is_ctrl_frame(frame->opcode);
    if (!f->in_text)
        return;
    if (frame->opcode == WSLAY_BINARY_FRAME)
        refuse(f, WSLAY_CODE_UNSUPPORTED_DATA, "sent a binary WebSocket message, which XMPP does not have");
    else if (frame->payload_length > f->message_most - f->message_len)
        refuse(f, WSLAY_CODE_MESSAGE_TOO_BIG, too_large);
    else
        f->message_len += (size_t)frame->payload_length;
}

static bool is_silent(const struct ws_frames *f) {
    return f->is_stopped || f->why[0] != '\0';
}

static void on_chunk(wslay_event_context_ptr context, const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                     void *ctx) {
    struct ws_frames *f = ctx;
    (void)context;
    if (f->in_text && chunk->data_length > 0 && !is_silent(f))
        f->callbacks->text(f->ctx, (const char *)chunk->data, chunk->data_length);
}

/* The frame's content is the code and then the reason (5.5.1). */
static void on_close(struct ws_frames *f, const struct wslay_event_on_msg_recv_arg *m) {
    int len = m->msg_length > 2 ? (int)m->msg_length - 2 : 0;
    const char *reason = len > 0 ? (const char *)m->msg + 2 : "";
    if (m->msg_length == 1) /* this and the next wslay does not see, or not always */
        snprintf(f->why, sizeof(f->why), "%s", no_frame);
    else if (!utf8_is_valid(reason, (size_t)len))
        snprintf(f->why, sizeof(f->why), "%s", no_utf8);
    else if (m->status_code == 0)
        snprintf(f->why, sizeof(f->why), "closed the WebSocket");
    else
        snprintf(f->why, sizeof(f->why), "closed the WebSocket with code %u%s%.*s", (unsigned)m->status_code,
                 len > 0 ? ": " : "", len, reason);
}

static void on_message(wslay_event_context_ptr context, const struct wslay_event_on_msg_recv_arg *m,
                       void *ctx) {
    struct ws_frames *f = ctx;
    (void)context;
    if (is_silent(f))
        return;
    if (m->opcode == WSLAY_CONNECTION_CLOSE) {
        on_close(f, m);
    } else if (m->opcode == WSLAY_TEXT_FRAME) {
        f->message_len = 0;
        f->callbacks->message_end(f->ctx);
    }
}

/* ---- life ---- */

static void begin(struct ws_frames *f) {
    static const struct wslay_event_callbacks callbacks = {.recv_callback = on_recv,
                                                           .send_callback = on_send,
                                                           .genmask_callback = on_mask,
                                                           .on_frame_recv_start_callback = on_frame,
                                                           .on_frame_recv_chunk_callback = on_chunk,
                                                           .on_msg_recv_callback = on_message};
    if (f->wslay.init(&f->context, &callbacks, f) != 0)
        abort(); /* out of memory */
    f->wslay.set_no_buffering(f->context, 1);
    f->wslay.set_max_length(f->context, f->message_most);
}

struct ws_frames *ws_frames_new(size_t message_most, const struct websocket_callbacks *callbacks, void *ctx,
                                struct buf *out, struct err *err) {
    struct ws_frames *f = mem_new(struct ws_frames);
    f->callbacks = callbacks;
    f->ctx = ctx;
    f->out = out;
    f->message_most = message_most;
    load(f, err);
    if (f->library != NULL) {
        begin(f);
        return f;
    }
    ws_frames_free(f);
    return NULL;
}

void ws_frames_free(struct ws_frames *f) {
    if (f == NULL)
        return;
    if (f->context != NULL)
        f->wslay.free(f->context);
    library_close(f->library);
    mem_free(f);
}

void ws_frames_stop(struct ws_frames *f) {
    f->is_stopped = true;
    f->wslay.shutdown_read(f->context);
}

/* ---- bytes in, bytes out ---- */

static void flush(struct ws_frames *f) {
    if (f->wslay.send(f->context) == WSLAY_ERR_NOMEM)
        abort();
}

/* wslay found what breaks the rules and has queued a close that says which (7.4.1). */
static void describe_breach(struct ws_frames *f) {
    unsigned code = f->wslay.code_sent(f->context);
    snprintf(f->why, sizeof(f->why), "%s",
             code == WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA ? no_utf8
             : code == WSLAY_CODE_MESSAGE_TOO_BIG          ? too_large
                                                           : no_frame);
}

const char *ws_frames_feed(struct ws_frames *f, const char *bytes, size_t len) {
    f->in = bytes;
    f->in_len = len;
    if (f->wslay.recv(f->context) == WSLAY_ERR_NOMEM)
        abort();
    f->in_len = 0;
    if (f->is_stopped)
        return NULL;
    flush(f);
    if (f->why[0] == '\0' && !f->wslay.is_reading(f->context))
        describe_breach(f);
    return f->why[0] != '\0' ? f->why : NULL;
}

void ws_frames_send(struct ws_frames *f, const char *text, size_t len) {
    struct wslay_event_msg m = {.opcode = WSLAY_TEXT_FRAME, .msg = (const uint8_t *)text, .msg_length = len};
    if (f->wslay.queue_msg(f->context, &m) == WSLAY_ERR_NOMEM)
        abort();
    flush(f);
}

void ws_frames_close(struct ws_frames *f) {
    if (f->wslay.queue_close(f->context, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0) == WSLAY_ERR_NOMEM)
        abort();
    flush(f);
}
