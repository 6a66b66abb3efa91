/* SPDX-License-Identifier: MIT */
/*
 * runtime: a process full of bots: the loop, the Lua states, the accounts; their orderly start and stop.
 *
 *   runtime_new -> runtime_load (scripts; nothing connects) -> runtime_run (until a signal, or no account is
 * left) -> runtime_free
 */
#ifndef COUPLET_RUNTIME_RUNTIME_H
#define COUPLET_RUNTIME_RUNTIME_H

#include "config/config.h"

struct runtime;

/* The config is borrowed. NULL with the reason, as that the folder of `storage:` is not there. */
struct runtime *runtime_new(const struct config *config, struct err *err);
void runtime_free(struct runtime *r); /* NULL accepted */
/* Loads every bot's scripts and finds its functions. -1 when mistakes were added. */
int runtime_load(struct runtime *r, struct config_mistakes *mistakes);
/* Starts everything and runs. 0: stopped by SIGINT, SIGTERM or by the bots themselves; 1: no account is left,
 * and at least one has failed for good. -1: it could not start (err). A second signal ends the process at
 * once. */
int runtime_run(struct runtime *r, struct err *err);

#endif
