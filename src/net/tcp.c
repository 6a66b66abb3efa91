/* SPDX-License-Identifier: MIT */
/* Writing to a TCP connection, what the kernel is told about it, and its end. */
#include "net/tcp.h"

#include "base/mem.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

enum { KEEPALIVE_S = 60, DRAIN_LEN = 1 << 20, DRAIN_ROUNDS = 16 };

void tcp_configure(uv_tcp_t *tcp, uint32_t dead_after_ms) {
    uv_os_fd_t fd;
    unsigned ms = dead_after_ms;
    uv_tcp_nodelay(tcp, 1);
    uv_tcp_keepalive(tcp, 1, KEEPALIVE_S);
    if (ms > 0 && uv_fileno((uv_handle_t *)tcp, &fd) == 0)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

/* ---- writing ---- */

struct writing {
    uv_write_t req; /* first: the request's address is this one's */
    struct buf bytes;
    tcp_written_fn *written;
};

static void on_written(uv_write_t *req, int status) {
    struct writing *w = (struct writing *)req;
    uv_tcp_t *tcp = (uv_tcp_t *)req->handle;
    tcp_written_fn *written = w->written;
    buf_finish(&w->bytes);
    mem_free(w);
    written(tcp, status);
}

static int write_rest(uv_tcp_t *tcp, struct buf *bytes, tcp_written_fn *written) {
    struct writing *w = mem_new(struct writing);
    w->written = written;
    w->bytes = *bytes;
    buf_init(bytes);
    uv_buf_t part = uv_buf_init((char *)buf_data(&w->bytes), (unsigned)buf_len(&w->bytes));
    int rc = uv_write(&w->req, (uv_stream_t *)tcp, &part, 1, on_written);
    if (rc != 0) {
        buf_finish(&w->bytes);
        mem_free(w);
    }
    return rc;
}

int tcp_write(uv_tcp_t *tcp, struct buf *bytes, tcp_written_fn *written) {
    if (buf_len(bytes) == 0)
        return 0;
    uv_buf_t all = uv_buf_init((char *)buf_data(bytes), (unsigned)buf_len(bytes));
    int n = uv_try_write((uv_stream_t *)tcp, &all, 1);
    if (n < 0 && n != UV_EAGAIN) {
        buf_clear(bytes);
        return n;
    }
    if (n > 0)
        buf_consume(bytes, (size_t)n);
    return buf_len(bytes) > 0 ? write_rest(tcp, bytes, written) : 0;
}

static void on_shutdown(uv_shutdown_t *req, int status) {
    (void)status;
    mem_free(req);
}

int tcp_shutdown(uv_tcp_t *tcp) {
    uv_shutdown_t *req = mem_new(uv_shutdown_t);
    int rc = uv_shutdown(req, (uv_stream_t *)tcp, on_shutdown);
    if (rc != 0)
        mem_free(req);
    return rc;
}

static void free_tcp(uv_handle_t *h) {
    mem_free(h);
}

/* The kernel answers a close with unread input by a reset, which may overtake our last bytes on their way to
 * the peer; so what has come is thrown away first (MSG_TRUNC: without copying it). */
static void drain(uv_tcp_t *tcp) {
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)tcp, &fd) != 0)
        return;
    for (int i = 0; i < DRAIN_ROUNDS; i++)
        if (recv(fd, NULL, DRAIN_LEN, MSG_DONTWAIT | MSG_TRUNC) <= 0)
            return;
}

void tcp_close(uv_tcp_t *tcp) {
    tcp->data = NULL;
    drain(tcp);
    uv_close((uv_handle_t *)tcp, free_tcp);
}
