/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a connection:
 *
 *   received  <- plain <- [tls_step] <- on_read <- the loop's scratch memory, shared by all connections
 *   conn_out  -> [tls_write -> the context's wire] -> tcp_write
 *
 * While the kernel takes no more, output stays plain in conn_out, so that it becomes few and large records.
 * When the peer takes nothing more at all (cut), output is dropped and reading goes on: the reason may be on
 * its way.
 */
#include "net/conn_internal.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

enum { WIRE_KEEP = 65536 };

/* ---- writing ---- */

static void on_written(uv_tcp_t *tcp, int status);

/* What came before the cut is still to be read, the peer's reason perhaps; the reader finds the end. */
static void write_failed(struct conn *c, int status) {
    c->cut = true;
    buf_finish(&c->out);
    if (status != UV_EPIPE && status != UV_ECONNRESET)
        conn_end(c, CONN_FAILED, "cannot write to %s: %s", c->who, uv_strerror(status));
}

static void push(struct conn *c, struct buf *bytes) {
    int rc;
    if (c->cut || c->shut)
        buf_clear(bytes);
    else if ((rc = tcp_write(c->tcp, bytes, on_written)) != 0)
        write_failed(c, rc);
}

static void hold_wire(struct conn *c) {
    struct buf *wire = tls_wire(c->tls);
    buf_add(&c->held, buf_data(wire), buf_len(wire));
    buf_clear(wire);
}

static void push_held(struct conn *c) {
    hold_wire(c);
    push(c, &c->held);
    buf_finish(&c->held);
}

static void push_wire(struct conn *c) {
    struct buf *wire = tls_wire(c->tls);
    if (buf_len(&c->held) > 0)
        push_held(c);
    else
        push(c, wire);
    buf_release(wire, WIRE_KEEP);
}

static bool can_write(const struct conn *c) {
    bool open = c->state == CONN_CLEAR || c->state == CONN_SECURED;
    return open && !c->cut && !c->shut;
}

static void write_tls(struct conn *c) {
    int rc = tls_write(c->tls, buf_data(&c->out), buf_len(&c->out));
    push_wire(c);
    if (rc == 0)
        return;
    c->cut = true;
    conn_end(c, CONN_FAILED, "TLS with %s failed: %s", c->who, tls_why(c->tls));
}

static void write_out(struct conn *c) {
    c->moved += buf_len(&c->out);
    if (c->state == CONN_CLEAR)
        push(c, &c->out);
    else
        write_tls(c);
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

void conn_flush_if_wanted(struct conn *c) {
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
        conn_flush_if_wanted(c);
}

size_t conn_unsent(const struct conn *c) {
    return buf_len(&c->out) + (c->tcp ? c->tcp->write_queue_size : 0);
}

void conn_write_last(struct conn *c) {
    if (can_write(c))
        write_out(c);
    if (c->state == CONN_SECURED) {
        tls_shutdown(c->tls);
        push_wire(c);
    }
}

/* ---- TLS ---- */

static void tls_over(struct conn *c, enum tls_event event) {
    if (event == TLS_CLOSED) {
        tls_shutdown(c->tls); /* close_notify is answered by one (RFC 8446 6.1) */
        push_wire(c);
        conn_end(c, CONN_CLOSED_BY_PEER, "%s closed the connection", c->who);
    } else if (event == TLS_UNTRUSTED) {
        conn_end(c, CONN_UNTRUSTED, "the certificate of %s %s", c->who, tls_why(c->tls));
    } else {
        conn_end(c, CONN_FAILED, "TLS %s %s failed: %s%s",
                 c->state == CONN_SECURED ? "with" : "handshake with", c->who, tls_why(c->tls),
                 c->direct ? " (direct TLS; is that port for STARTTLS?)" : "");
    }
}

static void secured(struct conn *c) {
    c->state = CONN_SECURED;
    c->direct = false;
    loop_timer_stop(c->loop, &c->handshake);
    struct conn_tls_info info = tls_info(c->tls);
    info.no_tlsa = c->dane != NULL ? c->dane->why : NULL;
    conn_watch_start(c);
    c->callbacks->secured(c->ctx, &info);
    conn_flush_if_wanted(c);
    if (!c->freed)
        loop_defer(c->loop, &c->unhold);
}

void conn_unhold(struct loop_defer *d) {
    struct conn *c = (struct conn *)((char *)d - offsetof(struct conn, unhold));
    push_wire(c);
}

/* Until all that was fed is used up, or a callback has ended it. Our last message of the handshake goes out
 * in one write with the stream's header, which its owner adds at the end of the turn. */
static void pump(struct conn *c) {
    bool is_held = false;
    while (!c->freed && !c->ending) {
        const char *bytes;
        size_t len;
        enum tls_event event = tls_step(c->tls, &bytes, &len);
        is_held |= event == TLS_READY;
        if (is_held)
            hold_wire(c);
        else
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

/* "127.0.0.1:5222" */
static uint16_t port_of(const char *peer) {
    const char *colon = peer ? strrchr(peer, ':') : NULL;
    return colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
}

void conn_start_tls(struct conn *c, const char *alpn) {
    struct err err = ERR_INIT;
    struct tls_wish wish = {c->domain, alpn, port_of(c->peer), c->dane};
    assert(c->tls_context != NULL);
    if (c->state != CONN_CLEAR || c->ending)
        return;
    write_out(c); /* what was meant in clear; behind what is still being written */
    c->flush_wanted = false;
    c->state = CONN_HANDSHAKE;
    c->tls = tls_new(c->tls_context, &wish, &err);
    if (c->tls == NULL)
        conn_end(c, CONN_FAILED, "%s", err.text);
    else
        pump(c); /* only says hello: no callback without input */
}

bool conn_channel_binding(const struct conn *c, enum conn_binding kind, struct buf *out) {
    return c->state == CONN_SECURED && tls_channel_binding(c->tls, kind, out);
}

void conn_forget_session(struct conn *c) {
    if (c->state == CONN_SECURED)
        tls_forget_tickets(c->tls);
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out) {
    struct conn *c = h->data;
    (void)suggested;
    *out = uv_buf_init(loop_scratch(c->loop), LOOP_SCRATCH_LEN);
}

static void on_eof(struct conn *c) {
    if (c->state == CONN_HANDSHAKE)
        conn_end(c, CONN_FAILED, "%s closed the connection during the TLS handshake", c->who);
    else if (c->cut)
        conn_end(c, CONN_FAILED, "the connection to %s was reset", c->who);
    else if (c->state == CONN_SECURED && !c->shut)
        conn_end(c, CONN_FAILED, "%s cut the connection (TLS was not ended)", c->who);
    else
        conn_end(c, CONN_CLOSED_BY_PEER, "%s closed the connection", c->who);
}

static void on_bytes(struct conn *c, const char *bytes, size_t len) {
    c->moved += len;
    conn_enter(c);
    if (c->state == CONN_CLEAR) {
        c->callbacks->received(c->ctx, bytes, len);
    } else {
        tls_feed(c->tls, bytes, len);
        pump(c);
    }
    conn_leave(c);
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
        conn_end(c, CONN_FAILED, "the connection to %s broke: %s", c->who, uv_strerror((int)n));
}

void conn_start_reading(struct conn *c) {
    uv_read_start((uv_stream_t *)c->tcp, on_alloc, on_read);
}
