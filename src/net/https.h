/* SPDX-License-Identifier: MIT */
/*
 * https: one request over HTTPS, by libcurl on the loop, with the names resolved by our own dns. libcurl is
 * loaded for it and let go afterwards. No cookies, no credentials but those that the caller puts into a
 * header, no proxy.
 *
 * The certificate is always verified, for the host of the URL. Which addresses may be connected to is checked
 * on the address itself, when the socket is made: no name and no spelling of a URL leads around that.
 */
#ifndef COUPLET_NET_HTTPS_H
#define COUPLET_NET_HTTPS_H

#include "net/conn.h"

#include <stddef.h>
#include <stdint.h>

struct https;

enum https_clear { /* is http:// allowed, without TLS? */
                   HTTPS_NEVER_CLEAR,
                   HTTPS_CLEAR_ON_LOOPBACK,
                   HTTPS_CLEAR,
};

struct https_options {
    const char *ca_file; /* PEM, trusted in place of the system's; NULL: the system's. Copied */
    /* PEM, what authorities have revoked: each of the chain must have its list; NULL: not asked. Copied */
    const char *crl_file;
    int min_version;     /* 0x0304: TLS 1.3; else 1.2 */
    size_t most_len;     /* of the document; 0: 65536. A longer one is a failure */
    uint32_t timeout_ms; /* for all of it, redirects too; 0: 15000 */
    int redirects; /* so many are followed, of GET and HEAD; each to what is allowed for the first URL, and
                      never from https:// to http:// */
    enum https_clear clear;
    bool is_public_only; /* no address of this machine, a private network, or none of the Internet's */
    bool wants_head;     /* fill in head of the answer */
    bool unpacks;        /* the document may come compressed; most_len is of what it unpacks to */
};

/* All of it is copied, but for fd. */
struct https_request {
    const char *method;         /* NULL: GET */
    const char *url;            /* "https://…" */
    const char *const *headers; /* "Name: value", NULL-ended; NULL: none. They go to this host alone: a
                                   redirect to another one leaves them out */
    const char *body;           /* NULL: none, or fd's */
    size_t body_len;
    int fd; /* of a regular file, read from its beginning, body_len bytes, in pieces; only if has_file. Owned:
               closed whatever happens */
    bool has_file;
};

struct https_answer {  /* all borrowed */
    int status;        /* of HTTP; 0: there was none, why says it */
    const char *bytes; /* the document, with a NUL behind it; "" where there is none */
    size_t len;
    const char *head; /* "Name: value\r\n"… of the last hop, or "" */
    const char *url;  /* that answered: the last hop's */
    const char *why;  /* for people; NULL: the status is 2xx */
};

/* Called once, never before https_ask has returned; the request is gone then. */
typedef void https_fn(void *ctx, const struct https_answer *answer);

/* options: NULL for the defaults. Headers with a control character are refused (why). */
struct https *https_ask(struct loop *l, struct dns *dns, const struct https_request *request,
                        const struct https_options *options, https_fn *done, void *ctx);
/* Gives up: done is not called any more. NULL accepted; not after done. */
void https_cancel(struct https *h);

#endif
