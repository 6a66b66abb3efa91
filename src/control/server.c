/* SPDX-License-Identifier: MIT */
#include "control/server.h"

#include "base/buf.h"
#include "base/mem.h"
#include "control/socket.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PIECE_LEN = 65536,
    KEEP = 4096,
    REST_MS = 1000, /* until somebody is let in where this process can hold no more files just now */
};

struct control_peer {
    struct control *control;
    struct control_peer *next, **link;
    int fd; /* -1: gone; the peer waits for the answer to its request to go, too */
    struct loop_watch *watch;
    struct buf in, out;
    size_t looked_at; /* of in: no newline there */
    bool is_asking;   /* its request has no answer yet */
    struct loop_timer late;
    struct loop_defer next_line;
};

struct control {
    struct loop *loop;
    struct log *log;
    char *path; /* owned */
    struct socket_place place;
    int fd;
    struct loop_watch *watch;
    struct loop_timer rest;
    bool is_resting; /* nobody is let in meanwhile */
    control_request_fn *on;
    void *ctx;
    struct control_peer *peers;
    size_t count;
};

static void watch_door(struct control *c) {
    loop_watch_want(c->watch, c->count < CONTROL_PEERS_MOST && !c->is_resting, false);
}

/* ---- a peer ---- */

static void forget(struct control_peer *p) {
    struct control *c = p->control;
    *p->link = p->next;
    if (p->next != NULL)
        p->next->link = p->link;
    c->count--;
    if (c->watch != NULL)
        watch_door(c);
    buf_finish(&p->in);
    buf_finish(&p->out);
    mem_free(p);
}

static void hang_up(struct control_peer *p) {
    if (p->fd < 0)
        return;
    loop_timer_stop(p->control->loop, &p->late);
    loop_defer_cancel(p->control->loop, &p->next_line);
    loop_watch_free(p->watch);
    close(p->fd);
    p->fd = -1;
    if (!p->is_asking)
        forget(p);
}

static void on_late(struct loop_timer *t) {
    hang_up((struct control_peer *)((char *)t - offsetof(struct control_peer, late)));
}

/* What is waited for: the peer to take its answer, or to say something. */
static void want(struct control_peer *p) {
    bool writes = buf_len(&p->out) > 0, reads = !writes && !p->is_asking;
    loop_watch_want(p->watch, reads, writes);
    if (writes || (reads && buf_len(&p->in) > 0))
        loop_timer_in(p->control->loop, &p->late, CONTROL_LINE_MS);
    else
        loop_timer_stop(p->control->loop, &p->late);
}

static void request(struct control_peer *p, size_t len) {
    struct buf line = p->in;
    struct control *c = p->control;
    size_t rest = buf_len(&line) - len - 1;
    buf_init(&p->in);
    buf_add(&p->in, buf_data(&line) + len + 1, rest);
    p->looked_at = 0;
    p->is_asking = true;
    want(p);
    line.data[line.start + len] = '\0';
    c->on(c->ctx, p, (struct str){buf_data(&line), len}); /* p may be gone */
    buf_finish(&line);
}

static void refuse_length(struct control_peer *p) {
    log_warn(p->control->log, NULL, "control: a request of more than %d MiB is refused",
             CONTROL_LINE_MOST >> 20);
    hang_up(p);
}

/* The next whole line of what has come, if there is one. */
static void take_line(struct control_peer *p) {
    size_t len = buf_len(&p->in);
    const char *text = buf_data(&p->in);
    const char *newline = len > p->looked_at ? memchr(text + p->looked_at, '\n', len - p->looked_at) : NULL;
    if (newline != NULL) {
        request(p, (size_t)(newline - text));
        return;
    }
    p->looked_at = len;
    if (len > CONTROL_LINE_MOST)
        refuse_length(p);
    else
        want(p);
}

static void on_next_line(struct loop_defer *d) {
    struct control_peer *p = (struct control_peer *)((char *)d - offsetof(struct control_peer, next_line));
    if (!p->is_asking)
        take_line(p);
}

static void read_some(struct control_peer *p) {
    char *piece = buf_reserve(&p->in, PIECE_LEN);
    ssize_t n = recv(p->fd, piece, PIECE_LEN, MSG_DONTWAIT);
    if (n > 0) {
        buf_commit(&p->in, (size_t)n);
        take_line(p);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        hang_up(p);
    }
}

static void write_some(struct control_peer *p) {
    ssize_t n = send(p->fd, buf_data(&p->out), buf_len(&p->out), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        hang_up(p);
        return;
    }
    buf_consume(&p->out, n > 0 ? (size_t)n : 0);
    if (buf_len(&p->out) == 0) {
        buf_release(&p->out, KEEP);
        loop_defer(p->control->loop, &p->next_line);
    }
    want(p);
}

static void on_peer(void *ctx) {
    struct control_peer *p = ctx;
    if (buf_len(&p->out) > 0)
        write_some(p);
    else if (!p->is_asking)
        read_some(p);
}

void control_answer(struct control_peer *p, struct str text) {
    p->is_asking = false;
    if (p->fd < 0) {
        forget(p);
        return;
    }
    buf_add(&p->out, text.s, text.len);
    buf_addc(&p->out, '\n');
    write_some(p);
}

/* ---- the door ---- */

static void admit(struct control *c, int fd) {
    struct err err = ERR_INIT;
    struct control_peer *p = mem_new(struct control_peer);
    p->control = c;
    p->fd = fd;
    p->late.fire = on_late;
    p->next_line.run = on_next_line;
    p->watch = loop_watch_new(c->loop, fd, on_peer, p, &err);
    if (p->watch == NULL) {
        log_error(c->log, NULL, "control: %s", err.text);
        close(fd);
        mem_free(p);
        return;
    }
    p->next = c->peers;
    p->link = &c->peers;
    if (p->next != NULL)
        p->next->link = &p->next;
    c->peers = p;
    c->count++;
    watch_door(c);
    want(p);
}

static void on_rest(struct loop_timer *t) {
    struct control *c = (struct control *)((char *)t - offsetof(struct control, rest));
    c->is_resting = false;
    watch_door(c);
}

/* Whoever cannot be let in for want of files or memory stays at the door, and would ring it without end. */
static void not_admitted(struct control *c, int why) {
    if (why == EAGAIN || why == EINTR || why == ECONNABORTED)
        return;
    log_warn(c->log, NULL, "control: nobody can be let in: %s", strerror(why));
    c->is_resting = true;
    loop_timer_in(c->loop, &c->rest, REST_MS);
    watch_door(c);
}

static void on_door(void *ctx) {
    struct control *c = ctx;
    int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        not_admitted(c, errno);
        return;
    }
    if (socket_is_ours(fd)) {
        admit(c, fd);
        return;
    }
    log_warn(c->log, NULL, "control: a process of another user was turned away");
    close(fd);
}

struct control *control_new(struct loop *loop, struct log *log, const char *path, control_request_fn *on,
                            void *ctx, struct err *err) {
    struct socket_place place;
    int fd = socket_listen(path, &place, err);
    if (fd < 0)
        return NULL;
    struct control *c = mem_new(struct control);
    *c = (struct control){.loop = loop, .log = log, .place = place, .fd = fd, .on = on, .ctx = ctx};
    c->rest.fire = on_rest;
    c->path = mem_strdup(path);
    if ((c->watch = loop_watch_new(loop, fd, on_door, c, err)) == NULL) {
        control_free(c);
        return NULL;
    }
    return c;
}

void control_free(struct control *c) {
    if (c == NULL)
        return;
    socket_remove(c->path, &c->place);
    loop_timer_stop(c->loop, &c->rest);
    loop_watch_free(c->watch);
    c->watch = NULL;
    close(c->fd);
    while (c->peers != NULL) {
        c->peers->is_asking = false;
        hang_up(c->peers);
    }
    mem_free(c->path);
    mem_free(c);
}
