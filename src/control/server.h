/* SPDX-License-Identifier: MIT */
/*
 * server: the control socket of a process that runs: `couplet send`, `status` and `stop` talk to it in lines,
 * a request and its answer (both JSON, of which nothing is known here).
 *
 *   accept -> who is it (SO_PEERCRED: our user or root) -> a line -> on_request … control_answer -> a line
 *
 * A peer is read again only when its last request has its answer and took it, so one that sends without end,
 * or reads nothing, holds itself up and nobody else. Lines, peers and the time for a line are bounded.
 */
#ifndef COUPLET_CONTROL_SERVER_H
#define COUPLET_CONTROL_SERVER_H

#include "base/log.h"
#include "base/str.h"
#include "loop/loop.h"

enum {
    CONTROL_LINE_MOST = 8 << 20, /* bytes of a request */
    CONTROL_PEERS_MOST = 64,
    CONTROL_LINE_MS = 30000, /* for a request that was begun, or an answer that is not read */
};

struct control;
struct control_peer;

/* A request, NUL-terminated, without its newline; borrowed for the call. It is answered once, by
 * control_answer, now or later. */
typedef void control_request_fn(void *ctx, struct control_peer *peer, struct str line);

/* Borrowed: loop, log. NULL: err. */
struct control *control_new(struct loop *loop, struct log *log, const char *path, control_request_fn *on,
                            void *ctx, struct err *err);
/* The socket goes, then the peers, those without an answer too. NULL accepted. */
void control_free(struct control *c);
/* One line of text. A peer that is gone meanwhile gets nothing. */
void control_answer(struct control_peer *peer, struct str text);

#endif
