/* SPDX-License-Identifier: MIT */
/*
 * dane: what DNSSEC says on the way to a server (RFC 6698, 7671, 7673): of the records of a service, and of a
 * target's certificate. Not a header for other rooms.
 *
 *   a service   SRV secure -----> its targets are believed; their names will do in a certificate, too
 *               insecure -------> as any DNS: no TLSA record is asked for
 *   a target    A or AAAA secure -> TLSA of _PORT._tcp.TARGET
 *               TLSA secure ----> those that can be used say what the certificate must be
 *               none of that ---> the ordinary rules; why tells it
 *
 * What is bogus, or is not answered, is no "none": nobody goes on from there (RFC 7673 3.1, 3.2, 3.3).
 */
#ifndef COUPLET_NET_DANE_H
#define COUPLET_NET_DANE_H

#include "net/dns.h"
#include "net/tlsa.h"

struct dane_query;

/* broken: NULL, or why the answer is not to be used, for people; then there is nothing else. list: as of
 * dns_service_fn. */
typedef void dane_service_fn(void *ctx, enum dns_service what, struct srv_record *list, size_t count,
                             const char *broken);
struct dane_query *dane_service(struct dns *d, const char *service, const char *name, dane_service_fn *done,
                                void *ctx);

/* NULL, or why no TLSA record is to be asked for: its name is none of DNS, or nobody vouches for it (RFC 7673
 * 3.1). For people; the caller's. */
char *dane_why_not(const struct srv_record *target);
/* found: given to the receiver, its host is NULL; with broken there is nothing in it. */
typedef void dane_target_fn(void *ctx, struct dane *found, const char *broken);
struct dane_query *dane_target(struct dns *d, const char *host, uint16_t port, dane_target_fn *done,
                               void *ctx);

void dane_cancel(struct dane_query *q); /* NULL accepted; done is not called any more */

#endif
