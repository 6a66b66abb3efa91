/* SPDX-License-Identifier: MIT */
/* ws_url: the URL of a WebSocket (RFC 6455 3): wss://host[:port][/path][?query], ws:// without TLS. That of a
 * BOSH server is the same with https:// and http://. */
#ifndef COUPLET_BASE_WS_URL_H
#define COUPLET_BASE_WS_URL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ws_url {     /* all zero: none */
    bool is_secure; /* wss, https */
    bool is_http;   /* for BOSH */
    char *host;     /* owned; any script, an IPv6 address without its brackets */
    uint16_t port;  /* 443 or 80 when the text names none */
    char *resource; /* owned; path and query, "/" at least: printable ASCII, no blank */
};

/* 0, or -1 (nothing to finish): err says what is wrong. User names, fragments and other schemes are refused.
 */
int ws_url_read(struct ws_url *u, const char *text, struct err *err);
int bosh_url_read(struct ws_url *u, const char *text, struct err *err); /* the same */
void ws_url_finish(struct ws_url *u);

#endif
