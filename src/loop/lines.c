/* SPDX-License-Identifier: MIT */
/*
 * Lines from a descriptor. Terminals, pipes and sockets are libuv streams; anything else (a file, /dev/null)
 * cannot be polled and is read on libuv's thread pool, one piece at a time.
 *
 * The descriptor is duplicated, so the caller's stays open and a terminal's stays in its mode. Memory goes
 * when libuv has let go of it: after the close callback, or after the read that was under way.
 */
#include "loop/internal.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MOST_LEN = 65536, PIECE_LEN = 4096 };

struct loop_lines {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tty_t tty;
        uv_pipe_t pipe;
        uv_tcp_t tcp;
    } u;
    uv_fs_t read; /* in use when is_file */
    struct loop *loop;
    loop_line_fn *on_line;
    void *ctx;
    struct buf line; /* begun, its newline is yet to come */
    int fd;          /* our duplicate */
    int flags;       /* of the description, to be put back; -1: not touched */
    bool is_file, reading, closed, over;
    char piece[PIECE_LEN];
};

static void destroy(struct loop_lines *r) {
    buf_finish(&r->line);
    mem_free(r);
}

static void on_handle_closed(uv_handle_t *h) {
    destroy(h->data);
}

static void close_file(struct loop_lines *r) {
    close(r->fd);
    r->fd = -1;
    if (!r->reading)
        destroy(r);
}

void loop_lines_close(struct loop_lines *r) {
    if (r == NULL)
        return;
    r->closed = true;
    if (r->flags != -1)
        (void)fcntl(r->fd, F_SETFL, r->flags);
    if (!r->is_file)
        uv_close(&r->u.handle, on_handle_closed);
    else if (!r->reading)
        close_file(r); /* else the read that is under way still has the descriptor */
}

/* ---- cutting lines ---- */

static void tell_line(struct loop_lines *r) {
    struct buf line = r->line; /* the callback may close us */
    buf_init(&r->line);
    r->on_line(r->ctx, buf_data(&line), buf_len(&line));
    if (r->closed || line.cap > PIECE_LEN) {
        buf_finish(&line);
    } else {
        buf_clear(&line);
        r->line = line;
    }
}

/* A line over the limit is handed on in pieces. */
static size_t take_piece(struct loop_lines *r, const char *s, size_t len) {
    const char *newline = memchr(s, '\n', len);
    size_t part = newline ? (size_t)(newline - s) : len, room = LINE_MOST_LEN - buf_len(&r->line);
    if (part > room) {
        buf_add(&r->line, s, room);
        tell_line(r);
        return room;
    }
    buf_add(&r->line, s, part);
    if (newline != NULL)
        tell_line(r);
    return part + (newline != NULL);
}

static void take(struct loop_lines *r, const char *s, size_t len) {
    while (len > 0 && !r->closed) {
        size_t taken = take_piece(r, s, len);
        s += taken;
        len -= taken;
    }
}

static void end(struct loop_lines *r) {
    if (r->over)
        return;
    r->over = true;
    if (buf_len(&r->line) > 0)
        tell_line(r);
    if (!r->closed)
        r->on_line(r->ctx, NULL, 0);
}

/* ---- streams ---- */

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out) {
    struct loop_lines *r = h->data;
    (void)suggested;
    *out = uv_buf_init(r->piece, sizeof(r->piece));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    struct loop_lines *r = stream->data;
    if (n > 0) {
        take(r, buf->base, (size_t)n);
    } else if (n < 0) {
        uv_read_stop(stream);
        end(r);
    }
}

/* 0, or an error of libuv's; then the memory and the duplicate are on their way out. */
static int init_stream(struct loop_lines *r, uv_handle_type type) {
    uv_loop_t *uv = &r->loop->uv;
    int rc = type == UV_TTY   ? uv_tty_init(uv, &r->u.tty, r->fd, 0)
             : type == UV_TCP ? uv_tcp_init(uv, &r->u.tcp)
                              : uv_pipe_init(uv, &r->u.pipe, 0);
    r->u.handle.data = r;
    if (rc != 0) {
        close(r->fd);
        destroy(r);
    }
    return rc;
}

static int open_stream(struct loop_lines *r, uv_handle_type type) {
    int rc = type == UV_TCP          ? uv_tcp_open(&r->u.tcp, r->fd)
             : type == UV_NAMED_PIPE ? uv_pipe_open(&r->u.pipe, r->fd)
                                     : 0;
    if (rc != 0)
        close(r->fd);
    else
        rc = uv_read_start(&r->u.stream, on_alloc, on_read);
    if (rc != 0)
        uv_close(&r->u.handle, on_handle_closed);
    return rc;
}

/* ---- files ---- */

static void read_file(struct loop_lines *r);

static void on_file(uv_fs_t *req) {
    struct loop_lines *r = req->data;
    ssize_t n = req->result;
    uv_fs_req_cleanup(req);
    r->reading = false;
    if (r->closed) {
        close_file(r);
        return;
    }
    r->reading = true; /* holds our memory while the callbacks run */
    if (n > 0)
        take(r, r->piece, (size_t)n);
    else
        end(r);
    r->reading = false;
    if (r->closed)
        close_file(r);
    else if (!r->over)
        read_file(r);
}

static void read_file(struct loop_lines *r) {
    uv_buf_t piece = uv_buf_init(r->piece, sizeof(r->piece));
    r->read.data = r;
    r->reading = true;
    uv_fs_read(&r->loop->uv, &r->read, r->fd, &piece, 1, -1, on_file);
}

struct loop_lines *loop_lines_open(struct loop *l, int fd, loop_line_fn *on_line, void *ctx,
                                   struct err *err) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) {
        err_set(err, "cannot read lines from descriptor %d: %s", fd, strerror(errno));
        return NULL;
    }
    struct loop_lines *r = mem_new(struct loop_lines);
    r->loop = l;
    r->on_line = on_line;
    r->ctx = ctx;
    r->fd = copy;
    r->flags = -1;
    uv_handle_type type = uv_guess_handle(fd);
    r->is_file = type != UV_TTY && type != UV_NAMED_PIPE && type != UV_TCP;
    if (r->is_file) {
        read_file(r);
        return r;
    }
    r->flags = fcntl(copy, F_GETFL);
    int rc = init_stream(r, type);
    if (rc == 0)
        rc = open_stream(r, type);
    if (rc == 0)
        return r;
    err_set(err, "cannot read lines from descriptor %d: %s", fd, uv_strerror(rc));
    return NULL;
}
