/* SPDX-License-Identifier: MIT */
#include "runtime/notify.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { STATUS_EVERY_MS = 10000 };

struct notify {
    struct loop *loop;
    struct log *log;
    int fd;
    struct sockaddr_un to;
    socklen_t to_len;
    int64_t every_ms; /* of WATCHDOG=1; 0: it is not asked for */
    bool is_ready, failed;
    bool (*is_alive)(void *ctx);
    void (*status)(void *ctx, struct buf *out);
    void *ctx;
    struct buf told; /* the last status */
    struct loop_timer tick;
    struct loop_defer later;
};

/* A path, or "@name": a name of the abstract kind (unix(7)). */
static bool read_address(struct notify *n, const char *text) {
    size_t len = strlen(text);
    if ((text[0] != '/' && text[0] != '@') || len < 2 || len >= sizeof(n->to.sun_path))
        return false;
    n->to.sun_family = AF_UNIX;
    memcpy(n->to.sun_path, text, len);
    if (text[0] == '@')
        n->to.sun_path[0] = '\0';
    n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (text[0] == '/'));
    return true;
}

static int64_t number(const char *name) {
    const char *text = getenv(name);
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

/* Twice in the time that the supervisor waits (sd_watchdog_enabled(3)). */
static int64_t watchdog_every_ms(void) {
    int64_t usec = number("WATCHDOG_USEC"), pid = number("WATCHDOG_PID");
    if (usec <= 0 || (pid != 0 && pid != (int64_t)getpid()))
        return 0;
    return usec / 2000 > 0 ? usec / 2000 : 1;
}

static void say(struct notify *n, const char *text, size_t len) {
    ssize_t sent;
    do {
        sent = sendto(n->fd, text, len, MSG_NOSIGNAL, (const struct sockaddr *)&n->to, n->to_len);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && !n->failed)
        log_warn(n->log, NULL, "the supervisor at NOTIFY_SOCKET cannot be told: %s", strerror(errno));
    n->failed = sent < 0;
}

static void tell_status(struct notify *n) {
    struct buf line = BUF_INIT;
    buf_adds(&line, "STATUS=");
    n->status(n->ctx, &line);
    if (strcmp(buf_data(&line), buf_data(&n->told)) != 0)
        say(n, buf_data(&line), buf_len(&line));
    buf_finish(&n->told);
    n->told = line;
}

static void on_later(struct loop_defer *d) {
    tell_status((struct notify *)((char *)d - offsetof(struct notify, later)));
}

static void on_tick(struct loop_timer *t) {
    struct notify *n = (struct notify *)((char *)t - offsetof(struct notify, tick));
    loop_timer_in(n->loop, t, n->every_ms > 0 ? n->every_ms : STATUS_EVERY_MS);
    if (n->every_ms > 0 && n->is_alive(n->ctx))
        say(n, "WATCHDOG=1", 10);
    if (n->is_ready)
        tell_status(n);
}

struct notify *notify_new(struct loop *loop, struct log *log, bool (*is_alive)(void *ctx),
                          void (*status)(void *ctx, struct buf *out), void *ctx) {
    const char *where = getenv("NOTIFY_SOCKET");
    struct notify *n = mem_new(struct notify);
    *n = (struct notify){
        .loop = loop, .log = log, .fd = -1, .is_alive = is_alive, .status = status, .ctx = ctx};
    n->tick.fire = on_tick;
    n->later.run = on_later;
    n->every_ms = watchdog_every_ms();
    if (where != NULL && read_address(n, where))
        n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    else if (where != NULL && where[0] != '\0')
        log_warn(log, NULL, "NOTIFY_SOCKET is no address of a unix socket: %s", where);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    if (n->fd >= 0) {
        loop_timer_in(loop, &n->tick, n->every_ms > 0 ? n->every_ms : STATUS_EVERY_MS);
        return n;
    }
    mem_free(n);
    return NULL;
}

void notify_free(struct notify *n) {
    if (n == NULL)
        return;
    loop_timer_stop(n->loop, &n->tick);
    loop_defer_cancel(n->loop, &n->later);
    buf_finish(&n->told);
    close(n->fd);
    mem_free(n);
}

void notify_ready(struct notify *n) {
    if (n == NULL)
        return;
    say(n, "READY=1", 7);
    n->is_ready = true;
    tell_status(n);
}

void notify_stopping(struct notify *n) {
    if (n != NULL && n->is_ready)
        say(n, "STOPPING=1", 10);
}

void notify_changed(struct notify *n) {
    if (n != NULL && n->is_ready)
        loop_defer(n->loop, &n->later);
}
