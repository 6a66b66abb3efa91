/* SPDX-License-Identifier: MIT */
/*
 * dns_channel: c-ares on the loop, from the first question until the end of the turn in which the last one is
 * answered. So an idle process has nothing of it, and resolv.conf is read anew by whoever comes back from a
 * network that has gone. Shared by the dns*.c files only.
 */
#ifndef COUPLET_NET_DNS_CHANNEL_H
#define COUPLET_NET_DNS_CHANNEL_H

#include "base/buf.h"
#include "loop/loop.h"
#include "net/dns_library.h"

struct dns_socket;
struct dns_question;

struct dns {
    struct loop *loop;
    struct dns_library lib;
    void *handle;         /* of library_open */
    ares_channel channel; /* NULL: no question is under way */
    char *servers;        /* owned; NULL: the system's */
    char *resolv_conf;    /* owned; where those are listed */
    struct buf asking;    /* of dns_servers */
    int timeout_ms, tries;
    struct dns_socket *sockets;
    struct loop_timer timer; /* when c-ares wants to look at its time-outs */
    struct loop_defer idle;
    struct err why; /* it cannot be set up */
    struct dns_question *questions;
    unsigned in_flight, asked; /* questions: now, and ever */
    char *anchor;              /* owned; of DNSSEC */
    struct dnssec *secure;     /* NULL: never was asked for */
};

/* The channel; NULL when it cannot be set up, d->why says why. */
ares_channel dns_channel(struct dns *d);
/* The resolver that validates, made when it is asked for first. */
struct dnssec *dns_secure(struct dns *d);
/* To be called after each answer. */
void dns_channel_answered(struct dns *d);
/* To be called after each question. */
void dns_set_timer(struct dns *d);

#endif
