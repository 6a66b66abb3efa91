/* SPDX-License-Identifier: MIT */
/* https_internal: what https.c (the life of a request, its hops) and https_request.c (a hop's transfer)
 * share. */
#ifndef COUPLET_NET_HTTPS_INTERNAL_H
#define COUPLET_NET_HTTPS_INTERNAL_H

#include "net/https.h"

#include "base/buf.h"
#include "net/dns.h"
#include "net/https_curl.h"

struct https {
    struct loop *loop;
    struct dns *dns;
    struct https_curl curl;
    struct https_options options; /* with defaults filled in; ca_file is owned */
    char *method, *url;           /* owned */
    char *host;                   /* owned: an A-label, or an address, of this hop */
    uint16_t port;
    bool is_clear; /* http:// */
    int hops;
    struct dns_query *six, *four;
    struct buf addresses; /* "[::1],127.0.0.1" */
    const char *dns_why;  /* static */
    struct curl_slist *resolve, *headers;
    char **wanted; /* headers of the caller, owned, NULL-ended */
    char *body;    /* owned; NULL: of fd, or none */
    size_t body_len, body_sent;
    bool has_body;
    int fd;                /* owned; -1: none */
    struct buf head, came; /* of the answer */
    const char *stopped;   /* why we ended the transfer ourselves; static */
    char curl_why[CURL_ERROR_SIZE];
    struct err why; /* of the end */
    struct loop_defer fail;
    struct loop_timer deadline;
    https_fn *done;
    void *ctx;
};

/* Begins the transfer of this hop: its addresses are known. -1 and *why (static). h->curl.finish runs when it
 * is over. */
int https_transfer(struct https *h, const char **why);

#endif
