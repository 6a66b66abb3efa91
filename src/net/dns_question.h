/* SPDX-License-Identifier: MIT */
/*
 * dns_question: what was asked of DNS, and what came, kept while it is good. One name and type is one
 * question, however many wait for its answer. Shared by dns.c and dns_question.c only.
 */
#ifndef COUPLET_NET_DNS_QUESTION_H
#define COUPLET_NET_DNS_QUESTION_H

#include "net/address.h"
#include "net/dns_channel.h"
#include "net/srv.h"

#include <arpa/nameser.h>

struct dns_query;

struct dns_question {
    struct dns *dns;
    char *name;
    int type;                   /* ns_t_a, ns_t_aaaa, ns_t_srv */
    bool is_asked;              /* c-ares has a pointer to us; else what follows is the answer */
    bool is_refused;            /* SRV: the one record's target is "." */
    int64_t until_ms;           /* good until then; 0: never was */
    const char *why;            /* of an empty answer; lives as long as dns */
    union address *addresses;   /* without a port */
    struct srv_record *records; /* either of the two lists */
    size_t count;
    struct dns_query *waiting; /* in the order of asking */
    struct dns_question *next;
};

/* Found or made; not asked yet. */
struct dns_question *dns_question_for(struct dns *d, const char *name, int type);
bool dns_question_is_good(const struct dns_question *u);
/* Asks; dns_answered follows, perhaps before it returns. */
void dns_question_ask(struct dns_question *u);
void dns_questions_finish(struct dns *d);

/* dns.c: the answer is there; hands it to those who wait. */
void dns_answered(struct dns_question *u);

#endif
