/* SPDX-License-Identifier: MIT */
/*
 * run_internal: what the files of a run share; nobody else includes it.
 *
 *   run.c       the chain of hooks, the one call that lets a script run, waiting
 *   run_life.c  runs are made, used again, and go
 *   run_end.c   what comes of a handler that has ended
 */
#ifndef COUPLET_LUA_RUN_INTERNAL_H
#define COUPLET_LUA_RUN_INTERNAL_H

#include "lua/run.h"

/* run_life.c: gives the run back. Its coroutine must be at rest. */
void run_recycle(struct run *r);

/* run_end.c. Somebody waits for an answer: to an iq. */
bool run_is_asked(const struct run *r);
/* True when the chain may go on with the next hook; status: of Lua. */
bool run_after_failure(struct run *r, int status, enum run_end how);
bool run_after_return(struct run *r, int results);

#endif
