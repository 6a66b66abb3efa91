/* SPDX-License-Identifier: MIT */
/*
 * c-ares tells which of its sockets wants what; each gets a poll handle of the loop. Its time-outs hang on
 * one timer of the loop.
 */
#include "net/dns_channel.h"

#include "base/mem.h"
#include "net/dns.h"
#include "net/dns_question.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>
#include <sys/time.h>
#include <uv.h>

enum { TIMEOUT_MS = 2000, TRIES = 2 };

#define RESOLV_CONF "/etc/resolv.conf"

struct dns_socket {
    uv_poll_t poll; /* first: the handle's address is the socket's */
    struct dns *dns;
    ares_socket_t fd;
    struct dns_socket *next;
};

void dns_set_timer(struct dns *d) {
    struct timeval tv;
    if (ares_timeout(d->channel, NULL, &tv) == NULL)
        loop_timer_stop(d->loop, &d->timer);
    else
        loop_timer_in(d->loop, &d->timer, (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1);
}

static void on_timer(struct loop_timer *t) {
    struct dns *d = (struct dns *)((char *)t - offsetof(struct dns, timer));
    ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    dns_set_timer(d);
}

static void on_poll(uv_poll_t *h, int status, int events) {
    struct dns_socket *s = (struct dns_socket *)h;
    struct dns *d = s->dns;
    bool readable = status < 0 || (events & UV_READABLE), writable = status < 0 || (events & UV_WRITABLE);
    ares_process_fd(d->channel, readable ? s->fd : ARES_SOCKET_BAD, writable ? s->fd : ARES_SOCKET_BAD);
    dns_set_timer(d);
}

static void free_socket(uv_handle_t *h) {
    mem_free(h);
}

static struct dns_socket **find_socket(struct dns *d, ares_socket_t fd) {
    struct dns_socket **at = &d->sockets;
    while (*at != NULL && (*at)->fd != fd)
        at = &(*at)->next;
    return at;
}

/* c-ares closes the descriptor right after it has said that it wants nothing more of it. */
static void on_socket(void *ctx, ares_socket_t fd, int readable, int writable) {
    struct dns *d = ctx;
    struct dns_socket **at = find_socket(d, fd), *s = *at;
    if (!readable && !writable) {
        if (s != NULL) {
            *at = s->next;
            uv_close((uv_handle_t *)&s->poll, free_socket);
        }
        return;
    }
    if (s == NULL) {
        s = mem_new(struct dns_socket);
        s->dns = d;
        s->fd = fd;
        if (uv_poll_init(loop_uv(d->loop), &s->poll, fd) != 0) {
            mem_free(s); /* c-ares runs into its time-out */
            return;
        }
        s->next = d->sockets;
        d->sockets = s;
    }
    uv_poll_start(&s->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_poll);
}

static void look_at_file(const struct dns *d, struct stat *out) {
    if (stat(d->resolv_conf, out) != 0)
        memset(out, 0, sizeof(*out));
}

static int set_up(struct dns *d, struct err *err) {
    struct ares_options o = {.timeout = d->timeout_ms,
                             .tries = d->tries,
                             .sock_state_cb = on_socket,
                             .sock_state_cb_data = d,
                             .resolvconf_path = d->resolv_conf};
    int rc = ares_library_init(ARES_LIB_INIT_ALL);
    look_at_file(d, &d->seen);
    if (rc == ARES_SUCCESS)
        rc = ares_init_options(&d->channel, &o,
                               ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
                                   ARES_OPT_RESOLVCONF);
    if (rc != ARES_SUCCESS) {
        d->channel = NULL;
        return err_set(err, "cannot set up the DNS resolver: %s", ares_strerror(rc));
    }
    if (d->servers != NULL && (rc = ares_set_servers_ports_csv(d->channel, d->servers)) != ARES_SUCCESS)
        return err_set(err, "\"%s\" is not a list of DNS servers: %s", d->servers, ares_strerror(rc));
    return 0;
}

struct dns *dns_new(struct loop *l, const char *servers, struct err *err) {
    struct dns *d = mem_new(struct dns);
    d->loop = l;
    d->servers = mem_strdup(servers);
    d->resolv_conf = mem_strdup(RESOLV_CONF);
    d->timeout_ms = TIMEOUT_MS;
    d->tries = TRIES;
    d->timer.fire = on_timer;
    if (servers == NULL || set_up(d, err) == 0)
        return d;
    dns_free(d);
    return NULL;
}

static void tear_down(struct dns *d) {
    if (d->channel == NULL)
        return;
    ares_destroy(d->channel);
    ares_library_cleanup();
    d->channel = NULL;
    loop_timer_stop(d->loop, &d->timer);
}

void dns_free(struct dns *d) {
    if (d == NULL)
        return;
    tear_down(d);
    assert(d->sockets == NULL);
    dns_questions_finish(d);
    mem_free(d->servers);
    mem_free(d->resolv_conf);
    buf_finish(&d->asking);
    mem_free(d);
}

void dns_set_patience(struct dns *d, int timeout_ms, int tries) {
    tear_down(d); /* the next question sets it up anew */
    d->timeout_ms = timeout_ms;
    d->tries = tries;
}

void dns_set_resolv_conf(struct dns *d, const char *path) {
    tear_down(d);
    mem_free(d->resolv_conf);
    d->resolv_conf = mem_strdup(path);
}

/* c-ares reads the file once. A machine that changes its network has another one afterwards. */
static bool has_changed(const struct dns *d) {
    struct stat now;
    if (d->servers != NULL)
        return false;
    look_at_file(d, &now);
    return now.st_ino != d->seen.st_ino || now.st_dev != d->seen.st_dev || now.st_size != d->seen.st_size ||
           now.st_mtim.tv_sec != d->seen.st_mtim.tv_sec || now.st_mtim.tv_nsec != d->seen.st_mtim.tv_nsec;
}

ares_channel dns_channel(struct dns *d) {
    if (d->channel != NULL && d->in_flight == 0 && has_changed(d))
        tear_down(d);
    if (d->channel == NULL && set_up(d, NULL) != 0)
        tear_down(d);
    return d->channel;
}

const char *dns_servers(struct dns *d) {
    struct ares_addr_port_node *list = NULL;
    char text[INET6_ADDRSTRLEN];
    buf_clear(&d->asking);
    if (d->channel != NULL)
        ares_get_servers_ports(d->channel, &list);
    for (struct ares_addr_port_node *n = list; n != NULL; n = n->next) {
        inet_ntop(n->family, &n->addr, text, sizeof(text));
        buf_addf(&d->asking, "%s%s:%d", n == list ? "" : ",", text,
                 n->udp_port ? n->udp_port : NS_DEFAULTPORT);
    }
    ares_free_data(list);
    return buf_data(&d->asking);
}
