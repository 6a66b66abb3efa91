/* SPDX-License-Identifier: MIT */
/* states: the Lua states of the process: one a bot, or one for all bots that name the same `state:`. */
#ifndef COUPLET_RUNTIME_STATES_H
#define COUPLET_RUNTIME_STATES_H

#include "config/config.h"
#include "lua/script.h"

struct states { /* zeroed at first */
    struct script **list;
    size_t count;
};

struct states_shared { /* borrowed */
    struct loop *loop;
    struct dns *dns;
    struct log *log;
    struct watchdog *dog;
    struct features *features;
    const char *state_folder; /* NULL: none */
    const struct config *config;
};

/* The state of a bot, made when it is the first that wants it. Owned by s. */
struct script *states_for(struct states *s, const struct states_shared *shared, const struct config_bot *bot);
void states_finish(struct states *s);

#endif
