/* SPDX-License-Identifier: MIT */
/*
 * A query is gone when its receiver is told: it is freed first, with the answer in the caller's frame.
 *
 * The addresses are asked for their verdicts alone: where they are not signed TLSA is not asked for, since
 * name servers of such zones are known that fail on types they have not heard of (RFC 7671 1.2, 7673 3.2).
 * Who is dialled is what dns.h finds, which need not be vouched for: the certificate is.
 * Implements: RFC 6698, RFC 7671, RFC 7673
 */
#include "net/dane.h"

#include "base/buf.h"
#include "base/mem.h"
#include "net/dns_channel.h"
#include "net/dnssec.h"
#include "net/name.h"

#include <arpa/nameser.h>

enum { V4, V6, TLSA, QUESTIONS };

struct dane_query {
    struct dns *dns;
    struct dnssec_query *questions[QUESTIONS]; /* NULL: not asked, or answered; a service has the first */
    dane_service_fn *on_service;               /* one of the two */
    dane_target_fn *on_target;
    void *ctx;
    char *name; /* owned: what was asked for, or the host */
    uint16_t port;
    bool is_signed; /* an address is there, and secure */
};

void dane_cancel(struct dane_query *q) {
    if (q == NULL)
        return;
    for (int i = 0; i < QUESTIONS; i++)
        dnssec_cancel(q->questions[i]);
    mem_free(q->name);
    mem_free(q);
}

static struct dane_query *new_query(struct dns *d, char *name, void *ctx) {
    struct dane_query *q = mem_new(struct dane_query);
    q->dns = d;
    q->name = name;
    q->ctx = ctx;
    return q;
}

static bool is_broken(const struct dnssec_answer *a) {
    return a->verdict == DNSSEC_BOGUS || a->verdict == DNSSEC_FAILED;
}

static void say_broken(const struct dane_query *q, const char *of, const struct dnssec_answer *a,
                       struct err *why) {
    if (a->verdict == DNSSEC_BOGUS)
        err_set(why, "DNSSEC: the answer of DNS for %s%s is forged or damaged: %.300s", of, q->name, a->why);
    else
        err_set(why, "DNSSEC: no answer of DNS for %s%s: %.300s", of, q->name, a->why);
}

/* ---- a service ---- */

/* A root target beside others says nothing that can be used; alone it says "not offered" (RFC 2782). */
static enum dns_service read_services(const struct dnssec_answer *a, struct srv_record **list,
                                      size_t *count) {
    bool refused = false;
    *list = mem_array(NULL, a->count, sizeof(**list));
    for (size_t i = 0; i < a->count; i++) {
        struct srv_record *r = &(*list)[*count];
        if (!srv_read(a->records[i], r))
            continue;
        r->is_secure = a->verdict == DNSSEC_SECURE;
        if (strcmp(r->target, ".") != 0) {
            (*count)++;
            continue;
        }
        refused = true;
        mem_free(r->target);
    }
    return *count > 0 ? DNS_SERVICE : refused ? DNS_NO_SERVICE : DNS_NO_RECORD;
}

static void on_service(void *ctx, const struct dnssec_answer *a) {
    struct dane_query q = *(struct dane_query *)ctx;
    struct srv_record *list = NULL;
    size_t count = 0;
    struct err why = ERR_INIT;
    if (is_broken(a))
        say_broken(&q, "the service ", a, &why);
    enum dns_service what = is_broken(a) ? DNS_NO_RECORD : read_services(a, &list, &count);
    if (count == 0) {
        mem_free(list);
        list = NULL;
    }
    ((struct dane_query *)ctx)->questions[V4] = NULL;
    dane_cancel(ctx);
    q.on_service(q.ctx, what, list, count, is_broken(a) ? why.text : NULL);
}

struct dane_query *dane_service(struct dns *d, const char *service, const char *name, dane_service_fn *done,
                                void *ctx) {
    struct buf full = BUF_INIT;
    buf_addf(&full, "%s._tcp.%s", service, name);
    struct dane_query *q = new_query(d, buf_detach(&full), ctx);
    q->on_service = done;
    q->questions[V4] = dnssec_ask(dns_secure(d), q->name, ns_t_srv, on_service, q);
    return q;
}

/* ---- a target ---- */

static void finish(struct dane_query *q, struct dane *found, const char *broken) {
    dane_target_fn *done = q->on_target;
    void *ctx = q->ctx;
    dane_cancel(q);
    done(ctx, found, broken);
}

static void fail(struct dane_query *q, const char *of, const struct dnssec_answer *a) {
    struct dane none = {NULL, 0, NULL, NULL};
    struct err why = ERR_INIT;
    say_broken(q, of, a, &why);
    finish(q, &none, why.text);
}

static void without(struct dane_query *q, const char *why) {
    struct dane none = {NULL, 0, NULL, NULL};
    struct buf text = BUF_INIT;
    buf_addf(&text, why, q->name);
    none.why = buf_detach(&text);
    finish(q, &none, NULL);
}

static void on_tlsa(void *ctx, const struct dnssec_answer *a) {
    struct dane_query *q = ctx;
    struct dane found = {NULL, 0, NULL, NULL};
    q->questions[TLSA] = NULL;
    if (is_broken(a)) {
        fail(q, "the TLSA records of ", a);
        return;
    }
    found.list = mem_array(NULL, a->count, sizeof(*found.list));
    for (size_t i = 0; a->verdict == DNSSEC_SECURE && i < a->count; i++)
        found.count += tlsa_read(a->records[i], &found.list[found.count]);
    tlsa_sort(found.list, found.count);
    if (found.count > 0) {
        finish(q, &found, NULL);
        return;
    }
    mem_free(found.list);
    without(q, a->verdict != DNSSEC_SECURE ? "the TLSA records of %s are not signed (DNSSEC)"
               : a->count > 0              ? "no TLSA record of %s can be used"
                                           : "%s has no TLSA record");
}

static void ask_tlsa(struct dane_query *q) {
    struct buf name = BUF_INIT;
    buf_addf(&name, "_%u._tcp.%s", (unsigned)q->port, q->name);
    q->questions[TLSA] = dnssec_ask(dns_secure(q->dns), buf_data(&name), ns_t_tlsa, on_tlsa, q);
    buf_finish(&name);
}

static void on_address(struct dane_query *q, int at, const struct dnssec_answer *a) {
    q->questions[at] = NULL;
    if (is_broken(a)) {
        fail(q, "the addresses of ", a);
        return;
    }
    q->is_signed |= a->verdict == DNSSEC_SECURE && a->count > 0;
    if (q->questions[V4] != NULL || q->questions[V6] != NULL)
        return;
    if (q->is_signed)
        ask_tlsa(q);
    else
        without(q, "the addresses of %s are not signed (DNSSEC)");
}

static void on_v4(void *ctx, const struct dnssec_answer *a) {
    on_address(ctx, V4, a);
}

static void on_v6(void *ctx, const struct dnssec_answer *a) {
    on_address(ctx, V6, a);
}

char *dane_why_not(const struct srv_record *target) {
    union address literal;
    struct buf text = BUF_INIT;
    if (address_parse(target->target, 0, &literal) || name_is_localhost(target->target))
        buf_addf(&text, "%s is no name of DNS", target->target);
    else if (!target->is_secure)
        buf_addf(&text, "the SRV records that name %s are not signed (DNSSEC)", target->target);
    return buf_len(&text) > 0 ? buf_detach(&text) : NULL;
}

struct dane_query *dane_target(struct dns *d, const char *host, uint16_t port, dane_target_fn *done,
                               void *ctx) {
    struct dane_query *q = new_query(d, mem_strdup(host), ctx);
    q->on_target = done;
    q->port = port;
    q->questions[V4] = dnssec_ask(dns_secure(d), host, ns_t_a, on_v4, q);
    q->questions[V6] = dnssec_ask(dns_secure(d), host, ns_t_aaaa, on_v6, q);
    return q;
}
