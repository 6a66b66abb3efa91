/* SPDX-License-Identifier: MIT */
/*
 * One deadline covers it all: a name server that is silent, a host that swallows packets, a dozen of them.
 * The owner is told by the last act of a callback, so it may free the route there.
 */
#include "net/route.h"

#include "base/mem.h"
#include "net/name.h"

#include <stdio.h>

enum { DEADLINE_MS = 30000, DEFAULT_PORT = 5222, ADDRESSES_MOST = 16 };

struct route {
    struct loop *loop;
    struct dns *dns;
    bool loopback_only;
    struct srv_record *targets; /* owned */
    size_t count, next;
    const struct srv_record *now; /* the target that is tried */
    struct dns_query *query;
    struct tcp_dial *dial;
    struct loop_timer timer; /* the deadline; 0 when there is nothing to try at all */
    char *name;              /* of name_to_ascii; owned */
    struct err why;          /* the last failure */
    route_fn *done;
    void *ctx;
};

static void stop(struct route *r) {
    loop_timer_stop(r->loop, &r->timer);
    dns_cancel(r->query);
    tcp_dial_cancel(r->dial);
    r->query = NULL;
    r->dial = NULL;
}

void route_free(struct route *r) {
    if (r == NULL)
        return;
    stop(r);
    srv_free(r->targets, r->count);
    mem_free(r->name);
    mem_free(r);
}

static void fail(struct route *r) {
    stop(r);
    r->done(r->ctx, NULL, NULL, NULL, r->why.text);
}

/* ---- one target ---- */

static void next_target(struct route *r);

/* "host (address:port)", or only the address where that is what was asked for. */
static void name_peer(const struct route *r, const char *peer, char *out, size_t cap) {
    union address literal;
    if (address_parse(r->now->target, 0, &literal))
        snprintf(out, cap, "%s", peer);
    else
        snprintf(out, cap, "%s (%s)", r->now->target, peer);
}

static void on_dialled(void *ctx, uv_tcp_t *tcp, const union address *to, const char *why) {
    struct route *r = ctx;
    char peer[ADDRESS_TEXT_LEN], who[ADDRESS_TEXT_LEN + 280];
    r->dial = NULL;
    address_text(to, peer);
    name_peer(r, peer, who, sizeof(who));
    if (tcp == NULL) {
        err_set(&r->why, "cannot connect to %s: %s", who, why);
        next_target(r);
        return;
    }
    stop(r);
    r->done(r->ctx, tcp, who, peer, NULL);
}

/* Those that are allowed, and not more than anybody waits for. */
static size_t choose(const struct route *r, const union address *list, size_t count, union address *out) {
    size_t n = 0;
    for (size_t i = 0; i < count && n < ADDRESSES_MOST; i++)
        if (!r->loopback_only || address_is_loopback(&list[i]))
            out[n++] = list[i];
    return n;
}

static void on_addresses(void *ctx, const union address *list, size_t count, const char *why) {
    struct route *r = ctx;
    union address chosen[ADDRESSES_MOST];
    char text[ADDRESS_TEXT_LEN];
    size_t n = choose(r, list, count, chosen);
    r->query = NULL;
    if (n > 0) {
        r->dial = tcp_dial(r->loop, chosen, n, on_dialled, r);
        return;
    }
    if (count == 0) {
        err_set(&r->why, "cannot find %s: %s", r->now->target, why);
    } else {
        address_text(&list[0], text);
        err_set(&r->why,
                "%s is at %s, which is not this machine; without TLS only loopback addresses are allowed",
                r->now->target, text);
    }
    next_target(r);
}

static void next_target(struct route *r) {
    if (r->next == r->count) {
        fail(r);
        return;
    }
    r->now = &r->targets[r->next++];
    r->query = dns_addresses(r->dns, r->now->target, r->now->port, on_addresses, r);
}

/* ---- which targets ---- */

static void one_target(struct route *r, uint16_t port) {
    r->targets = mem_new(struct srv_record);
    r->targets[0].target = mem_strdup(r->name);
    r->targets[0].port = port ? port : DEFAULT_PORT;
    r->count = 1;
    next_target(r);
}

static void on_service(void *ctx, enum dns_service what, struct srv_record *list, size_t count) {
    struct route *r = ctx;
    r->query = NULL;
    switch (what) {
    case DNS_SERVICE:
        r->targets = list;
        r->count = count;
        next_target(r);
        break;
    case DNS_NO_SERVICE:
        err_set(&r->why, "%s offers no XMPP service to clients: its SRV record says \".\"", r->name);
        fail(r);
        break;
    case DNS_NO_RECORD:
        one_target(r, 0);
        break;
    }
}

static void on_timer(struct loop_timer *t) {
    struct route *r = (struct route *)((char *)t - offsetof(struct route, timer));
    struct err before = r->why;
    if (r->name != NULL)
        err_set(&r->why, "no connection to %.*s within %d s%s%.*s", 100, r->now ? r->now->target : r->name,
                DEADLINE_MS / 1000, before.text[0] ? "; before that: " : "", 300, before.text);
    fail(r);
}

/* A literal address is its own name. */
static char *name_of(const char *host, struct err *err) {
    union address literal;
    return address_parse(host, 0, &literal) ? mem_strdup(host) : name_to_ascii(host, err);
}

struct route *route_new(struct loop *l, struct dns *dns, const struct conn_target *target, route_fn *done,
                        void *ctx) {
    struct route *r = mem_new(struct route);
    r->loop = l;
    r->dns = dns;
    r->loopback_only = target->loopback_only;
    r->timer.fire = on_timer;
    r->done = done;
    r->ctx = ctx;
    r->name = name_of(target->host ? target->host : target->domain, &r->why);
    loop_timer_in(l, &r->timer, r->name ? DEADLINE_MS : 0);
    if (r->name == NULL)
        return r;
    if (target->host != NULL)
        one_target(r, target->port);
    else
        r->query = dns_service(dns, r->name, on_service, r);
    return r;
}
