/* SPDX-License-Identifier: MIT */
/*
 * http: a server for the routes that are asked for, and for nothing else: webhooks, metrics, health. The
 * protocol is libmicrohttpd's, on the process's loop, without a thread.
 *
 *   socket -> libmicrohttpd -> request: network, route, method, who, type, size, rate -> body -> signature
 *     -> at the end of the turn: route->handle(ctx, request) … http_answer(), now or later -> the next
 * request
 *
 * What is refused is refused here, with a problem (RFC 9457), and the handler never hears of it. Everything
 * is bounded: connections (in all and of one address), what a request may weigh and how long it may take to
 * come, and how many wait for their answer.
 */
#ifndef COUPLET_HTTP_HTTP_H
#define COUPLET_HTTP_HTTP_H

#include "base/cidr.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "http/auth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct http_server;
struct http_request;

struct http_options {              /* borrowed; must outlive the server */
    char *const *listen;           /* NULL-ended: HOST:PORT with an IP address, [IPv6]:PORT; port 0: any */
    const char *certificate, *key; /* PEM files; NULL: without TLS */
    const struct cidr *networks;   /* who may connect; count 0: anybody */
    size_t network_count;
    size_t max_body; /* bytes, of routes that say nothing */
    unsigned connections, per_address, waiting;
    int64_t timeout_ms; /* for a request to come: its header, then its body */
    int64_t idle_ms;    /* of a connection between two requests */
};

enum http_content { /* bits: what a route takes */
                    HTTP_JSON = 1,
                    HTTP_FORM = 2,
                    HTTP_TEXT = 4,
                    HTTP_ANY = 8
};

struct http_route { /* strings and networks are copied */
    const char *method, *path;
    const struct auth_options *auth; /* NULL: anybody */
    const struct cidr *networks;
    size_t network_count;
    size_t max_body;     /* 0: the server's */
    unsigned content;    /* enum http_content; 0: bodies of any type */
    unsigned rate_count; /* requests of one source in rate_ms; 0: as many as come */
    int64_t rate_ms;
    /* The request lives until it is answered, exactly once, also when its sender is gone meanwhile. */
    void (*handle)(void *ctx, struct http_request *r);
    void *ctx;
};

/* -1: there is that path with that method already. */
struct http_server *http_server_new(struct loop *loop, struct log *log, const struct http_options *options);
int http_server_route(struct http_server *s, const struct http_route *route, struct err *err);
/* A signed request that an earlier process has taken: a key of its mark. No such route: nothing. */
void http_server_recall(struct http_server *s, const char *method, struct str path,
                        const unsigned char key[SEEN_KEY_LEN], int64_t expires_s);
/* Loads the library, reads the certificate, takes the ports. -1: err names the address and what to do. */
int http_server_listen(struct http_server *s, struct err *err);
/* No more connections, and no more requests on those that there are. What is under way goes on; on_idle (may
 * be NULL) is called when the last of it is answered, not where there is nothing. */
void http_server_stop(struct http_server *s, void (*on_idle)(void *ctx), void *ctx);
/* What was not answered is answered with 503. NULL accepted. */
void http_server_free(struct http_server *s);
/* Requests that were handed over and wait for their answer. */
size_t http_server_waiting(const struct http_server *s);
/* Called with the route's path ("": no route was found) and the status of each answer; for metrics. */
void http_server_watch(struct http_server *s, void (*on_answer)(void *ctx, const char *path, int status),
                       void *ctx);

/* ---- a request, until it is answered ---- */
struct str http_request_path(const struct http_request *r);
struct str http_request_query(const struct http_request *r); /* as it came; .s NULL: none */
const char *http_request_method(const struct http_request *r);
struct str http_request_body(const struct http_request *r);
const char *http_request_source(const struct http_request *r); /* the address of whoever has connected */
struct str http_request_header(const struct http_request *r, const char *name); /* .s NULL: absent */
/* What of it is remembered, so that it is taken once, until it is answered with 300 or more; count 0:
 * nothing. */
const struct auth_mark *http_request_mark(const struct http_request *r);
/* Every header as it came; what shows who the sender is (auth) is left out. */
typedef void http_header_fn(void *ctx, const char *name, struct str value);
void http_request_headers(const struct http_request *r, http_header_fn *fn, void *ctx);

struct http_answer {
    int status;
    const char *type; /* of the body; NULL: none */
    struct str body;
    int retry_after_s; /* 0: nothing is said of it */
};
void http_answer(struct http_request *r, const struct http_answer *answer);
/* A problem (RFC 9457) with the status's own title; detail may be .s NULL. Retry-After goes with 429 and 503.
 */
void http_answer_problem(struct http_request *r, int status, struct str detail);

#endif
