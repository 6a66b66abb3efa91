/* SPDX-License-Identifier: MIT */
/* http/internal: what server.c (sockets, connections, time), routes.c (who may ask for what) and request.c
 * (one request, from its first line to its answer) share. Nobody else includes it. */
#ifndef COUPLET_HTTP_INTERNAL_H
#define COUPLET_HTTP_INTERNAL_H

#include "base/buf.h"
#include "http/http.h"
#include "http/mhd.h"
#include "http/rate.h"
#include "http/target.h"
#include "loop/loop.h"

enum {
    HTTP_BODIES_MOST = 64 << 20, /* bytes of bodies in memory, in all: four of the largest */
    HTTP_DRAIN_MOST = 65536      /* so much of a refused body is read, so that the refusal is */
};

struct route {
    struct http_route r; /* strings and networks owned */
    struct auth *auth;   /* owned; NULL: anybody */
    struct rate *rate;   /* owned; NULL: none */
    int64_t told_ms;     /* when the log was told loudly of a request that was refused; 0: never */
    struct route *next;
};

struct http_conn { /* one client's, while it is connected */
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct cidr source;
    char source_text[CIDR_TEXT_LEN];
    int64_t deadline_ms; /* 0: it is our turn */
    bool is_idle;        /* between two requests */
    bool is_cut;         /* it has gone, as soon as libmicrohttpd sees that */
    struct http_conn *next, **link;
};

struct listener {
    struct http_server *server;
    struct MHD_Daemon *mhd;
    struct loop_watch *watch;
    int fd; /* listening; -1: no more */
};

struct http_server {
    struct loop *loop;
    struct log *log;
    struct http_options options;
    struct route *routes;
    void *library;
    struct mhd mhd;
    struct listener *daemons;
    size_t daemon_count;
    struct http_conn *conns;
    size_t conn_count;
    size_t waiting, bodies; /* requests that wait for an answer; bytes of bodies */
    struct http_request *ready, **ready_last;
    struct loop_defer hand_over;
    struct loop_timer run, sweep;
    bool is_stopping;
    void (*on_idle)(void *ctx);
    void *on_idle_ctx;
    void (*on_answer)(void *ctx, const char *path, int status);
    void *on_answer_ctx;
};

struct http_request {
    struct http_server *server;
    struct http_conn *conn;
    struct route *route; /* NULL: refused before one was found */
    const char *method;
    struct target target;
    struct buf body;
    size_t thrown_len; /* of a refused request's body */
    struct auth_mark mark;
    bool is_begun, is_handed, is_suspended, is_closing, is_counted;
    int status;                    /* of the answer; 0: there is none yet */
    struct MHD_Response *response; /* owned until it is queued */
    struct http_request *next;     /* that are ready */
};

/* routes.c */
struct route *routes_find(const struct http_server *s, struct str path, const char *method);
/* The methods of a path, for Allow; false: there is no such path. */
bool routes_allow(const struct http_server *s, struct str path, struct buf *out);
void routes_free(struct http_server *s);

/* request.c: what libmicrohttpd calls; cls is the server */
void *request_on_uri(void *cls, const char *uri, struct MHD_Connection *c);
enum MHD_Result request_on_data(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                                const char *version, const char *data, size_t *len, void **slot);
void request_on_completed(void *cls, struct MHD_Connection *c, void **slot,
                          enum MHD_RequestTerminationCode how);
void request_hand_over(struct loop_defer *d);

/* admit.c: whether a request is taken, before its body and after it. 0, or the status to refuse it with;
 * detail: why; NULL: the status says it. */
int admit_head(struct http_request *r, const char **detail);
int admit_body(struct http_request *r, const char **detail);
struct str admit_header(const struct http_request *r, const char *name);

/* server.c */
void server_kick(struct http_server *s); /* there is something for libmicrohttpd to do */
struct http_conn *server_conn(struct http_server *s, struct MHD_Connection *c);

#endif
