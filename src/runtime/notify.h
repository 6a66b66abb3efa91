/* SPDX-License-Identifier: MIT */
/*
 * notify: what a supervisor wants to know, in the way of systemd's sd_notify(3): READY=1, STATUS=…,
 * STOPPING=1, and WATCHDOG=1 from the loop, which stops when the loop does. Nothing where NOTIFY_SOCKET is
 * not set.
 */
#ifndef COUPLET_RUNTIME_NOTIFY_H
#define COUPLET_RUNTIME_NOTIFY_H

#include "base/log.h"
#include "loop/loop.h"

struct notify;
struct buf;

/* Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment: programs that are started from
 * here are not to speak for us. NULL: nobody listens. is_alive: whether everything but the loop is; asked
 * before each WATCHDOG=1, and status, which appends a line for people, as well. */
struct notify *notify_new(struct loop *loop, struct log *log, bool (*is_alive)(void *ctx),
                          void (*status)(void *ctx, struct buf *out), void *ctx);
void notify_free(struct notify *n); /* NULL accepted, here and below */
void notify_ready(struct notify *n);
void notify_stopping(struct notify *n);
void notify_changed(
    struct notify *n); /* the status is told again at the end of the turn, if it is another one */

#endif
