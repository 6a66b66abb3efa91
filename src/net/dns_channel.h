/* SPDX-License-Identifier: MIT */
/* dns_channel: c-ares on the loop. Shared by the dns*.c files only. */
#ifndef COUPLET_NET_DNS_CHANNEL_H
#define COUPLET_NET_DNS_CHANNEL_H

#include "base/buf.h"
#include "loop/loop.h"

#include <ares.h>
#include <sys/stat.h>

struct dns_socket;
struct dns_question;

struct dns {
    struct loop *loop;
    ares_channel channel; /* NULL until the first question */
    char *servers;        /* owned; NULL: the system's */
    char *resolv_conf;    /* owned; where those are listed */
    struct buf asking;    /* of dns_servers */
    struct stat seen;     /* that file, when it was read */
    int timeout_ms, tries;
    struct dns_socket *sockets;
    struct loop_timer timer; /* when c-ares wants to look at its time-outs */
    struct dns_question *questions;
    unsigned in_flight, asked; /* questions: now, and ever */
};

/* The channel, set up when this is the first question, and anew when resolv.conf has changed since; NULL when
 * that fails. */
ares_channel dns_channel(struct dns *d);
/* To be called after each question. */
void dns_set_timer(struct dns *d);

#endif
