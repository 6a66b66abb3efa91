/* SPDX-License-Identifier: MIT */
/*
 * Questions. The callbacks of c-ares only store what came and queue the query: whoever is told may then do
 * anything, dns_free included, without c-ares on the stack. A single question cannot be taken back from
 * c-ares: a cancelled query stays until it is answered or the channel is destroyed.
 */
#include "net/dns.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/dns_channel.h"
#include "net/name.h"

#include <arpa/nameser.h>

struct dns_query {
    struct loop_defer answer;
    struct loop *loop;
    bool asked; /* c-ares has a pointer to us */
    bool cancelled;
    dns_addresses_fn *on_addresses; /* exactly one of the two */
    dns_service_fn *on_service;
    void *ctx;
    uint16_t port;
    const char *why; /* static */
    union address *addresses;
    struct srv_record *records;
    size_t count;
    enum dns_service what;
};

static void free_query(struct dns_query *q) {
    if (q->on_service != NULL)
        srv_free(q->records, q->count);
    mem_free(q->addresses);
    mem_free(q);
}

static void on_answer(struct loop_defer *d) {
    struct dns_query *q = (struct dns_query *)((char *)d - offsetof(struct dns_query, answer));
    if (q->on_addresses != NULL) {
        q->on_addresses(q->ctx, q->addresses, q->count, q->why);
    } else {
        struct srv_record *records = q->records;
        size_t count = q->count;
        q->records = NULL;
        q->count = 0;
        q->on_service(q->ctx, q->what, records, count);
    }
    free_query(q);
}

static struct dns_query *new_query(struct dns *d, void *ctx) {
    struct dns_query *q = mem_new(struct dns_query);
    q->answer.run = on_answer;
    q->loop = d->loop;
    q->ctx = ctx;
    q->why = "no address";
    return q;
}

static void answer(struct dns_query *q) {
    q->asked = false;
    if (q->cancelled)
        free_query(q);
    else
        loop_defer(q->loop, &q->answer);
}

void dns_cancel(struct dns_query *q) {
    if (q == NULL)
        return;
    loop_defer_cancel(q->loop, &q->answer);
    q->cancelled = true;
    if (!q->asked)
        free_query(q);
}

/* ---- addresses ---- */

static void add_address(struct dns_query *q, const union address *a) {
    q->addresses = mem_array(q->addresses, q->count + 1, sizeof(*q->addresses));
    q->addresses[q->count++] = *a;
}

static const char *words(int status) {
    switch (status) {
    case ARES_ENODATA:
        return "the name has no address";
    case ARES_ENOTFOUND:
        return "no such name in DNS";
    case ARES_ETIMEOUT:
        return "no DNS server answers";
    case ARES_ECONNREFUSED:
        return "no DNS server can be reached";
    default:
        return ares_strerror(status);
    }
}

static void on_addrinfo(void *ctx, int status, int timeouts, struct ares_addrinfo *info) {
    struct dns_query *q = ctx;
    union address a;
    (void)timeouts;
    if (status != ARES_SUCCESS)
        q->why = words(status);
    for (struct ares_addrinfo_node *n = info ? info->nodes : NULL; n != NULL; n = n->ai_next)
        if (address_from(n->ai_addr, q->port, &a))
            add_address(q, &a);
    address_interleave(q->addresses, q->count);
    if (info != NULL)
        ares_freeaddrinfo(info);
    answer(q);
}

static bool known_address(struct dns_query *q, const char *name) {
    union address a;
    if (address_parse(name, q->port, &a)) {
        add_address(q, &a);
        return true;
    }
    if (!name_is_localhost(name))
        return false;
    address_parse("127.0.0.1", q->port, &a);
    add_address(q, &a);
    address_parse("::1", q->port, &a);
    add_address(q, &a);
    return true;
}

/* False: the question cannot be put. */
static bool may_ask(struct dns *d, struct dns_query *q) {
    if (dns_channel(d) == NULL) {
        q->why = "the DNS resolver cannot be set up";
        return false;
    }
    q->asked = true;
    return true;
}

struct dns_query *dns_addresses(struct dns *d, const char *name, uint16_t port, dns_addresses_fn *done,
                                void *ctx) {
    static const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct dns_query *q = new_query(d, ctx);
    q->on_addresses = done;
    q->port = port;
    if (known_address(q, name) || !may_ask(d, q)) {
        answer(q);
        return q;
    }
    ares_getaddrinfo(d->channel, name, NULL, &hints, on_addrinfo, q);
    dns_set_timer(d);
    return q;
}

/* ---- services ---- */

static void add_record(struct dns_query *q, const struct ares_srv_reply *r) {
    q->records = mem_array(q->records, q->count + 1, sizeof(*q->records));
    q->records[q->count++] = (struct srv_record){
        .target = mem_strdup(r->host), .priority = r->priority, .weight = r->weight, .port = r->port};
}

static bool is_root(const char *host) {
    return host[0] == '\0' || strcmp(host, ".") == 0;
}

/* A root target beside others says nothing that can be used; alone it says "not offered" (RFC 2782). */
static void take_records(struct dns_query *q, const struct ares_srv_reply *list) {
    bool refused = false;
    for (const struct ares_srv_reply *r = list; r != NULL; r = r->next) {
        if (is_root(r->host))
            refused = true;
        else
            add_record(q, r);
    }
    q->what = q->count > 0 ? DNS_SERVICE : refused ? DNS_NO_SERVICE : DNS_NO_RECORD;
    srv_order(q->records, q->count, random_below);
}

static void on_srv(void *ctx, int status, int timeouts, unsigned char *bytes, int len) {
    struct dns_query *q = ctx;
    struct ares_srv_reply *list = NULL;
    (void)timeouts;
    if (status == ARES_SUCCESS && ares_parse_srv_reply(bytes, len, &list) == ARES_SUCCESS)
        take_records(q, list);
    if (list != NULL)
        ares_free_data(list);
    answer(q);
}

struct dns_query *dns_service(struct dns *d, const char *name, dns_service_fn *done, void *ctx) {
    struct dns_query *q = new_query(d, ctx);
    struct buf full = BUF_INIT;
    union address literal;
    q->on_service = done;
    q->what = DNS_NO_RECORD;
    if (address_parse(name, 0, &literal) || name_is_localhost(name) || !may_ask(d, q)) {
        answer(q);
        return q;
    }
    buf_addf(&full, "_xmpp-client._tcp.%s", name);
    ares_query(d->channel, buf_data(&full), ns_c_in, ns_t_srv, on_srv, q);
    buf_finish(&full);
    dns_set_timer(d);
    return q;
}
