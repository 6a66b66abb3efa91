/* SPDX-License-Identifier: MIT */
/*
 * conn_internal: what conn.c (life and end of a connection) and conn_io.c (its bytes) share. Nobody else
 * includes it.
 */
#ifndef COUPLET_NET_CONN_INTERNAL_H
#define COUPLET_NET_CONN_INTERNAL_H

#include "net/conn.h"
#include "net/route.h"
#include "net/tcp.h"
#include "net/tls.h"

enum conn_state { CONN_IDLE, CONN_CONNECTING, CONN_CLEAR, CONN_HANDSHAKE, CONN_SECURED };

struct conn {
    struct loop *loop;
    struct dns *dns;
    const struct conn_callbacks *callbacks;
    void *ctx;
    struct tls_context *tls_context;
    struct route *route; /* as long as it may be asked for another target, or told about this one */
    uv_tcp_t *tcp;       /* from CONN_CLEAR on; its data is this conn */
    struct tls *tls;     /* from CONN_HANDSHAKE on */
    char *domain, *alpn; /* owned */
    struct dane *dane;   /* owned; of this target; NULL: DNSSEC was not to be asked */
    char *who, *peer;    /* "localhost (127.0.0.1:5222)" and its second part; NULL before CONN_CLEAR */
    struct buf out;
    struct loop_defer report;
    struct buf held; /* our last message of the handshake: goes out with what the owner says then … */
    struct loop_defer unhold;    /* … or at the end of the turn */
    struct loop_timer handshake; /* of direct TLS */
    struct loop_timer watch;     /* over the certificate, while CONN_SECURED */
    char *why;                   /* of the end that is to be reported */
    enum conn_kind kind;
    uint64_t moved;      /* bytes, both ways */
    uint64_t moved_then; /* when the watch last asked whether the moment is calm */
    uint8_t state;
    bool direct;       /* direct TLS, and the handshake is not done: another target may do it better */
    bool good;         /* conn_is_good was called */
    uint8_t depth;     /* of conn_enter() */
    bool freed;        /* conn_free was called inside a callback */
    bool ending;       /* report() is queued; nothing more is received */
    bool cut;          /* the peer takes nothing more */
    bool shut;         /* conn_shutdown was called */
    bool flush_wanted; /* a flush came when nothing could be written */
};

/* conn.c: around every callback; conn_free inside it leaves the memory to conn_leave. */
void conn_enter(struct conn *c);
void conn_leave(struct conn *c);
/* conn.c: it is over; closed() follows at the end of the turn. The first reason counts. */
void conn_end(struct conn *c, enum conn_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* conn_watch.c */
/* Begins to look after the certificate of a session that is up. */
void conn_watch_start(struct conn *c);

/* conn_io.c */
void conn_start_reading(struct conn *c);
void conn_unhold(struct loop_defer *d);
void conn_flush_if_wanted(struct conn *c);
/* All of it, behind what is still being written, and close_notify under TLS. */
void conn_write_last(struct conn *c);

#endif
