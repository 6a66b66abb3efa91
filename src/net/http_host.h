/* SPDX-License-Identifier: MIT */
/* http_host: a host and its port as HTTP names them (RFC 9112 3.2). For net/ only. */
#ifndef COUPLET_NET_HTTP_HOST_H
#define COUPLET_NET_HTTP_HOST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends A-labels, or an address, an IPv6 one in brackets (RFC 3986 3.2.2); the port unless it is the usual
 * one. host: any script, an address without brackets. -1: it is no name. */
int http_host_write(struct buf *out, const char *host, uint16_t port, bool is_secure, struct err *err);

#endif
