/* SPDX-License-Identifier: MIT */
/*
 * The owner is told by the last act of a callback, so it may free the route there. A target that was reached
 * stays `now` until the owner asks for the next one.
 * Implements: XEP-0368 1.1.0
 */
#include "net/route.h"

#include "base/mem.h"
#include "base/random.h"
#include "net/conn_memory.h"
#include "net/eyeballs.h"
#include "net/name.h"
#include "net/services.h"
#include "net/tunnel.h"

enum { TIMEOUT_MS = 30000, STARTTLS_PORT = 5222, DIRECT_PORT = 5223, TARGETS_MOST = 16 };

struct route {
    struct loop *loop;
    struct dns *dns;
    struct conn_memory *memory; /* borrowed; may be NULL */
    enum conn_mode mode;
    bool loopback_only;
    bool is_guess; /* no records: the domain itself */
    uint32_t dead_after_ms;
    bool is_validated;           /* DNSSEC is asked */
    bool is_known;               /* DNSSEC knows of the domain, or was tampered with: no guess any more */
    bool is_served;              /* the targets are of SRV records */
    struct services *services;   /* NULL: not asked, or answered */
    struct dane_query *question; /* about the target that is next */
    struct dane dane;            /* what came of it */
    struct srv_record *targets;  /* owned */
    size_t count, next;
    const struct srv_record *now; /* the target that is tried, or was reached */
    const struct proxy *proxy;    /* borrowed; NULL: none */
    struct eyeballs *eyeballs;
    struct tunnel *tunnel;         /* instead, through the proxy */
    int64_t deadline_ms, until_ms; /* of all, and of this target */
    struct loop_timer timer;
    struct loop_defer again; /* route_next */
    char *name;              /* of name_to_ascii; owned */
    struct err why;          /* the last failure */
    route_fn *done;
    void *ctx;
};

static void stop_dialling(struct route *r) {
    dane_cancel(r->question);
    r->question = NULL;
    eyeballs_free(r->eyeballs);
    tunnel_free(r->tunnel);
    r->eyeballs = NULL;
    r->tunnel = NULL;
}

static void stop(struct route *r) {
    loop_timer_stop(r->loop, &r->timer);
    loop_defer_cancel(r->loop, &r->again);
    services_free(r->services);
    r->services = NULL;
    stop_dialling(r);
}

void route_free(struct route *r) {
    if (r == NULL)
        return;
    stop(r);
    srv_free(r->targets, r->count);
    dane_finish(&r->dane);
    mem_free(r->name);
    mem_free(r);
}

static void note(struct route *r, const char *why) {
    struct err before = r->why;
    err_set(&r->why, "%.300s%s%.190s", why, before.text[0] ? "; before that: " : "", before.text);
}

static void fail(struct route *r) {
    stop(r);
    r->done(r->ctx, NULL, r->why.text);
}

/* ---- one target ---- */

static void try_next(struct route *r);

static bool is_literal(const char *name) {
    union address literal;
    return address_parse(name, 0, &literal);
}

static void on_connected(void *ctx, uv_tcp_t *tcp, const union address *to, const char *why) {
    struct route *r = ctx;
    char peer[ADDRESS_TEXT_LEN], who[EYEBALLS_WHO_LEN];
    r->eyeballs = NULL;
    r->tunnel = NULL;
    if (tcp == NULL) {
        note(r, why);
        try_next(r);
        return;
    }
    stop(r);
    tcp_configure(tcp, r->dead_after_ms);
    address_text(to, peer);
    eyeballs_who(r->now->target, to, who);
    struct route_reached reached = {.tcp = tcp,
                                    .who = who,
                                    .peer = peer,
                                    .direct_tls = r->now->direct_tls,
                                    .until_ms = r->until_ms,
                                    .dane = r->is_validated ? &r->dane : NULL};
    r->done(r->ctx, &reached, NULL);
}

static int64_t share_ms(const struct route *r, int64_t now_ms) {
    int64_t left = r->deadline_ms - now_ms, targets = (int64_t)(r->count - r->next);
    return left > 0 ? left / targets : 0;
}

static void dial(struct route *r) {
    struct eyeballs_options options = {
        .host = r->now->target, .port = r->now->port, .loopback_only = r->loopback_only};
    if (r->proxy != NULL)
        r->tunnel = tunnel_new(r->loop, r->dns, r->proxy, r->now->target, r->now->port, on_connected, r);
    else
        r->eyeballs = eyeballs_new(r->loop, r->dns, &options, on_connected, r);
}

/* A target whose records are broken is no target (RFC 7673 3.2, 3.3). */
static void on_dane(void *ctx, struct dane *found, const char *broken) {
    struct route *r = ctx;
    r->question = NULL;
    r->is_known |= broken != NULL || found->count > 0;
    if (broken != NULL) {
        note(r, broken);
        try_next(r);
        return;
    }
    r->dane = *found;
    if (r->is_served) /* then the name of the target is proven, and will do (RFC 7673 4.1) */
        r->dane.host = mem_strdup(r->now->target);
    dial(r);
}

static void try_next(struct route *r) {
    int64_t now_ms = loop_now_ms(r->loop);
    if (r->next == r->count || now_ms >= r->deadline_ms) {
        fail(r);
        return;
    }
    r->until_ms = now_ms + share_ms(r, now_ms);
    loop_timer_at(r->loop, &r->timer, r->until_ms);
    r->now = &r->targets[r->next++];
    dane_finish(&r->dane);
    if (r->is_validated && (r->dane.why = dane_why_not(r->now)) == NULL)
        r->question = dane_target(r->dns, r->now->target, r->now->port, on_dane, r);
    else
        dial(r);
}

static void on_again(struct loop_defer *d) {
    try_next((struct route *)((char *)d - offsetof(struct route, again)));
}

void route_next(struct route *r, const char *why) {
    stop(r);
    note(r, why);
    loop_defer(r->loop, &r->again);
}

bool route_was_a_guess(const struct route *r) {
    return r->is_guess && !r->is_known;
}

void route_blame(struct route *r) {
    if (r != NULL && r->now != NULL)
        conn_memory_blame(r->memory, r->now, loop_now_ms(r->loop));
}

void route_praise(struct route *r) {
    if (r != NULL && r->now != NULL)
        conn_memory_praise(r->memory, r->now);
}

/* ---- which targets ---- */

static void start(struct route *r) {
    srv_order(r->targets, r->count, random_below);
    conn_memory_order(r->memory, r->targets, r->count, loop_now_ms(r->loop));
    while (r->count > TARGETS_MOST)
        mem_free(r->targets[--r->count].target);
    try_next(r);
}

static void one_target(struct route *r, uint16_t port) {
    bool direct = r->mode == CONN_DIRECT || (r->mode == CONN_AUTO && port == DIRECT_PORT);
    r->targets = mem_new(struct srv_record);
    r->targets[0].target = mem_strdup(r->name);
    r->targets[0].port = port != 0 ? port : direct ? DIRECT_PORT : STARTTLS_PORT;
    r->targets[0].direct_tls = direct;
    r->targets[0].is_secure = true; /* nobody else has named it */
    r->count = 1;
    start(r);
}

static void on_services(void *ctx, const struct services_found *found) {
    struct route *r = ctx;
    r->services = NULL;
    r->targets = found->list;
    r->count = found->count;
    r->is_served = found->count > 0;
    r->is_known = found->broken != NULL;
    if (found->count > 0) {
        start(r);
    } else if (found->broken != NULL) {
        err_set(&r->why, "%s", found->broken);
        fail(r);
    } else if (found->is_refused) {
        err_set(&r->why, "%s offers no XMPP service to clients%s: its SRV record says \".\"", r->name,
                r->mode == CONN_AUTO     ? ""
                : r->mode == CONN_DIRECT ? " with direct TLS"
                                         : " with STARTTLS");
        fail(r);
    } else {
        r->is_guess = !name_is_localhost(r->name) && !is_literal(r->name);
        one_target(r, 0);
    }
}

static void ask_services(struct route *r) {
    bool is_validated = r->is_validated && !name_is_localhost(r->name) && !is_literal(r->name);
    r->services = services_new(r->dns, r->name, r->mode, is_validated, on_services, r);
}

/* ---- time is up, for a target or for all ---- */

static void on_timer(struct loop_timer *t) {
    struct route *r = (struct route *)((char *)t - offsetof(struct route, timer));
    struct err why = ERR_INIT;
    if (r->name == NULL) { /* it cannot even be looked for */
        fail(r);
        return;
    }
    r->is_known |= r->question != NULL; /* whoever can silence DNS shall not choose what comes next */
    stop_dialling(r);
    if (r->now != NULL)
        err_set(&why, "no connection to %s in time", r->now->target);
    else
        err_set(&why, "DNS does not answer for %s in time", r->name);
    note(r, why.text);
    route_blame(r); /* one that refuses costs no time, and may be back the next time */
    if (r->now != NULL)
        try_next(r);
    else
        fail(r);
}

/* A literal address is its own name. */
static char *name_of(const char *host, struct err *err) {
    return is_literal(host) ? mem_strdup(host) : name_to_ascii(host, err);
}

struct route *route_new(struct loop *l, struct dns *dns, const struct conn_target *target, route_fn *done,
                        void *ctx) {
    struct route *r = mem_new(struct route);
    r->loop = l;
    r->dns = dns;
    r->memory = target->memory;
    r->proxy = target->proxy;
    r->mode = target->mode;
    r->is_validated = target->dane;
    r->loopback_only = target->loopback_only;
    r->dead_after_ms = target->dead_after_ms;
    r->deadline_ms = loop_now_ms(l) + (target->timeout_ms != 0 ? target->timeout_ms : TIMEOUT_MS);
    r->timer.fire = on_timer;
    r->again.run = on_again;
    r->done = done;
    r->ctx = ctx;
    r->name = name_of(target->host ? target->host : target->domain, &r->why);
    loop_timer_at(l, &r->timer, r->name ? r->deadline_ms : 0);
    if (r->name == NULL)
        return r;
    if (target->host != NULL)
        one_target(r, target->port);
    else
        ask_services(r);
    return r;
}
