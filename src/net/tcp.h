/* SPDX-License-Identifier: MIT */
/*
 * tcp: from addresses to a TCP connection, and writing to it. Not a header for other rooms.
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

struct tcp_dial;

/* tcp: given to the receiver, connected, to be closed with tcp_close; NULL when every address failed: then
 * `to` is the one that failed last, and why says how. The dial is gone when it is called. */
typedef void tcp_dialled_fn(void *ctx, uv_tcp_t *tcp, const union address *to, const char *why);

/* Tries the addresses (copied, at least one) in their order. Each has a head start before the next begins,
 * a failure starts the next at once, the first to connect wins (RFC 8305 5). Never calls done by itself
 * before it has returned. There is no deadline here. */
struct tcp_dial *tcp_dial(struct loop *l, const union address *list, size_t count, tcp_dialled_fn *done,
                          void *ctx);
void tcp_dial_cancel(struct tcp_dial *d); /* NULL accepted */

/* Writes what the kernel takes at once; the rest follows by itself. bytes is empty afterwards, whatever
 * happens. 0, or an error of libuv's. */
typedef void tcp_written_fn(uv_tcp_t *tcp, int status);
int tcp_write(uv_tcp_t *tcp, struct buf *bytes, tcp_written_fn *written);
/* No more output, after what was written. */
int tcp_shutdown(uv_tcp_t *tcp);
/* Closes and frees; what the kernel has taken is still sent, without a reset. */
void tcp_close(uv_tcp_t *tcp);

#endif
