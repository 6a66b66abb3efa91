/* SPDX-License-Identifier: MIT */
/*
 * websocket: a client's WebSocket (RFC 6455) for text messages, sans I/O: the plain bytes of a connection are
 * fed, bytes to be written come out. TCP, TLS, names, the deadline and reconnecting are the owner's (conn.h),
 * so that these are one and the same for every transport. HTTP is read by libhttp-parser, frames are read and
 * written by libwslay; both are loaded by the first websocket_new of a process and by nothing else.
 *
 *   websocket_new -> the request is in websocket_out()     -> fed: the answer           -> opened
 *   websocket_send -> one masked frame in websocket_out()  -> fed: frames               -> text…, message_end
 *   websocket_close -> a close frame                       -> fed: the peer's           -> closed
 *
 * Refused: an answer that is not exactly what was asked for (4.1: accept value, subprotocol, no extension; no
 * redirect is followed), frames that break the rules (masked, reserved bits, fragmented control frames …),
 * binary messages, text that is not UTF-8, messages longer than the limit, which is looked at in the frame's
 * header. Such an end is told to the peer with the code of 7.4.1.
 * Pings are answered. No compression is offered. Exactly one `closed`, unless websocket_free comes first;
 * callbacks come out of websocket_feed alone and may call any verb, websocket_free too.
 */
#ifndef COUPLET_NET_WEBSOCKET_H
#define COUPLET_NET_WEBSOCKET_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct websocket_options { /* strings are borrowed by websocket_new only */
    const char *host;      /* of the URL, any script, an address without brackets: for the Host header */
    uint16_t port;         /* of the URL */
    bool is_secure;        /* wss: 443 is the port that is not named, else 80 */
    const char *resource;  /* path and query: "/xmpp-websocket"; printable ASCII without blanks */
    const char *protocol;  /* the subprotocol that both sides must agree on: "xmpp" */
    size_t message_len;    /* limit on what arrives in a message; 0: 262144 */
};

struct websocket_callbacks {
    void (*opened)(void *ctx); /* the peer speaks WebSocket; messages may be sent */
    /* A piece of a message, valid UTF-8 but for a character that is cut at its end; borrowed. */
    void (*text)(void *ctx, const char *bytes, size_t len);
    void (*message_end)(void *ctx);
    /* No more than what websocket_out holds is to be written. why: for people, goes on after "the server";
     * borrowed. */
    void (*closed)(void *ctx, const char *why);
};

struct websocket;

/* callbacks: borrowed until websocket_free. NULL: a library is missing, or the host is no name. */
struct websocket *websocket_new(const struct websocket_options *options,
                                const struct websocket_callbacks *callbacks, void *ctx, struct err *err);
void websocket_free(struct websocket *w); /* NULL accepted; says nothing to the peer */
void websocket_feed(struct websocket *w, const char *bytes, size_t len);
/* One text message, which must be UTF-8. Does nothing unless it is open. */
void websocket_send(struct websocket *w, const char *text, size_t len);
/* Sends a close frame (1000), after which `closed` follows the peer's. false: it is not open, nothing
 * follows.
 */
bool websocket_close(struct websocket *w);
struct buf *websocket_out(struct websocket *w); /* to be taken after every verb */

#endif
