/* SPDX-License-Identifier: MIT */
/*
 * echoes: two bots that answer each other. A message that comes within a moment of our answer to the same
 * peer is an echo; fifty of them, one straight after the other, are no person's doing, and the peer is not
 * listened to for a while. A pause begins the count anew. What comes in the same turn of the loop as our
 * answer was on its way before it, and is no echo.
 *
 * The rule of last resort: no protocol has a mark that says "a program wrote this" which all programs would
 * set. Memory is bounded: a few peers, the idlest forgotten first.
 */
#ifndef COUPLET_HOOK_ECHOES_H
#define COUPLET_HOOK_ECHOES_H

#include "base/str.h"

#include <stdint.h>

enum { ECHOES_MOMENT_MS = 1000, ECHOES_MOST = 50, ECHOES_DEAF_MS = 5 * 60 * 1000, ECHOES_PEERS = 32 };

enum echoes_verdict {
    ECHOES_LISTEN,
    ECHOES_STOP, /* from now on deaf to that peer: to be logged */
    ECHOES_DEAF
};

struct echoes;

struct echoes *echoes_new(void);
void echoes_free(struct echoes *e); /* NULL accepted */
/* We answered that peer. */
void echoes_said(struct echoes *e, struct str peer, int64_t now_ms);
/* A message came from that peer. since_ms (may be NULL): with ECHOES_STOP, since when it went on. */
enum echoes_verdict echoes_heard(struct echoes *e, struct str peer, int64_t now_ms, int64_t *since_ms);

#endif
