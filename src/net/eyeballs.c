/* SPDX-License-Identifier: MIT */
/*
 * AAAA answered first, or both: dial at once. A first: AAAA gets RESOLUTION_DELAY_MS more (RFC 8305 3). What
 * comes later takes its turns with what is left.
 * Implements: RFC 8305
 */
#include "net/eyeballs.h"

#include "base/mem.h"
#include "net/tcp_dial.h"

#include <stdio.h>

enum { RESOLUTION_DELAY_MS = 50, ADDRESSES_MOST = 8 /* of a family */ };

struct family {
    struct eyeballs *of;
    struct dns_query *query; /* NULL: answered */
    union address list[ADDRESSES_MOST];
    size_t count;
    const char *why; /* of an empty answer; lives as long as dns */
};

struct eyeballs {
    struct loop *loop;
    struct eyeballs_options options;
    struct family six, four;
    union address refused; /* not loopback; AF_UNSPEC: none */
    struct tcp_dial *dial; /* always there, until done */
    struct loop_timer delay;
    eyeballs_fn *done;
    void *ctx;
};

void eyeballs_free(struct eyeballs *e) {
    if (e == NULL)
        return;
    dns_cancel(e->six.query);
    dns_cancel(e->four.query);
    loop_timer_stop(e->loop, &e->delay);
    tcp_dial_cancel(e->dial);
    mem_free(e);
}

void eyeballs_who(const char *host, const union address *to, char out[EYEBALLS_WHO_LEN]) {
    union address literal;
    char text[ADDRESS_TEXT_LEN];
    address_text(to, text);
    if (address_parse(host, 0, &literal))
        snprintf(out, EYEBALLS_WHO_LEN, "%s", text);
    else
        snprintf(out, EYEBALLS_WHO_LEN, "%.255s (%s)", host, text);
}

/* ---- the end ---- */

static void describe(const struct eyeballs *e, const union address *failed, const char *why,
                     struct err *out) {
    char text[EYEBALLS_WHO_LEN];
    if (failed->any.sa_family != AF_UNSPEC) {
        eyeballs_who(e->options.host, failed, text);
        err_set(out, "cannot connect to %s: %s", text, why);
    } else if (e->refused.any.sa_family != AF_UNSPEC) {
        address_text(&e->refused, text);
        err_set(out,
                "%s is at %s, which is not this machine; without TLS only loopback addresses are allowed",
                e->options.host, text);
    } else {
        err_set(out, "cannot find %s: %s", e->options.host, e->four.why ? e->four.why : e->six.why);
    }
}

static void on_dialled(void *ctx, uv_tcp_t *tcp, const union address *to, const char *why) {
    struct eyeballs *e = ctx;
    eyeballs_fn *done = e->done;
    void *done_ctx = e->ctx;
    struct err err = ERR_INIT;
    e->dial = NULL;
    if (tcp == NULL)
        describe(e, to, why, &err);
    eyeballs_free(e);
    done(done_ctx, tcp, to, tcp != NULL ? NULL : err.text);
}

/* ---- addresses come ---- */

static void dial(struct eyeballs *e) {
    struct family *families[] = {&e->six, &e->four};
    loop_timer_stop(e->loop, &e->delay);
    for (int i = 0; i < 2; i++) {
        size_t count = families[i]->count;
        families[i]->count = 0;
        tcp_dial_add(e->dial, families[i]->list, count);
    }
    if (e->six.query == NULL && e->four.query == NULL)
        tcp_dial_no_more(e->dial);
}

static void on_delay(struct loop_timer *t) {
    dial((struct eyeballs *)((char *)t - offsetof(struct eyeballs, delay)));
}

/* Those that are allowed, and not more than anybody waits for. */
static void take(struct family *f, const union address *list, size_t count) {
    struct eyeballs *e = f->of;
    for (size_t i = 0; i < count; i++) {
        if (e->options.loopback_only && !address_is_loopback(&list[i]))
            e->refused = list[i];
        else if (f->count < ADDRESSES_MOST)
            f->list[f->count++] = list[i];
    }
}

static void on_addresses(void *ctx, const union address *list, size_t count, const char *why) {
    struct family *f = ctx;
    struct eyeballs *e = f->of;
    f->query = NULL;
    f->why = why;
    take(f, list, count);
    if (e->six.query != NULL)
        loop_timer_in(e->loop, &e->delay, RESOLUTION_DELAY_MS);
    else
        dial(e);
}

struct eyeballs *eyeballs_new(struct loop *l, struct dns *dns, const struct eyeballs_options *options,
                              eyeballs_fn *done, void *ctx) {
    struct eyeballs *e = mem_new(struct eyeballs);
    e->loop = l;
    e->options = *options;
    e->delay.fire = on_delay;
    e->done = done;
    e->ctx = ctx;
    e->six.of = e->four.of = e;
    e->dial = tcp_dial_new(l, on_dialled, e);
    e->six.query = dns_addresses(dns, options->host, AF_INET6, options->port, on_addresses, &e->six);
    e->four.query = dns_addresses(dns, options->host, AF_INET, options->port, on_addresses, &e->four);
    return e;
}
