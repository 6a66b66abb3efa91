/* SPDX-License-Identifier: MIT */
/*
 * libunbound tells by a descriptor that there are answers; its callbacks only store them and queue the
 * queries, so whoever is told may do anything, dns_free included.
 *
 * Answers that nobody can vouch for are told apart with care: only what the library says is neither secure
 * nor bogus, and has an answer's code (no error, or no such name), is of a zone without signatures. A server
 * that fails or refuses has said nothing.
 */
#include "net/dnssec.h"

#include "base/mem.h"
#include "net/dnssec_library.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

enum { KEPT_MS = 60000, RECORDS_MOST = 64 };

struct dnssec {
    struct loop *loop;
    struct dnssec_library lib;
    void *handle;       /* of library_open */
    struct ub_ctx *ctx; /* NULL: nothing is loaded */
    uv_poll_t *poll;    /* of ctx's descriptor; its data is this */
    char *servers, *resolv_conf, *anchor;
    unsigned in_flight;
    uint32_t kept_ms;
    struct loop_timer idle;
};

struct dnssec_query {
    struct dnssec *of;
    struct loop_defer answer;
    enum dnssec_verdict verdict;
    struct err why;
    struct str *records; /* owned, and so is what they point to */
    size_t count;
    int id; /* the library's, while is_asked */
    bool is_asked;
    dnssec_fn *done;
    void *ctx;
};

/* ---- the library ---- */

static void free_handle(uv_handle_t *h) {
    mem_free(h);
}

static void tear_down(struct dnssec *d) {
    loop_timer_stop(d->loop, &d->idle);
    if (d->poll != NULL)
        uv_close((uv_handle_t *)d->poll, free_handle);
    if (d->ctx != NULL)
        d->lib.destroy(d->ctx);
    library_close(d->handle);
    d->poll = NULL;
    d->ctx = NULL;
    d->handle = NULL;
}

static void on_idle(struct loop_timer *t) {
    struct dnssec *d = (struct dnssec *)((char *)t - offsetof(struct dnssec, idle));
    if (d->in_flight == 0)
        tear_down(d);
}

static void on_poll(uv_poll_t *h, int status, int events) {
    struct dnssec *d = h->data;
    (void)status, (void)events;
    d->lib.process(d->ctx);
}

void dnssec_forwarder(const char *server, size_t len, char *out, size_t cap) {
    bool bracket = server[0] == '[';
    const char *end = memchr(server, bracket ? ']' : ':', len), *rest = server + len;
    if (!bracket && end != NULL && memchr(end + 1, ':', (size_t)(rest - end) - 1) != NULL)
        end = NULL; /* IPv6 without a port */
    const char *port = end ? end + bracket : rest;
    const char *stop = end ? end : rest;
    server += bracket;
    snprintf(out, cap, "%.*s%s%.*s", (int)(stop - server), server, port < rest ? "@" : "",
             port < rest ? (int)(rest - port) - 1 : 0, port + (port < rest));
}

static int use_servers(struct dnssec *d) {
    char one[128];
    if (d->servers == NULL)
        return d->lib.resolv_conf(d->ctx, d->resolv_conf);
    for (const char *at = d->servers; *at != '\0';) {
        size_t len = strcspn(at, ",");
        dnssec_forwarder(at, len, one, sizeof(one));
        int rc = d->lib.set_forwarder(d->ctx, one);
        if (rc != 0)
            return rc;
        at += len + (at[len] == ',');
    }
    return 0;
}

static int configure(struct dnssec *d, struct err *err) {
    d->lib.log_to(d->ctx, NULL); /* what it would write to stderr is in nobody's log */
    int rc = d->lib.set_option(d->ctx, "do-not-query-localhost:", "no"); /* a resolver of this machine */
    if (rc == 0)
        rc = d->lib.set_option(d->ctx, "trust-anchor-signaling:", "no"); /* that is for resolvers */
    if (rc == 0)
        rc = use_servers(d);
    if (rc == 0)
        rc = d->lib.add_anchor(d->ctx, d->anchor);
    if (rc == 0)
        rc = d->lib.async(d->ctx, 1); /* a thread, no process */
    return rc == 0 ? 0 : err_set(err, "cannot set up DNSSEC: %s", d->lib.strerror(rc));
}

static int find_anchor(const char *file, struct err *err) {
    if (access(file, R_OK) == 0)
        return 0;
    return err_set(err,
                   "DNSSEC needs a trust anchor, and %s cannot be read: %s; install the package "
                   "dns-root-data, or set dns.trust_anchor to a file of DS or DNSKEY records",
                   file, strerror(errno));
}

int dnssec_check(const struct dnssec_options *options, struct err *err) {
    struct dnssec_library lib;
    if (find_anchor(options->anchor, err) != 0)
        return -1;
    void *handle = library_open(&dnssec_library, &lib, err);
    library_close(handle);
    return handle != NULL ? 0 : -1;
}

static int set_up(struct dnssec *d, struct err *err) {
    if (find_anchor(d->anchor, err) != 0)
        return -1;
    if ((d->handle = library_open(&dnssec_library, &d->lib, err)) == NULL)
        return -1;
    if ((d->ctx = d->lib.create()) == NULL)
        return err_set(err, "cannot set up DNSSEC");
    if (configure(d, err) != 0)
        return -1;
    d->poll = mem_new(uv_poll_t);
    if (uv_poll_init(loop_uv(d->loop), d->poll, d->lib.fd(d->ctx)) != 0) {
        mem_free(d->poll);
        d->poll = NULL;
        return err_set(err, "cannot watch DNSSEC's answers");
    }
    d->poll->data = d;
    uv_poll_start(d->poll, UV_READABLE, on_poll);
    return 0;
}

struct dnssec *dnssec_new(struct loop *l, const struct dnssec_options *options) {
    struct dnssec *d = mem_new(struct dnssec);
    d->loop = l;
    d->servers = mem_strdup(options->servers);
    d->resolv_conf = mem_strdup(options->resolv_conf);
    d->anchor = mem_strdup(options->anchor);
    d->kept_ms = options->kept_ms != 0 ? options->kept_ms : KEPT_MS;
    d->idle.fire = on_idle;
    return d;
}

void dnssec_free(struct dnssec *d) {
    if (d == NULL)
        return;
    tear_down(d);
    mem_free(d->servers);
    mem_free(d->resolv_conf);
    mem_free(d->anchor);
    mem_free(d);
}

/* ---- questions ---- */

static void is_over(struct dnssec *d) {
    if (--d->in_flight == 0)
        loop_timer_in(d->loop, &d->idle, d->kept_ms);
}

static void free_query(struct dnssec_query *q) {
    for (size_t i = 0; i < q->count; i++)
        mem_free((char *)(uintptr_t)q->records[i].s);
    mem_free(q->records);
    mem_free(q);
}

static enum dnssec_verdict verdict_of(const struct ub_result *r) {
    if (r->bogus)
        return DNSSEC_BOGUS;
    if (r->secure)
        return DNSSEC_SECURE;
    return r->rcode == ns_r_noerror || r->rcode == ns_r_nxdomain ? DNSSEC_INSECURE : DNSSEC_FAILED;
}

static const char *why_of(const struct ub_result *r) {
    if (r->bogus)
        return r->why_bogus != NULL ? r->why_bogus : "the signatures do not hold";
    return r->rcode == ns_r_refused ? "the DNS server refuses to answer"
                                    : "the DNS server fails to find out, or none can be reached";
}

static void take_records(struct dnssec_query *q, const struct ub_result *r) {
    size_t count = 0;
    while (count < RECORDS_MOST && r->data[count] != NULL)
        count++;
    q->records = mem_array(NULL, count, sizeof(*q->records));
    for (; q->count < count; q->count++) {
        size_t len = (size_t)r->len[q->count];
        q->records[q->count] = (struct str){mem_strndup(r->data[q->count], len), len};
    }
}

static void take(struct dnssec_query *q, const struct ub_result *r) {
    q->verdict = verdict_of(r);
    if (q->verdict == DNSSEC_BOGUS || q->verdict == DNSSEC_FAILED)
        err_set(&q->why, "%s", why_of(r));
    else if (r->havedata)
        take_records(q, r);
}

static void on_result(void *ctx, int rc, struct ub_result *result) {
    struct dnssec_query *q = ctx;
    const struct dnssec_library *lib = &q->of->lib;
    q->is_asked = false;
    if (result != NULL)
        take(q, result);
    else
        err_set(&q->why, "%s", lib->strerror(rc));
    lib->free_result(result);
    is_over(q->of);
    loop_defer(q->of->loop, &q->answer);
}

static void on_answer(struct loop_defer *defer) {
    struct dnssec_query *q = (struct dnssec_query *)((char *)defer - offsetof(struct dnssec_query, answer));
    const struct dnssec_answer a = {q->verdict, q->why.text, q->records, q->count};
    q->done(q->ctx, &a);
    free_query(q);
}

static int ask(struct dnssec_query *q, const char *name, int type) {
    struct dnssec *d = q->of;
    if (d->ctx == NULL && set_up(d, &q->why) != 0) {
        tear_down(d);
        return -1;
    }
    int rc = d->lib.resolve(d->ctx, name, type, ns_c_in, q, on_result, &q->id);
    if (rc != 0)
        err_set(&q->why, "cannot ask for it: %s; does %s hold DS or DNSKEY records?", d->lib.strerror(rc),
                d->anchor);
    return rc == 0 ? 0 : -1;
}

struct dnssec_query *dnssec_ask(struct dnssec *d, const char *name, int type, dnssec_fn *done, void *ctx) {
    struct dnssec_query *q = mem_new(struct dnssec_query);
    q->of = d;
    q->verdict = DNSSEC_FAILED;
    q->answer.run = on_answer;
    q->done = done;
    q->ctx = ctx;
    q->is_asked = ask(q, name, type) == 0;
    if (q->is_asked)
        d->in_flight++;
    else
        loop_defer(d->loop, &q->answer);
    return q;
}

void dnssec_cancel(struct dnssec_query *q) {
    if (q == NULL)
        return;
    if (q->is_asked) {
        q->of->lib.cancel(q->of->ctx, q->id);
        is_over(q->of);
    }
    loop_defer_cancel(q->of->loop, &q->answer);
    free_query(q);
}
