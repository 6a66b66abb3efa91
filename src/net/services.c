/* SPDX-License-Identifier: MIT */
/*
 * Both answers are waited for. A "." of one service and nothing of the other is an end, too: the domain knows
 * of SRV (XEP-0368 5). An answer that is broken is the answer to both.
 */
#include "net/services.h"

#include "base/mem.h"
#include "net/dane.h"

/* The two, in the order of the table below. */
enum { STARTTLS, DIRECT, SERVICES };

struct service {
    struct services *of;
    struct dns_query *query; /* NULL: not asked, or answered */
    struct dane_query *validated;
};

struct services {
    struct service each[SERVICES];
    struct services_found found;
    services_fn *done;
    void *ctx;
};

void services_free(struct services *s) {
    if (s == NULL)
        return;
    for (int i = 0; i < SERVICES; i++) {
        dns_cancel(s->each[i].query);
        dane_cancel(s->each[i].validated);
    }
    srv_free(s->found.list, s->found.count);
    mem_free(s);
}

static bool is_waiting(const struct service *s) {
    return s->query != NULL || s->validated != NULL;
}

static void finish(struct services *s, const char *broken) {
    struct services_found found = s->found;
    services_fn *done = s->done;
    void *ctx = s->ctx;
    found.broken = broken;
    if (broken == NULL) { /* the list is the receiver's */
        s->found.list = NULL;
        s->found.count = 0;
    } else {
        found.list = NULL;
        found.count = 0;
    }
    services_free(s);
    done(ctx, &found);
}

static void take(struct service *one, enum dns_service what, struct srv_record *list, size_t count) {
    struct services *s = one->of;
    s->found.is_refused |= what == DNS_NO_SERVICE;
    for (size_t i = 0; i < count; i++)
        list[i].direct_tls = one == &s->each[DIRECT];
    srv_join(&s->found.list, &s->found.count, list, count);
    if (!is_waiting(&s->each[STARTTLS]) && !is_waiting(&s->each[DIRECT]))
        finish(s, NULL);
}

static void on_service(void *ctx, enum dns_service what, struct srv_record *list, size_t count) {
    struct service *one = ctx;
    one->query = NULL;
    take(one, what, list, count);
}

static void on_validated(void *ctx, enum dns_service what, struct srv_record *list, size_t count,
                         const char *broken) {
    struct service *one = ctx;
    one->validated = NULL;
    if (broken != NULL)
        finish(one->of, broken);
    else
        take(one, what, list, count);
}

struct services *services_new(struct dns *dns, const char *name, enum conn_mode mode, bool is_validated,
                              services_fn *done, void *ctx) {
    static const char *const names[SERVICES] = {"_xmpp-client", "_xmpps-client"};
    struct services *s = mem_new(struct services);
    s->done = done;
    s->ctx = ctx;
    for (int i = 0; i < SERVICES; i++) {
        struct service *one = &s->each[i];
        one->of = s;
        if (mode != CONN_AUTO && (mode == CONN_DIRECT) != (i == DIRECT))
            continue;
        if (is_validated)
            one->validated = dane_service(dns, names[i], name, on_validated, one);
        else
            one->query = dns_service(dns, names[i], name, on_service, one);
    }
    return s;
}
