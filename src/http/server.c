/* SPDX-License-Identifier: MIT */
/*
 * One daemon of libmicrohttpd an address, without threads: each has an epoll descriptor, which our loop
 * watches, and says how long it can wait. It is run from the loop alone, never from inside of an answer.
 *
 * Its own time limit is of silence, which a sender that dribbles never reaches; so each connection has a
 * deadline here, and whoever misses it finds the line cut.
 */
#include "http/internal.h"

#include "base/library.h"
#include "base/mem.h"
#include "http/listen.h"

#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SWEEP_MS = 500, HEADER_MOST = 32768, PEM_MOST = 1 << 20 };

/* ---- time ---- */

static void rearm(struct http_server *s) {
    MHD_UNSIGNED_LONG_LONG wait = 0, least = 0;
    bool is_any = false;
    for (size_t i = 0; i < s->daemon_count; i++) {
        if (s->mhd.get_timeout(s->daemons[i].mhd, &wait) == MHD_YES) {
            least = !is_any || wait < least ? wait : least;
            is_any = true;
        }
    }
    if (is_any)
        loop_timer_in(s->loop, &s->run, (int64_t)least);
    else
        loop_timer_stop(s->loop, &s->run);
}

static void on_run(struct loop_timer *t) {
    struct http_server *s = (struct http_server *)((char *)t - offsetof(struct http_server, run));
    for (size_t i = 0; i < s->daemon_count; i++)
        s->mhd.run(s->daemons[i].mhd);
    rearm(s);
}

static void on_readable(void *ctx) {
    struct listener *d = ctx;
    d->server->mhd.run(d->mhd);
    rearm(d->server);
}

void server_kick(struct http_server *s) {
    loop_timer_in(s->loop, &s->run, 0);
}

static void cut(struct http_conn *c, const char *why) {
    const union MHD_ConnectionInfo *info =
        c->server->mhd.get_connection_info(c->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    c->deadline_ms = 0;
    c->is_cut = true;
    log_debug(c->server->log, "http", "%s: %s", c->source_text, why);
    if (info != NULL)
        shutdown(info->connect_fd, SHUT_RDWR);
}

static void on_sweep(struct loop_timer *t) {
    struct http_server *s = (struct http_server *)((char *)t - offsetof(struct http_server, sweep));
    int64_t now_ms = loop_now_ms(s->loop);
    for (struct http_conn *c = s->conns; c != NULL; c = c->next)
        if (c->deadline_ms > 0 && c->deadline_ms <= now_ms)
            cut(c, c->is_idle ? "no request for long; the connection is closed"
                              : "too slow; the connection is cut");
    if (s->conns != NULL)
        loop_timer_in(s->loop, t, SWEEP_MS);
}

/* ---- connections ---- */

struct http_conn *server_conn(struct http_server *s, struct MHD_Connection *c) {
    return s->mhd.get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static bool is_same_line(const struct cidr *a, const struct cidr *b) {
    return a->is_v6 == b->is_v6 && memcmp(a->bytes, b->bytes, a->is_v6 ? 8 : 4) == 0;
}

/* A sender may keep as many connections as it is allowed to after it has used them: the one that has been
 * idle for longest makes room for who comes now. False: all of them are busy. */
static bool make_room(struct http_server *s, const struct cidr *source) {
    struct http_conn *idle = NULL;
    unsigned same = 0;
    for (struct http_conn *c = s->conns; c != NULL; c = c->next) {
        if (c->is_cut || !is_same_line(&c->source, source))
            continue;
        same++;
        if (c->is_idle && (idle == NULL || c->deadline_ms < idle->deadline_ms))
            idle = c;
    }
    if (same < s->options.per_address)
        return true;
    if (idle != NULL)
        cut(idle, "idle; the connection makes room for another");
    return idle != NULL;
}

static enum MHD_Result on_accept(void *cls, const struct sockaddr *address, socklen_t len) {
    struct http_server *s = cls;
    struct cidr source;
    (void)len;
    if (!cidr_of(&source, address) || s->conn_count >= s->options.connections || s->is_stopping)
        return MHD_NO;
    if (s->options.network_count > 0 && !cidr_any(s->options.networks, s->options.network_count, &source))
        return MHD_NO;
    return make_room(s, &source) ? MHD_YES : MHD_NO;
}

static void open_conn(struct http_server *s, struct MHD_Connection *mhd, void **slot) {
    struct http_conn *c = mem_new(struct http_conn);
    c->server = s;
    c->mhd = mhd;
    c->deadline_ms = loop_now_ms(s->loop) + s->options.timeout_ms;
    cidr_of(&c->source, s->mhd.get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    cidr_text(&c->source, c->source_text);
    c->next = s->conns;
    c->link = &s->conns;
    if (c->next != NULL)
        c->next->link = &c->next;
    s->conns = c;
    if (s->conn_count++ == 0)
        loop_timer_in(s->loop, &s->sweep, SWEEP_MS);
    *slot = c;
}

static void close_conn(struct http_conn *c) {
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    if (--c->server->conn_count == 0)
        loop_timer_stop(c->server->loop, &c->server->sweep);
    mem_free(c);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode how) {
    if (how == MHD_CONNECTION_NOTIFY_STARTED)
        open_conn(cls, mhd, slot);
    else
        close_conn(*slot);
}

/* ---- start ---- */

struct http_server *http_server_new(struct loop *loop, struct log *log, const struct http_options *options) {
    struct http_server *s = mem_new(struct http_server);
    s->loop = loop;
    s->log = log;
    s->options = *options;
    s->ready_last = &s->ready;
    s->hand_over.run = request_hand_over;
    s->run.fire = on_run;
    s->sweep.fire = on_sweep;
    return s;
}

/* A whole file, owned, to be wiped. */
static char *read_pem(const char *path, struct err *err) {
    struct stat st;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= PEM_MOST) {
        text = mem_alloc0((size_t)st.st_size + 1);
        if (read(fd, text, (size_t)st.st_size) != st.st_size) {
            mem_free_secret(text);
            text = NULL;
        }
    }
    if (fd >= 0)
        close(fd);
    if (text == NULL)
        err_set(err, "http: cannot read %s", path);
    return text;
}

static struct MHD_Daemon *start_daemon(struct http_server *s, struct listener *d, const char *certificate,
                                       const char *key) {
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (key != NULL ? MHD_USE_TLS : 0);
    unsigned silence_s = (unsigned)((s->options.timeout_ms + s->options.idle_ms) / 1000) + 1;
    if (key == NULL)
        tls[0] = tls[3];
    return s->mhd.start_daemon(
        flags, 0, on_accept, s, request_on_data, s, MHD_OPTION_LISTEN_SOCKET, d->fd,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_NOTIFY_COMPLETED, request_on_completed, s,
        MHD_OPTION_URI_LOG_CALLBACK, request_on_uri, s, MHD_OPTION_CONNECTION_LIMIT, s->options.connections,
        MHD_OPTION_CONNECTION_TIMEOUT, silence_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MOST,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static int open_daemon(struct http_server *s, struct listener *d, const char *certificate, const char *key,
                       struct err *err) {
    d->mhd = start_daemon(s, d, certificate, key);
    if (d->mhd == NULL)
        return err_set(err, "http: libmicrohttpd does not start%s",
                       key ? "; is the certificate the key's?" : "");
    const union MHD_DaemonInfo *info = s->mhd.get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    d->watch = loop_watch_new(s->loop, info->epoll_fd, on_readable, d, err);
    return d->watch != NULL ? 0 : -1;
}

static int open_address(struct http_server *s, const char *address, const char *certificate, const char *key,
                        struct err *err) {
    struct listener *d = &s->daemons[s->daemon_count];
    struct buf as = BUF_INIT;
    d->server = s;
    d->fd = listen_open(address, &as, err);
    int r = d->fd >= 0 ? open_daemon(s, d, certificate, key, err) : err_context(err, "http");
    if (d->mhd != NULL)
        s->daemon_count++;
    else if (d->fd >= 0)
        close(d->fd);
    if (r == 0)
        log_info(s->log, "http", "listening on %s%s", buf_data(&as), key != NULL ? ", with TLS" : "");
    buf_finish(&as);
    return r;
}

static int open_all(struct http_server *s, const char *certificate, const char *key, struct err *err) {
    size_t count = 0;
    while (s->options.listen[count] != NULL)
        count++;
    s->daemons = mem_alloc0(count * sizeof(*s->daemons));
    for (size_t i = 0; i < count; i++)
        if (open_address(s, s->options.listen[i], certificate, key, err) < 0)
            return -1;
    return 0;
}

int http_server_listen(struct http_server *s, struct err *err) {
    char *certificate = NULL, *key = NULL;
    int r = -1;
    if ((s->library = mhd_load(&s->mhd, err)) == NULL)
        return err_context(err, "http");
    if (s->options.key == NULL || ((certificate = read_pem(s->options.certificate, err)) != NULL &&
                                   (key = read_pem(s->options.key, err)) != NULL))
        r = open_all(s, certificate, key, err);
    mem_free_secret(certificate);
    mem_free_secret(key);
    return r;
}

void http_server_watch(struct http_server *s, void (*on_answer)(void *ctx, const char *path, int status),
                       void *ctx) {
    s->on_answer = on_answer;
    s->on_answer_ctx = ctx;
}

size_t http_server_waiting(const struct http_server *s) {
    return s->waiting;
}

/* ---- stop ---- */

void http_server_stop(struct http_server *s, void (*on_idle)(void *ctx), void *ctx) {
    s->is_stopping = true;
    s->on_idle = on_idle;
    s->on_idle_ctx = ctx;
    for (size_t i = 0; i < s->daemon_count; i++) {
        int fd = s->daemons[i].fd;
        s->daemons[i].fd = -1;
        if (fd >= 0 && s->mhd.quiesce_daemon(s->daemons[i].mhd) != MHD_INVALID_SOCKET)
            close(fd);
    }
}

/* Those that nobody has looked at yet. */
static void refuse_ready(struct http_server *s) {
    struct http_request *r = s->ready;
    loop_defer_cancel(s->loop, &s->hand_over);
    s->ready = NULL;
    s->ready_last = &s->ready;
    for (struct http_request *next; r != NULL; r = next) {
        next = r->next;
        http_answer_problem(r, 503, STR_LIT("the server is about to stop"));
    }
}

void http_server_free(struct http_server *s) {
    if (s == NULL)
        return;
    http_server_stop(s, NULL, NULL);
    refuse_ready(s);
    assert(s->waiting == 0); /* whoever had them has answered */
    for (size_t i = 0; i < s->daemon_count; i++) {
        for (int k = 0; k < 2; k++) /* what was answered goes out */
            s->mhd.run(s->daemons[i].mhd);
        loop_watch_free(s->daemons[i].watch);
        s->mhd.stop_daemon(s->daemons[i].mhd);
    }
    loop_timer_stop(s->loop, &s->run);
    loop_timer_stop(s->loop, &s->sweep);
    routes_free(s);
    mem_free(s->daemons);
    library_close(s->library);
    mem_free(s);
}
