/* SPDX-License-Identifier: MIT */
/*
 * tcp: a TCP connection that is up: writing to it, and its end. tcp_dial.h makes one. Not a header for other
 * rooms.
 *
 * A handle is a uv_tcp_t on the heap; its `data` is for whoever holds it and is cleared by tcp_close, so that
 * callbacks of libuv that come afterwards find NULL.
 */
#ifndef COUPLET_NET_TCP_H
#define COUPLET_NET_TCP_H

#include "base/buf.h"
#include "loop/loop.h"
#include "net/address.h"

#include <uv.h>

/* Small writes go at once (TCP_NODELAY), a silent peer is probed (SO_KEEPALIVE), and what the peer does not
 * acknowledge for dead_after_ms ends the connection (TCP_USER_TIMEOUT, RFC 5482; 0: as the kernel likes). */
void tcp_configure(uv_tcp_t *tcp, uint32_t dead_after_ms);

/* Writes what the kernel takes at once; the rest follows by itself. bytes is empty afterwards, whatever
 * happens. 0, or an error of libuv's. */
typedef void tcp_written_fn(uv_tcp_t *tcp, int status);
int tcp_write(uv_tcp_t *tcp, struct buf *bytes, tcp_written_fn *written);
/* No more output, after what was written. */
int tcp_shutdown(uv_tcp_t *tcp);
/* Closes and frees; what the kernel has taken is still sent, without a reset. */
void tcp_close(uv_tcp_t *tcp);

#endif
