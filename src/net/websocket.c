/* SPDX-License-Identifier: MIT */
/* websocket: the upgrade (ws_upgrade.c) and then the frames (ws_frames.c), and that `closed` is told once. */
#include "net/websocket.h"

#include "base/mem.h"
#include "net/ws_frames.h"
#include "net/ws_upgrade.h"

enum { MESSAGE_LEN = 262144 };

enum state {
    UPGRADING, /* the request is out */
    OPEN,
    CLOSING, /* our close frame is out */
    OVER     /* `closed` was told */
};

struct websocket {
    struct ws_upgrade *upgrade; /* while UPGRADING */
    struct ws_frames *frames;
    const struct websocket_callbacks *callbacks;
    void *ctx;
    struct buf out;
    enum state state;
    int depth;     /* of websocket_feed */
    bool is_freed; /* inside of it */
};

/* ---- life ---- */

struct websocket *websocket_new(const struct websocket_options *options,
                                const struct websocket_callbacks *callbacks, void *ctx, struct err *err) {
    struct websocket *w = mem_new(struct websocket);
    size_t message_most = options->message_len != 0 ? options->message_len : MESSAGE_LEN;
    w->callbacks = callbacks;
    w->ctx = ctx;
    w->frames = ws_frames_new(message_most, callbacks, ctx, &w->out, err);
    if (w->frames != NULL)
        w->upgrade = ws_upgrade_new(options, &w->out, err);
    if (w->upgrade != NULL)
        return w;
    websocket_free(w);
    return NULL;
}

static void destroy(struct websocket *w) {
    ws_frames_free(w->frames);
    ws_upgrade_free(w->upgrade);
    buf_finish(&w->out);
    mem_free(w);
}

void websocket_free(struct websocket *w) {
    if (w == NULL)
        return;
    w->is_freed = true;
    if (w->depth == 0)
        destroy(w);
    else
        ws_frames_stop(w->frames);
}

struct buf *websocket_out(struct websocket *w) {
    return &w->out;
}

/* ---- bytes in ---- */

static void end(struct websocket *w, const char *why) {
    w->state = OVER;
    w->callbacks->closed(w->ctx, why);
}

/* Returns how many of the bytes belong to the answer: all of them, unless it is complete and good. */
static size_t feed_upgrade(struct websocket *w, const char *bytes, size_t len) {
    struct err why = ERR_INIT;
    size_t used = 0;
    enum ws_upgrade_result r = ws_upgrade_feed(w->upgrade, bytes, len, &used, &why);
    if (r == WS_UPGRADE_MORE)
        return len;
    ws_upgrade_free(w->upgrade);
    w->upgrade = NULL;
    if (r == WS_UPGRADE_FAILED) {
        end(w, why.text);
        return len;
    }
    w->state = OPEN;
    w->callbacks->opened(w->ctx);
    return used;
}

static void feed_frames(struct websocket *w, const char *bytes, size_t len) {
    const char *why = ws_frames_feed(w->frames, bytes, len);
    if (why != NULL)
        end(w, why);
}

void websocket_feed(struct websocket *w, const char *bytes, size_t len) {
    if (w->state == OVER || len == 0)
        return;
    w->depth++;
    size_t used = w->state == UPGRADING ? feed_upgrade(w, bytes, len) : 0;
    if (!w->is_freed && used < len)
        feed_frames(w, bytes + used, len - used);
    if (--w->depth == 0 && w->is_freed)
        destroy(w);
}

/* ---- bytes out ---- */

void websocket_send(struct websocket *w, const char *text, size_t len) {
    if (w->state == OPEN)
        ws_frames_send(w->frames, text, len);
}

bool websocket_close(struct websocket *w) {
    if (w->state != OPEN)
        return false;
    w->state = CLOSING;
    ws_frames_close(w->frames);
    return true;
}
