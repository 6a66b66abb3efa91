/* SPDX-License-Identifier: MIT */
/*
 * http_post: POST, again and again, to one URL over one connection that is kept open (HTTP/1.1); for BOSH.
 * Each request waits for its answer as long as its owner wants. The connection is a conn: names, TLS and its
 * verification, pins, proxies and resumption are those of every transport, and so libcurl (https.h), which
 * has rules of its own for all of that, is not used. Answers are read by libhttp-parser, loaded by the first
 * http_post_new of a process.
 *
 *   http_post_open -> ready, or failed
 *   http_post_send -> answered, or failed: exactly one of them, unless http_post_free or another
 *                     http_post_send comes first. It connects again where the server has closed (RFC
 * 9112 9.6)
 *
 * Refused: an answer that is not HTTP/1.x, that is longer than the limit, or that nobody asked for. Redirects
 * are answers like others. No cookies, no compression, no callback inside a verb.
 */
#ifndef COUPLET_NET_HTTP_POST_H
#define COUPLET_NET_HTTP_POST_H

#include "net/conn.h"

struct http_post_options { /* strings are copied; the rest is borrowed until http_post_free */
    const char *host;      /* of the URL */
    uint16_t port;
    bool is_secure;            /* https */
    const char *resource;      /* path and query; printable ASCII without blanks */
    const char *type;          /* of what is sent; literal */
    size_t most_len;           /* of an answer's body */
    struct conn_target target; /* how to reach it: timeouts, memory, proxy; the rest is filled in here */
    struct tls_context *tls;
};

struct http_post_callbacks {
    void (*ready)(void *ctx, const struct conn_tls_info *tls); /* after http_post_open; NULL: clear text */
    void (*answered)(void *ctx, unsigned status, const char *bytes, size_t len); /* borrowed */
    void (*failed)(void *ctx, enum conn_kind kind, const char *why);
    void (*sent)(void *ctx); /* what waited for a connection was written to it; NULL: who cares */
};

struct http_post;

/* callbacks: borrowed. NULL: the library is missing, or the host is no name. */
struct http_post *http_post_new(struct loop *l, struct dns *dns, const struct http_post_options *options,
                                const struct http_post_callbacks *callbacks, void *ctx, struct err *err);
void http_post_free(struct http_post *p); /* NULL accepted; in a callback, too */
void http_post_open(struct http_post *p);
/* What is under way is given up, with its connection. */
void http_post_send(struct http_post *p, const char *body, size_t len);
/* What is under way was written to a connection. */
bool http_post_is_sent(const struct http_post *p);
/* Who answers, now and from now on, is what was looked for (conn_is_good). */
void http_post_is_good(struct http_post *p);
const char *http_post_peer(const struct http_post *p); /* conn_peer */

#endif
