/* SPDX-License-Identifier: MIT */
/*
 * conn: one client of the load server. Bytes in are cut into stanzas and handed to work_message (messages of
 * a client that is online) or login_stanza (all else); what they answer stands in `out` and leaves in one
 * write at the end of the read.
 *
 * It closes nothing by itself while the bot is measured: a bot that goes away ends the run.
 */
#include "load/load.h"

#include "base/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_LEN (256 * 1024)

static void watch(struct conn *c, int op, uint32_t events) {
    struct epoll_event e = {.events = events, .data.ptr = c};

    if (epoll_ctl(c->load->epoll, op, c->fd, &e) != 0)
        die("epoll_ctl: %s", strerror(errno));
}

struct conn *conn_new(struct load *load, int fd) {
    struct conn *c = mem_new(struct conn);
    int yes = 1;

    c->load = load;
    c->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
    return c;
}

void conn_free(struct conn *c) {
    if (c == NULL)
        return;
    SSL_free(c->ssl);
    close(c->fd);
    buf_finish(&c->in);
    buf_finish(&c->out);
    mem_free(c);
}

static void closed(struct conn *c) {
    if (!c->is_closed && c->load->work.phase != WORK_DONE)
        die("the bot closed the connection of %s (%s)", c->jid[0] ? c->jid : "an account not logged in",
            c->stage == LOGIN_ONLINE ? "online" : "while it logged in");
    c->is_closed = true;
    epoll_ctl(c->load->epoll, EPOLL_CTL_DEL, c->fd, NULL);
}

/* Bytes read, 0: nothing there now, -1: the peer is gone. */
static ssize_t read_some(struct conn *c, char *to, size_t len) {
    ssize_t n;

    if (c->ssl == NULL) {
        n = recv(c->fd, to, len, 0);
        return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
    }
    n = SSL_read(c->ssl, to, (int)len);
    if (n > 0)
        return n;
    switch (SSL_get_error(c->ssl, (int)n)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return 0;
    default:
        return -1;
    }
}

static ssize_t write_some(struct conn *c, const char *from, size_t len) {
    ssize_t n;

    if (c->ssl == NULL) {
        n = send(c->fd, from, len, MSG_NOSIGNAL);
        return n >= 0 ? n : errno == EAGAIN ? 0 : -1;
    }
    n = SSL_write(c->ssl, from, (int)len);
    return n > 0 ? n : SSL_get_error(c->ssl, (int)n) == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void begin_tls(struct conn *c) {
    c->start_tls = false;
    c->stage = LOGIN_SECURED;
    c->ssl = SSL_new(c->load->tls);
    SSL_set_fd(c->ssl, c->fd);
    SSL_set_accept_state(c->ssl);
}

void conn_flush(struct conn *c) {
    bool was_blocked = c->is_blocked;

    while (buf_len(&c->out) > 0 && !c->is_closed) {
        ssize_t n = write_some(c, buf_data(&c->out), buf_len(&c->out));
        if (n < 0)
            closed(c);
        if (n <= 0)
            break;
        buf_consume(&c->out, (size_t)n);
    }
    if (buf_len(&c->out) == 0)
        buf_release(&c->out, c->load->count > 1 ? 0 : SIZE_MAX);
    if (c->start_tls && buf_len(&c->out) == 0)
        begin_tls(c);
    c->is_blocked = buf_len(&c->out) > 0;
    if (c->is_blocked != was_blocked && !c->is_closed)
        watch(c, EPOLL_CTL_MOD, c->is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void handle(struct conn *c) {
    struct span s;
    enum scan_kind kind;

    while ((kind = scan_next(&c->scan, buf_data(&c->in), buf_len(&c->in), &s)) != SCAN_MORE) {
        if (kind == SCAN_HEADER)
            login_header(c);
        else if (kind == SCAN_END)
            buf_lit(&c->out, "</stream:stream>");
        else if (c->stage == LOGIN_ONLINE && span_is(s, "message"))
            work_message(c, s);
        else
            login_stanza(c, s);
    }
    size_t done = c->scan.depth > 1 ? c->scan.start : c->scan.pos;
    buf_consume(&c->in, done);
    scan_taken(&c->scan, done);
    if (buf_len(&c->in) == 0)
        buf_release(&c->in, c->load->count > 1 ? 0 : SIZE_MAX);
}

void conn_readable(struct conn *c) {
    ssize_t n;

    do {
        n = read_some(c, buf_reserve(&c->in, READ_LEN), READ_LEN);
        if (n > 0) {
            buf_commit(&c->in, (size_t)n);
            c->reads++;
            handle(c);
        }
    } while (n > 0 && c->ssl != NULL);
    conn_flush(c);
    if (n < 0)
        closed(c);
}

uint64_t conn_segments(const struct conn *c) {
    struct tcp_info info;
    socklen_t len = sizeof(info);

    memset(&info, 0, sizeof(info));
    getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len);
    return info.tcpi_data_segs_in;
}
