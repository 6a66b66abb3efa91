/* SPDX-License-Identifier: MIT */
/* ws_upgrade: the opening handshake of a WebSocket (RFC 6455 4.1). Not a header for other rooms. */
#ifndef COUPLET_NET_WS_UPGRADE_H
#define COUPLET_NET_WS_UPGRADE_H

#include "net/websocket.h"

struct ws_upgrade;

enum ws_upgrade_result { WS_UPGRADE_MORE, WS_UPGRADE_DONE, WS_UPGRADE_FAILED };

/* Appends the request to out. NULL: the library is missing, or the host is no name. */
struct ws_upgrade *ws_upgrade_new(const struct websocket_options *options, struct buf *out, struct err *err);
void ws_upgrade_free(struct ws_upgrade *u); /* NULL accepted */
/* Bytes of the answer. DONE: *used of them belong to it, the rest to frames. FAILED: why goes on after "the
 * server". Not to be called after either. */
enum ws_upgrade_result ws_upgrade_feed(struct ws_upgrade *u, const char *bytes, size_t len, size_t *used,
                                       struct err *why);

#endif
