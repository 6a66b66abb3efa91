/* SPDX-License-Identifier: MIT */
/* listen: the sockets of the server, bound by us so that an error can say what is wrong. */
#ifndef COUPLET_HTTP_LISTEN_H
#define COUPLET_HTTP_LISTEN_H

#include "base/buf.h"
#include "base/err.h"

/* address: HOST:PORT or [IPv6]:PORT. A listening descriptor, and in `as` where it listens now (port 0 was
 * given a number). -1: err. */
int listen_open(const char *address, struct buf *as, struct err *err);

#endif
