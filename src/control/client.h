/* SPDX-License-Identifier: MIT */
/* client: the other end of server.h, for a command: it waits. */
#ifndef COUPLET_CONTROL_CLIENT_H
#define COUPLET_CONTROL_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

/* A descriptor to close(). -1: err; *nobody: no process listens there. */
int client_connect(const char *path, bool *nobody, struct err *err);
/* Sends a line and waits for the answer's, at most so long (-1: as long as it takes). -1: err. */
int client_ask(int fd, struct str line, int timeout_ms, struct buf *answer, struct err *err);
/* Waits until the process has gone, or hangs up. -1: it has not. */
int client_wait_gone(int fd, int timeout_ms);

#endif
