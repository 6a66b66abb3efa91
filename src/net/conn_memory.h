/* SPDX-License-Identifier: MIT */
/*
 * conn_memory: which targets of SRV records failed an account lately. RFC 2782 tells a client to begin with
 * the best target each time: one that takes the connection and is of no use then (a broken TLS port, a web
 * server) would stop it for ever. Shared by conn.c and route.c only.
 */
#ifndef COUPLET_NET_CONN_MEMORY_H
#define COUPLET_NET_CONN_MEMORY_H

#include "net/conn.h"
#include "net/srv.h"

/* NULL accepted everywhere: nothing is remembered. Strings are copied. */
void conn_memory_blame(struct conn_memory *m, const struct srv_record *target, int64_t now_ms);
void conn_memory_praise(struct conn_memory *m, const struct srv_record *target);
/* Puts those that are blamed behind the others, the one that is blamed for longest first; otherwise the order
 * is kept. */
void conn_memory_order(const struct conn_memory *m, struct srv_record *list, size_t count, int64_t now_ms);

#endif
