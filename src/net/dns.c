/* SPDX-License-Identifier: MIT */
/*
 * Queries: each waits for one question (dns_question.h) and gets a copy of its answer. The callbacks of
 * c-ares only store what came and queue the queries: whoever is told may then do anything, dns_free included,
 * without c-ares on the stack.
 */
#include "net/dns.h"

#include "base/buf.h"
#include "base/mem.h"
#include "net/dns_question.h"
#include "net/name.h"

#include <string.h>

struct dns_query {
    struct loop_defer answer;
    struct loop *loop;
    struct dns_question *question; /* that it waits for; NULL: the answer is here */
    struct dns_query *next;
    dns_addresses_fn *on_addresses; /* exactly one of the two */
    dns_service_fn *on_service;
    void *ctx;
    uint16_t port;
    const char *why; /* lives as long as dns */
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
    q->why = "the name has no address";
    q->what = DNS_NO_RECORD;
    return q;
}

void dns_cancel(struct dns_query *q) {
    if (q == NULL)
        return;
    if (q->question != NULL) {
        struct dns_query **at = &q->question->waiting;
        while (*at != q)
            at = &(*at)->next;
        *at = q->next;
    }
    loop_defer_cancel(q->loop, &q->answer);
    free_query(q);
}

/* ---- one question for many queries ---- */

static void copy_answer(struct dns_query *q, const struct dns_question *u) {
    q->count = u->count;
    q->why = u->why;
    if (u->addresses != NULL) {
        q->addresses = mem_array(NULL, u->count, sizeof(*q->addresses));
        for (size_t i = 0; i < u->count; i++)
            address_from(&u->addresses[i].any, q->port, &q->addresses[i]);
    }
    if (u->records != NULL) {
        q->records = mem_array(NULL, u->count, sizeof(*q->records));
        for (size_t i = 0; i < u->count; i++) {
            q->records[i] = u->records[i];
            q->records[i].target = mem_strdup(u->records[i].target);
        }
    }
    q->what = u->records != NULL ? DNS_SERVICE : u->is_refused ? DNS_NO_SERVICE : DNS_NO_RECORD;
}

void dns_answered(struct dns_question *u) {
    while (u->waiting != NULL) {
        struct dns_query *q = u->waiting;
        u->waiting = q->next;
        q->question = NULL;
        copy_answer(q, u);
        loop_defer(q->loop, &q->answer);
    }
}

/* First in the queue, then the question: its answer may come before it returns. */
static void wait_for(struct dns_query *q, struct dns_question *u) {
    struct dns_query **at = &u->waiting;
    while (*at != NULL)
        at = &(*at)->next;
    *at = q;
    q->question = u;
    if (u->is_asked)
        return;
    if (dns_question_is_good(u))
        dns_answered(u);
    else
        dns_question_ask(u);
}

/* ---- addresses ---- */

static void add_known(struct dns_query *q, const union address *a) {
    q->addresses = mem_new(union address);
    q->addresses[0] = *a;
    q->count = 1;
}

static bool known_address(struct dns_query *q, const char *name, int family) {
    union address a;
    bool is_localhost = name_is_localhost(name);
    if (is_localhost)
        address_parse(family == AF_INET ? "127.0.0.1" : "::1", q->port, &a);
    else if (!address_parse(name, q->port, &a))
        return false;
    if (a.any.sa_family == family)
        add_known(q, &a);
    return true;
}

struct dns_query *dns_addresses(struct dns *d, const char *name, int family, uint16_t port,
                                dns_addresses_fn *done, void *ctx) {
    struct dns_query *q = new_query(d, ctx);
    q->on_addresses = done;
    q->port = port;
    if (known_address(q, name, family))
        loop_defer(d->loop, &q->answer);
    else
        wait_for(q, dns_question_for(d, name, family == AF_INET ? ns_t_a : ns_t_aaaa));
    return q;
}

/* ---- services ---- */

struct dns_query *dns_service(struct dns *d, const char *service, const char *name, dns_service_fn *done,
                              void *ctx) {
    struct dns_query *q = new_query(d, ctx);
    union address literal;
    q->on_service = done;
    if (address_parse(name, 0, &literal) || name_is_localhost(name)) {
        loop_defer(d->loop, &q->answer);
        return q;
    }
    struct buf full = BUF_INIT;
    buf_addf(&full, "%s._tcp.%s", service, name);
    wait_for(q, dns_question_for(d, buf_data(&full), ns_t_srv));
    buf_finish(&full);
    return q;
}

unsigned dns_asked(const struct dns *d) {
    return d->asked;
}
