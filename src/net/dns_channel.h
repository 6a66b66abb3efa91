/* SPDX-License-Identifier: MIT */
/* dns_channel: c-ares on the loop. Shared by dns_channel.c and dns.c only. */
#ifndef COUPLET_NET_DNS_CHANNEL_H
#define COUPLET_NET_DNS_CHANNEL_H

#include "loop/loop.h"

#include <ares.h>

struct dns_socket;

struct dns {
    struct loop *loop;
    ares_channel channel; /* NULL until the first question */
    char *servers;        /* owned; NULL: the system's */
    int timeout_ms, tries;
    struct dns_socket *sockets;
    struct loop_timer timer; /* when c-ares wants to look at its time-outs */
};

/* The channel, set up when this is the first question; NULL when that fails. */
ares_channel dns_channel(struct dns *d);
/* To be called after each question. */
void dns_set_timer(struct dns *d);

#endif
