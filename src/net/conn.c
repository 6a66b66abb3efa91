/* SPDX-License-Identifier: MIT */
/*
 * Joins route (where to), tcp (bytes) and tls. A connection that is up and idle holds this struct, libuv's
 * handle and OpenSSL's session, and no buffer.
 *
 *   received  <- plain <- [tls_step] <- on_read <- the loop's scratch memory, shared by all connections
 *   conn_out  -> [tls_write -> the context's wire] -> tcp_write; while the kernel takes no more, it stays
 * plain
 *
 * Every way to the end goes through end(): it notes kind and reason, and report() tells them at the end of
 * the turn. Callbacks run between enter() and leave(): conn_free inside one takes the transport away at once
 * and leaves the memory to leave().
 */
#include "net/conn.h"

#include "base/mem.h"
#include "net/route.h"
#include "net/tcp.h"
#include "net/tls.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum state { IDLE, CONNECTING, CLEAR, HANDSHAKE, SECURED };

enum { WIRE_KEEP = 65536 };

struct conn {
    struct loop *loop;
    struct dns *dns;
    const struct conn_callbacks *callbacks;
    void *ctx;
    struct tls_context *tls_context;
    struct route *route; /* while CONNECTING */
    uv_tcp_t *tcp;       /* from CLEAR on; its data is this conn */
    struct tls *tls;     /* from HANDSHAKE on */
    char *domain;
    char *who, *peer; /* "localhost (127.0.0.1:5222)" and its second part; NULL before CLEAR */
    struct buf out;
    struct loop_defer report;
    char *why; /* of the end that is to be reported */
    enum conn_kind kind;
    uint8_t state;
    uint8_t depth;     /* of enter() */
    bool freed;        /* conn_free was called inside a callback */
    bool ending;       /* report() is queued; nothing more is received */
    bool cut;          /* the peer takes nothing more */
    bool shut;         /* conn_shutdown was called */
    bool flush_wanted; /* a flush came when nothing could be written */
};

static void report(struct loop_defer *d);

/* ---- life ---- */

struct conn *conn_new(struct loop *l, struct dns *dns, const struct conn_callbacks *callbacks, void *ctx) {
    struct conn *c = mem_new(struct conn);
    c->loop = l;
    c->dns = dns;
    c->callbacks = callbacks;
    c->ctx = ctx;
    c->report.run = report;
    return c;
}

static void drop_text(char **text) {
    mem_free(*text);
    *text = NULL;
}

static void drop_transport(struct conn *c) {
    loop_defer_cancel(c->loop, &c->report);
    route_free(c->route);
    tls_free(c->tls);
    if (c->tcp != NULL)
        tcp_close(c->tcp);
    c->route = NULL;
    c->tls = NULL;
    c->tcp = NULL;
    buf_finish(&c->out);
    drop_text(&c->domain);
    drop_text(&c->who);
    drop_text(&c->peer);
    drop_text(&c->why);
    c->state = IDLE;
    c->ending = c->cut = c->shut = c->flush_wanted = false;
}

void conn_free(struct conn *c) {
    if (c == NULL)
        return;
    drop_transport(c);
    c->freed = true;
    if (c->depth == 0)
        mem_free(c);
}

static void enter(struct conn *c) {
    c->depth++;
}

static void leave(struct conn *c) {
    if (--c->depth == 0 && c->freed)
        mem_free(c);
}

/* ---- the end ---- */

static void end(struct conn *c, enum conn_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void end(struct conn *c, enum conn_kind kind, const char *fmt, ...) {
    struct err text;
    va_list ap;
    if (c->ending)
        return;
    va_start(ap, fmt);
    err_setv(&text, fmt, ap);
    va_end(ap);
    c->ending = true;
    c->kind = kind;
    c->why = mem_strdup(text.text);
    route_free(c->route);
    c->route = NULL;
    if (c->tcp != NULL)
        uv_read_stop((uv_stream_t *)c->tcp);
    loop_defer(c->loop, &c->report);
}

static void report(struct loop_defer *d) {
    struct conn *c = (struct conn *)((char *)d - offsetof(struct conn, report));
    char *why = c->why;
    c->why = NULL;
    drop_transport(c);
    enter(c);
    c->callbacks->closed(c->ctx, c->kind, why);
    leave(c);
    mem_free(why);
}

/* ---- writing ---- */

static void on_written(uv_tcp_t *tcp, int status);

/* What came before the cut is still to be read, the peer's reason perhaps; the reader finds the end. */
static void write_failed(struct conn *c, int status) {
    c->cut = true;
    buf_finish(&c->out);
    if (status != UV_EPIPE && status != UV_ECONNRESET)
        end(c, CONN_FAILED, "cannot write to %s: %s", c->who, uv_strerror(status));
}

static void push(struct conn *c, struct buf *bytes) {
    int rc;
    if (c->cut || c->shut)
        buf_clear(bytes);
    else if ((rc = tcp_write(c->tcp, bytes, on_written)) != 0)
        write_failed(c, rc);
}

static void push_wire(struct conn *c) {
    struct buf *wire = tls_wire(c->tls);
    push(c, wire);
    buf_release(wire, WIRE_KEEP);
}

static bool can_write(const struct conn *c) {
    bool open = c->state == CLEAR || c->state == SECURED;
    return open && !c->cut && !c->shut;
}

static void write_out(struct conn *c) {
    if (c->state == CLEAR) {
        push(c, &c->out);
    } else if (tls_write(c->tls, buf_data(&c->out), buf_len(&c->out)) == 0) {
        push_wire(c);
    } else {
        c->cut = true;
        end(c, CONN_FAILED, "TLS with %s failed: %s", c->who, tls_why(c->tls));
    }
    buf_finish(&c->out);
}

struct buf *conn_out(struct conn *c) {
    return &c->out;
}

void conn_flush(struct conn *c) {
    c->flush_wanted = !can_write(c) || c->tcp->write_queue_size > 0;
    if (!c->flush_wanted && buf_len(&c->out) > 0)
        write_out(c);
}

static void flush_if_wanted(struct conn *c) {
    if (!c->freed && c->flush_wanted && can_write(c))
        conn_flush(c);
}

static void on_written(uv_tcp_t *tcp, int status) {
    struct conn *c = tcp->data;
    if (c == NULL)
        return;
    if (status != 0)
        write_failed(c, status);
    else
        flush_if_wanted(c);
}

size_t conn_unsent(const struct conn *c) {
    return buf_len(&c->out) + (c->tcp ? c->tcp->write_queue_size : 0);
}

const char *conn_peer(const struct conn *c) {
    return c->peer ? c->peer : "";
}

/* ---- TLS ---- */

static void tls_over(struct conn *c, enum tls_event event) {
    if (event == TLS_CLOSED) {
        tls_shutdown(c->tls); /* close_notify is answered by one (RFC 8446 6.1) */
        push_wire(c);
        end(c, CONN_CLOSED_BY_PEER, "%s closed the connection", c->who);
    } else if (event == TLS_UNTRUSTED) {
        end(c, CONN_UNTRUSTED, "the certificate of %s %s", c->who, tls_why(c->tls));
    } else {
        end(c, CONN_FAILED, "TLS %s %s failed: %s", c->state == SECURED ? "with" : "handshake with", c->who,
            tls_why(c->tls));
    }
}

static void secured(struct conn *c) {
    c->state = SECURED;
    c->callbacks->secured(c->ctx, tls_version(c->tls), tls_cipher(c->tls));
    flush_if_wanted(c);
}

/* Until all that was fed is used up, or a callback has ended it. */
static void pump(struct conn *c) {
    while (!c->freed && !c->ending) {
        const char *bytes;
        size_t len;
        enum tls_event event = tls_step(c->tls, &bytes, &len);
        push_wire(c);
        if (event == TLS_WANTS_INPUT)
            return;
        if (event == TLS_READY)
            secured(c);
        else if (event == TLS_DATA)
            c->callbacks->received(c->ctx, bytes, len);
        else
            tls_over(c, event);
    }
}

void conn_start_tls(struct conn *c) {
    struct err err = ERR_INIT;
    assert(c->tls_context != NULL);
    if (c->state != CLEAR || c->ending)
        return;
    write_out(c); /* what was meant in clear; behind what is still being written */
    c->flush_wanted = false;
    c->state = HANDSHAKE;
    c->tls = tls_new(c->tls_context, c->domain, &err);
    if (c->tls == NULL)
        end(c, CONN_FAILED, "%s", err.text);
    else
        pump(c); /* only says hello: no callback without input */
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out) {
    struct conn *c = h->data;
    (void)suggested;
    *out = uv_buf_init(loop_scratch(c->loop), LOOP_SCRATCH_LEN);
}

static void on_eof(struct conn *c) {
    if (c->state == HANDSHAKE)
        end(c, CONN_FAILED, "%s closed the connection during the TLS handshake", c->who);
    else if (c->cut)
        end(c, CONN_FAILED, "the connection to %s was reset", c->who);
    else if (c->state == SECURED && !c->shut)
        end(c, CONN_FAILED, "%s cut the connection (TLS was not ended)", c->who);
    else
        end(c, CONN_CLOSED_BY_PEER, "%s closed the connection", c->who);
}

static void on_bytes(struct conn *c, const char *bytes, size_t len) {
    enter(c);
    if (c->state == CLEAR) {
        c->callbacks->received(c->ctx, bytes, len);
    } else {
        tls_feed(c->tls, bytes, len);
        pump(c);
    }
    leave(c);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    struct conn *c = stream->data;
    if (c == NULL || n == 0)
        return;
    if (n > 0)
        on_bytes(c, buf->base, (size_t)n);
    else if (n == UV_EOF)
        on_eof(c);
    else
        end(c, CONN_FAILED, "the connection to %s broke: %s", c->who, uv_strerror((int)n));
}

/* ---- opening and shutting ---- */

static void on_route(void *ctx, uv_tcp_t *tcp, const char *who, const char *peer, const char *why) {
    struct conn *c = ctx;
    if (tcp == NULL) {
        end(c, CONN_FAILED, "%s", why);
        return;
    }
    c->tcp = tcp;
    tcp->data = c;
    c->who = mem_strdup(who);
    c->peer = mem_strdup(peer);
    c->state = CLEAR;
    route_free(c->route);
    c->route = NULL;
    uv_read_start((uv_stream_t *)tcp, on_alloc, on_read);
    enter(c);
    c->callbacks->connected(c->ctx);
    flush_if_wanted(c);
    leave(c);
}

void conn_open(struct conn *c, const struct conn_target *target, struct tls_context *tls) {
    assert(c->state == IDLE);
    c->tls_context = tls;
    c->domain = mem_strdup(target->domain);
    c->state = CONNECTING;
    c->route = route_new(c->loop, c->dns, target, on_route, c);
}

void conn_shutdown(struct conn *c) {
    if (c->state == IDLE || c->ending || c->shut)
        return;
    if (c->state == CONNECTING || c->state == HANDSHAKE) {
        end(c, CONN_FAILED, "closed before the connection was up");
        return;
    }
    if (can_write(c))
        write_out(c); /* behind what is still being written */
    if (c->state == SECURED) {
        tls_shutdown(c->tls);
        push_wire(c);
    }
    c->shut = true;
    if (!c->cut)
        tcp_shutdown(c->tcp);
}
