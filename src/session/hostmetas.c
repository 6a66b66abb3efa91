/* SPDX-License-Identifier: MIT */
/*
 * A document (struct document) is what was asked for, and what came; those who wait for it hang on it. One
 * that nobody waits for any more is fetched to its end nevertheless: somebody may come back for it.
 */
#include "session/hostmetas.h"

#include "base/mem.h"
#include "net/https.h"

#include <string.h>

enum { FRESH_MS = 60000, FAILED_MS = 10000, KEPT_MOST = 64 };

struct hostmetas_query {
    struct loop_defer answer;
    struct document *of;
    struct hostmetas_query *next;
    hostmetas_fn *done;
    void *ctx;
};

struct document {
    struct hostmetas *all;
    char *domain, *ca_file, *crl_file; /* owned */
    int min_version;
    struct https *request; /* while it is fetched */
    struct hostmeta found; /* then one of the two */
    struct err why;
    int64_t until_ms;
    struct hostmetas_query *waiting; /* also those whose answer is queued */
    struct document *next;
};

struct hostmetas {
    struct loop *loop;
    struct dns *dns;
    struct document *list;
};

struct hostmetas *hostmetas_new(struct loop *l, struct dns *dns) {
    struct hostmetas *m = mem_new(struct hostmetas);
    m->loop = l;
    m->dns = dns;
    return m;
}

static void free_document(struct document *d) {
    https_cancel(d->request);
    hostmeta_finish(&d->found);
    mem_free(d->domain);
    mem_free(d->ca_file);
    mem_free(d->crl_file);
    mem_free(d);
}

void hostmetas_free(struct hostmetas *m) {
    while (m != NULL && m->list != NULL) {
        struct document *d = m->list;
        m->list = d->next;
        free_document(d);
    }
    mem_free(m);
}

/* ---- the table ---- */

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_needed(const struct document *d) {
    return d->request != NULL || d->waiting != NULL;
}

static bool is_fresh(const struct document *d) {
    return loop_now_ms(d->all->loop) < d->until_ms;
}

/* Those that nobody needs: out of date, or the oldest of too many. */
static void tidy(struct hostmetas *m) {
    size_t count = 0;
    for (struct document **at = &m->list; *at != NULL;) {
        struct document *d = *at;
        if (!is_needed(d) && (!is_fresh(d) || ++count > KEPT_MOST)) {
            *at = d->next;
            free_document(d);
        } else {
            at = &d->next;
        }
    }
}

static struct document *document_for(struct hostmetas *m, const struct hostmetas_options *o) {
    for (struct document *d = m->list; d != NULL; d = d->next)
        if (strcmp(d->domain, o->domain) == 0 && same(d->ca_file, o->ca_file) &&
            same(d->crl_file, o->crl_file) && d->min_version == o->min_version)
            return d;
    tidy(m);
    struct document *d = mem_new(struct document);
    d->all = m;
    d->domain = mem_strdup(o->domain);
    d->ca_file = mem_strdup(o->ca_file);
    d->crl_file = mem_strdup(o->crl_file);
    d->min_version = o->min_version;
    d->next = m->list;
    m->list = d;
    return d;
}

/* ---- a document ---- */

static void answer_all(struct document *d) {
    d->until_ms = loop_now_ms(d->all->loop) + (d->found.count > 0 ? FRESH_MS : FAILED_MS);
    for (struct hostmetas_query *q = d->waiting; q != NULL; q = q->next)
        loop_defer(d->all->loop, &q->answer);
}

static void on_document(void *ctx, const struct https_answer *a) {
    struct document *d = ctx;
    d->request = NULL;
    if (a->why != NULL)
        err_set(&d->why, "%s", a->why);
    else if (hostmeta_parse(a->bytes, a->len, &d->found, &d->why) < 0)
        err_context(&d->why, "the host-meta of %s", d->domain);
    else if (d->found.count == 0)
        err_set(&d->why, "the host-meta of %s names no WebSocket", d->domain);
    answer_all(d);
}

static void fetch(struct document *d, uint32_t timeout_ms) {
    static const char *const headers[] = {"Accept: " HOSTMETA_TYPE, NULL};
    const struct https_options options = {.ca_file = d->ca_file,
                                          .crl_file = d->crl_file,
                                          .min_version = d->min_version,
                                          .timeout_ms = timeout_ms,
                                          .redirects = 3};
    char *url = hostmeta_url(d->domain);
    const struct https_request request = {.url = url, .headers = headers};
    hostmeta_finish(&d->found);
    d->why.text[0] = '\0';
    if (url != NULL) {
        d->request = https_ask(d->all->loop, d->all->dns, &request, &options, on_document, d);
    } else {
        err_set(&d->why, "%s can have no host-meta", d->domain);
        answer_all(d);
    }
    mem_free(url);
}

/* ---- queries ---- */

static void unlink_query(struct hostmetas_query *q) {
    struct hostmetas_query **at = &q->of->waiting;
    while (*at != q)
        at = &(*at)->next;
    *at = q->next;
}

static void on_answer(struct loop_defer *defer) {
    struct hostmetas_query *q =
        (struct hostmetas_query *)((char *)defer - offsetof(struct hostmetas_query, answer));
    struct document *d = q->of;
    q->done(q->ctx, d->found.count > 0 ? &d->found : NULL, d->why.text);
    unlink_query(q);
    mem_free(q);
}

struct hostmetas_query *hostmetas_ask(struct hostmetas *m, const struct hostmetas_options *options,
                                      hostmetas_fn *done, void *ctx) {
    struct document *d = document_for(m, options);
    struct hostmetas_query *q = mem_new(struct hostmetas_query);
    q->answer.run = on_answer;
    q->of = d;
    q->done = done;
    q->ctx = ctx;
    struct hostmetas_query **at = &d->waiting;
    while (*at != NULL)
        at = &(*at)->next;
    *at = q;
    if (d->request != NULL)
        return q;
    if (is_fresh(d))
        loop_defer(m->loop, &q->answer);
    else
        fetch(d, options->timeout_ms);
    return q;
}

void hostmetas_cancel(struct hostmetas_query *q) {
    if (q == NULL)
        return;
    loop_defer_cancel(q->of->all->loop, &q->answer);
    unlink_query(q);
    mem_free(q);
}
