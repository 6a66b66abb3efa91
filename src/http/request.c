/* SPDX-License-Identifier: MIT */
/*
 * A request on its way. libmicrohttpd calls request_on_uri once its first line is there, request_on_data once
 * with the header, once for each piece of the body, and once at its end; then the connection is suspended,
 * and the handler called at the end of the turn, with nobody's frame below it. http_answer resumes the
 * connection, and request_on_data is called once more, to queue the answer.
 *
 * A refusal goes out when the body is in, where that is short, because a sender that is still writing may
 * never read it; else at once, and the connection ends.
 */
#include "http/internal.h"

#include "base/mem.h"
#include "http/problem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { RETRY_S = 10, QUIET_MS = 60000 };

/* ---- answers ---- */

static void add(struct http_request *r, const char *name, const char *value) {
    r->server->mhd.add_header(r->response, name, value);
}

static void make_response(struct http_request *r, const struct http_answer *a) {
    r->status = a->status;
    r->response = r->server->mhd.create_response(a->body.len, (void *)(a->body.s ? a->body.s : ""),
                                                 MHD_RESPMEM_MUST_COPY);
    if (r->response == NULL)
        abort();
    if (a->type != NULL)
        add(r, "Content-Type", a->type);
    if (a->retry_after_s > 0) {
        char seconds[16];
        snprintf(seconds, sizeof(seconds), "%d", a->retry_after_s);
        add(r, "Retry-After", seconds);
    }
    if (r->is_closing)
        add(r, "Connection", "close");
}

static void make_problem(struct http_request *r, int status, struct str detail) {
    struct buf text = BUF_INIT;
    problem_write(&text, status, detail);
    make_response(r, &(struct http_answer){.status = status,
                                           .type = PROBLEM_TYPE,
                                           .body = {buf_data(&text), buf_len(&text)},
                                           .retry_after_s = status == 429 || status == 503 ? RETRY_S : 0});
    buf_finish(&text);
}

/* Somebody who is refused again and again fills no log; paths that nobody has are tried by the whole world.
 */
static bool is_news(struct http_request *r) {
    int64_t now_ms = loop_now_ms(r->server->loop);
    if (r->route == NULL || (r->route->told_ms != 0 && now_ms - r->route->told_ms < QUIET_MS))
        return false;
    r->route->told_ms = now_ms;
    return true;
}

static void refuse(struct http_request *r, int status, const char *detail) {
    struct buf allow = BUF_INIT;
    make_problem(r, status, str_of(detail));
    if (status == 401)
        add(r, "WWW-Authenticate", auth_challenge(r->route->auth));
    if (status == 405 && routes_allow(r->server, r->target.path, &allow))
        add(r, "Allow", buf_data(&allow));
    buf_finish(&allow);
    enum log_level level = is_news(r) ? LOG_WARN : LOG_DEBUG;
    log_at(r->server->log, level, "http", "%s: %s %.*s: %d%s%s", r->conn->source_text, r->method,
           (int)r->target.path.len, r->target.path.s ? r->target.path.s : "", status, detail ? ", " : "",
           detail ? detail : "");
}

static enum MHD_Result queue(struct http_request *r) {
    struct http_server *s = r->server;
    enum MHD_Result result = s->mhd.queue(r->conn->mhd, (unsigned)r->status, r->response);
    if (s->on_answer != NULL)
        s->on_answer(s->on_answer_ctx, r->route != NULL ? r->route->r.path : "", r->status);
    r->conn->deadline_ms = loop_now_ms(s->loop) + s->options.timeout_ms; /* for the reading of it */
    s->mhd.destroy_response(r->response);
    r->response = NULL;
    return result;
}

/* ---- what libmicrohttpd calls ---- */

void *request_on_uri(void *cls, const char *uri, struct MHD_Connection *c) {
    struct http_server *s = cls;
    struct err err = ERR_INIT;
    struct http_request *r = mem_new(struct http_request);
    r->server = s;
    r->conn = server_conn(s, c);
    r->conn->deadline_ms = loop_now_ms(s->loop) + s->options.timeout_ms;
    r->conn->is_idle = false;
    if (target_parse(&r->target, str_of(uri), &err) < 0)
        target_finish(&r->target);
    return r;
}

static bool has_short_body(const struct http_request *r) {
    struct str length = admit_header(r, "Content-Length");
    return admit_header(r, "Expect").s == NULL && length.s != NULL &&
           strtoull(length.s, NULL, 10) <= HTTP_DRAIN_MOST;
}

static bool has_body(const struct http_request *r) {
    return admit_header(r, "Content-Length").s != NULL || admit_header(r, "Transfer-Encoding").s != NULL;
}

static enum MHD_Result begin(struct http_request *r, const char *method) {
    const char *detail = NULL;
    r->method = method;
    r->is_begun = true;
    r->conn->deadline_ms = loop_now_ms(r->server->loop) + r->server->options.timeout_ms;
    int status = admit_head(r, &detail);
    if (status == 0)
        return MHD_YES;
    bool is_at_once = status == 400 || (has_body(r) && !has_short_body(r));
    r->is_closing = is_at_once || r->server->is_stopping;
    refuse(r, status, detail);
    return is_at_once ? queue(r) : MHD_YES;
}

static void drop_body(struct http_request *r) {
    r->server->bodies -= buf_len(&r->body);
    buf_finish(&r->body);
}

/* What a body that comes in chunks weighs shows only here, as does what all of them weigh. */
static int weigh(const struct http_request *r, size_t len) {
    if (buf_len(&r->body) + len > r->route->r.max_body)
        return 413;
    return r->server->bodies + len > HTTP_BODIES_MOST ? 503 : 0;
}

/* MHD_NO: the connection ends. */
static enum MHD_Result take(struct http_request *r, const char *data, size_t len) {
    int status = r->response == NULL ? weigh(r, len) : 0;
    if (r->response == NULL && status == 0) {
        buf_add(&r->body, data, len);
        r->server->bodies += len;
        return MHD_YES;
    }
    if (r->response == NULL) {
        drop_body(r);
        r->is_closing = true;
        refuse(r, status, NULL);
    }
    r->thrown_len += len;
    return r->thrown_len <= 16 * HTTP_DRAIN_MOST ? MHD_YES : MHD_NO;
}

static enum MHD_Result hand_over_later(struct http_request *r) {
    struct http_server *s = r->server;
    r->conn->deadline_ms = 0;
    r->is_suspended = true;
    s->mhd.suspend(r->conn->mhd);
    s->waiting++;
    r->is_counted = true;
    r->next = NULL;
    *s->ready_last = r;
    s->ready_last = &r->next;
    loop_defer(s->loop, &s->hand_over);
    return MHD_YES;
}

enum MHD_Result request_on_data(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                                const char *version, const char *data, size_t *len, void **slot) {
    struct http_request *r = *slot;
    const char *detail = NULL;
    (void)cls, (void)c, (void)url, (void)version;
    if (!r->is_begun)
        return begin(r, method);
    if (*len > 0) {
        size_t got = *len;
        *len = 0;
        return take(r, data, got);
    }
    int status = r->response == NULL ? admit_body(r, &detail) : 0;
    if (status != 0)
        refuse(r, status, detail);
    return r->response != NULL ? queue(r) : hand_over_later(r);
}

void request_on_completed(void *cls, struct MHD_Connection *c, void **slot,
                          enum MHD_RequestTerminationCode how) {
    struct http_server *s = cls;
    struct http_request *r = *slot;
    (void)c, (void)how;
    if (r == NULL)
        return;
    *slot = NULL;
    r->conn->deadline_ms = loop_now_ms(s->loop) + s->options.idle_ms;
    r->conn->is_idle = true;
    if (r->response != NULL)
        s->mhd.destroy_response(r->response);
    drop_body(r);
    target_finish(&r->target);
    mem_free(r);
}

/* ---- to the handler and back ---- */

void request_hand_over(struct loop_defer *d) {
    struct http_server *s = (struct http_server *)((char *)d - offsetof(struct http_server, hand_over));
    struct http_request *r = s->ready;
    s->ready = NULL;
    s->ready_last = &s->ready;
    for (struct http_request *next; r != NULL; r = next) {
        next = r->next;
        r->is_handed = true;
        r->route->r.handle(r->route->r.ctx, r);
    }
}

/* A signed request that was not taken may come again as it is. */
static void resume(struct http_request *r) {
    struct http_server *s = r->server;
    assert(r->is_suspended);
    if (r->status >= 300 && r->mark.count > 0)
        auth_forget(r->route->auth, &r->mark);
    s->waiting--;
    r->is_suspended = false;
    s->mhd.resume(r->conn->mhd);
    server_kick(s);
    if (s->waiting == 0 && s->on_idle != NULL)
        s->on_idle(s->on_idle_ctx);
}

void http_answer(struct http_request *r, const struct http_answer *answer) {
    r->is_closing |= r->server->is_stopping;
    make_response(r, answer);
    resume(r);
}

void http_answer_problem(struct http_request *r, int status, struct str detail) {
    r->is_closing |= r->server->is_stopping;
    make_problem(r, status, detail);
    resume(r);
}

struct str http_request_path(const struct http_request *r) {
    return r->target.path;
}

struct str http_request_query(const struct http_request *r) {
    return r->target.query;
}

const char *http_request_method(const struct http_request *r) {
    return r->method;
}

struct str http_request_body(const struct http_request *r) {
    return (struct str){buf_data(&r->body), buf_len(&r->body)};
}

const char *http_request_source(const struct http_request *r) {
    return r->conn->source_text;
}

struct str http_request_header(const struct http_request *r, const char *name) {
    return admit_header(r, name);
}

const struct auth_mark *http_request_mark(const struct http_request *r) {
    return &r->mark;
}

struct visit {
    const struct http_request *r;
    http_header_fn *fn;
    void *ctx;
};

/* What shows who the sender is, is for us alone. */
static bool is_proof(const struct http_request *r, const char *name) {
    const struct auth *a = r->route->auth;
    const char *header = a != NULL ? auth_header(a) : NULL;
    return strcasecmp(name, "Authorization") == 0 || (header != NULL && strcasecmp(name, header) == 0);
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value) {
    const struct visit *v = cls;
    (void)kind;
    if (!is_proof(v->r, name))
        v->fn(v->ctx, name, str_of(value ? value : ""));
    return MHD_YES;
}

void http_request_headers(const struct http_request *r, http_header_fn *fn, void *ctx) {
    struct visit v = {r, fn, ctx};
    r->server->mhd.get_connection_values(r->conn->mhd, MHD_HEADER_KIND, on_header, &v);
}
