/* SPDX-License-Identifier: MIT */
/*
 * c-ares tells which of its sockets wants what; each gets a poll handle of the loop. Its time-outs hang on
 * one timer of the loop.
 */
#include "net/dns_channel.h"

#include "base/mem.h"
#include "net/dns.h"
#include "net/dns_question.h"
#include "net/dnssec.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>
#include <sys/time.h>
#include <uv.h>

enum { TIMEOUT_MS = 2000, TRIES = 2 };

#define RESOLV_CONF "/etc/resolv.conf"
#define ROOT_ANCHOR "/usr/share/dns/root.key"

struct dns_socket {
    uv_poll_t poll; /* first: the handle's address is the socket's */
    struct dns *dns;
    ares_socket_t fd;
    struct dns_socket *next;
};

void dns_set_timer(struct dns *d) {
    struct timeval tv;
    if (d->lib.timeout(d->channel, NULL, &tv) == NULL)
        loop_timer_stop(d->loop, &d->timer);
    else
        loop_timer_in(d->loop, &d->timer, (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1);
}

static void on_timer(struct loop_timer *t) {
    struct dns *d = (struct dns *)((char *)t - offsetof(struct dns, timer));
    d->lib.process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    dns_set_timer(d);
}

static void on_poll(uv_poll_t *h, int status, int events) {
    struct dns_socket *s = (struct dns_socket *)h;
    struct dns *d = s->dns;
    bool readable = status < 0 || (events & UV_READABLE), writable = status < 0 || (events & UV_WRITABLE);
    d->lib.process_fd(d->channel, readable ? s->fd : ARES_SOCKET_BAD, writable ? s->fd : ARES_SOCKET_BAD);
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

static int set_up(struct dns *d, struct err *err) {
    char lookups[] = "b"; /* DNS alone: dns_question.c has looked into /etc/hosts */
    struct ares_options o = {.timeout = d->timeout_ms,
                             .tries = d->tries,
                             .sock_state_cb = on_socket,
                             .sock_state_cb_data = d,
                             .lookups = lookups,
                             .resolvconf_path = d->resolv_conf};
    int mask =
        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF | ARES_OPT_LOOKUPS;
    if ((d->handle = library_open(&dns_library, &d->lib, err)) == NULL)
        return -1;
    int rc = d->lib.init(ARES_LIB_INIT_ALL);
    if (rc == ARES_SUCCESS)
        rc = d->lib.init_options(&d->channel, &o, mask);
    if (rc != ARES_SUCCESS) {
        d->channel = NULL;
        return err_set(err, "cannot set up the DNS resolver: %s", d->lib.strerror(rc));
    }
    if (d->servers != NULL && (rc = d->lib.set_servers(d->channel, d->servers)) != ARES_SUCCESS)
        return err_set(err, "\"%s\" is not a list of DNS servers: %s", d->servers, d->lib.strerror(rc));
    return 0;
}

static void tear_down(struct dns *d) {
    if (d->handle != NULL) {
        if (d->channel != NULL)
            d->lib.destroy(d->channel);
        d->lib.cleanup();
        library_close(d->handle);
    }
    d->channel = NULL;
    d->handle = NULL;
    loop_timer_stop(d->loop, &d->timer);
    loop_defer_cancel(d->loop, &d->idle);
}

static void on_idle(struct loop_defer *i) {
    struct dns *d = (struct dns *)((char *)i - offsetof(struct dns, idle));
    if (d->in_flight == 0)
        tear_down(d);
}

struct dns *dns_new(struct loop *l, const char *servers, struct err *err) {
    struct dns *d = mem_new(struct dns);
    d->loop = l;
    d->servers = mem_strdup(servers);
    d->resolv_conf = mem_strdup(RESOLV_CONF);
    d->timeout_ms = TIMEOUT_MS;
    d->tries = TRIES;
    d->timer.fire = on_timer;
    d->idle.run = on_idle;
    int rc = servers != NULL ? set_up(d, err) : 0; /* is it a list? */
    tear_down(d);
    if (rc == 0)
        return d;
    dns_free(d);
    return NULL;
}

void dns_free(struct dns *d) {
    if (d == NULL)
        return;
    tear_down(d);
    assert(d->sockets == NULL);
    dns_questions_finish(d);
    dnssec_free(d->secure);
    mem_free(d->anchor);
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

ares_channel dns_channel(struct dns *d) {
    if (d->channel == NULL && set_up(d, &d->why) != 0)
        tear_down(d);
    return d->channel;
}

/* Those who were waiting have been queued before: what they ask next comes before on_idle. */
void dns_channel_answered(struct dns *d) {
    if (d->in_flight == 0)
        loop_defer(d->loop, &d->idle);
}

const char *dns_servers(struct dns *d) {
    struct ares_addr_port_node *list = NULL;
    char text[INET6_ADDRSTRLEN];
    buf_clear(&d->asking);
    if (dns_channel(d) == NULL)
        return "";
    d->lib.get_servers(d->channel, &list);
    for (struct ares_addr_port_node *n = list; n != NULL; n = n->next) {
        inet_ntop(n->family, &n->addr, text, sizeof(text));
        buf_addf(&d->asking, "%s%s:%d", n == list ? "" : ",", text,
                 n->udp_port ? n->udp_port : NS_DEFAULTPORT);
    }
    d->lib.free_data(list);
    dns_channel_answered(d);
    return buf_data(&d->asking);
}

/* ---- DNSSEC ---- */

void dns_set_trust_anchor(struct dns *d, const char *file) {
    mem_free(d->anchor);
    d->anchor = mem_strdup(file);
}

static struct dnssec_options secure_options(const struct dns *d) {
    return (struct dnssec_options){.servers = d->servers,
                                   .resolv_conf = d->resolv_conf,
                                   .anchor = d->anchor != NULL ? d->anchor : ROOT_ANCHOR};
}

int dns_can_validate(const struct dns *d, struct err *err) {
    struct dnssec_options options = secure_options(d);
    return dnssec_check(&options, err);
}

struct dnssec *dns_secure(struct dns *d) {
    struct dnssec_options options = secure_options(d);
    if (d->secure == NULL)
        d->secure = dnssec_new(d->loop, &options);
    return d->secure;
}
