/* SPDX-License-Identifier: MIT */
/*
 * dns: names to addresses and service records, by c-ares on the loop. c-ares is loaded and set up while
 * questions are under way, no longer: literal addresses and localhost are none. dns_new and dns_free stand in
 * conn.h. Not a header for other rooms.
 *
 * A question that is under way, or whose answer is still good (its time to live, five minutes at most), is
 * not asked again: a thousand accounts of one domain ask once. An answer always comes later than the
 * question: at the end of a loop turn, outside of any frame of c-ares. After it the query is gone.
 */
#ifndef COUPLET_NET_DNS_H
#define COUPLET_NET_DNS_H

#include "net/address.h"
#include "net/conn.h"
#include "net/srv.h"

struct dns_query;

/* For tests: how long the first try waits, and how many rounds of all servers there are. Before any query. */
void dns_set_patience(struct dns *d, int timeout_ms, int tries);
/* For tests: another file in place of /etc/resolv.conf (copied). Before any query. */
void dns_set_resolv_conf(struct dns *d, const char *path);
/* For tests: how many questions were put so far; which servers are asked, "127.0.0.1:53,…" (borrowed until
 * the next call). */
unsigned dns_asked(const struct dns *d);
const char *dns_servers(struct dns *d);

/* list: borrowed, best first (RFC 6724 6); count 0: why says what DNS said, for people; it lives as long as
 * dns. */
typedef void dns_addresses_fn(void *ctx, const union address *list, size_t count, const char *why);
/* The addresses of one family, AF_INET or AF_INET6. name: of name_to_ascii, or an address as text; one
 * without any dot is looked for in the domains of /etc/resolv.conf, too. /etc/hosts comes before DNS.
 * done may cancel other queries, not this one. */
struct dns_query *dns_addresses(struct dns *d, const char *name, int family, uint16_t port,
                                dns_addresses_fn *done, void *ctx);

enum dns_service {
    DNS_SERVICE,    /* records */
    DNS_NO_SERVICE, /* a single record whose target is ".": decidedly not offered here (RFC 2782, 6120 3.2.1)
                     */
    DNS_NO_RECORD,  /* no such records, or no answer: fall back to the domain itself (RFC 6120 3.2.2) */
};
/* list: given to the receiver, who calls srv_free (NULL, 0 without records); in no order. */
typedef void dns_service_fn(void *ctx, enum dns_service what, struct srv_record *list, size_t count);
/* SERVICE._tcp.name; service: "_xmpp-client", … */
struct dns_query *dns_service(struct dns *d, const char *service, const char *name, dns_service_fn *done,
                              void *ctx);

void dns_cancel(struct dns_query *q); /* NULL accepted; done is not called any more */

#endif
