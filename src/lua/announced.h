/* SPDX-License-Identifier: MIT */
/*
 * announced: what a bot with a certain set of features tells of itself (XEP-0030, 0115, 0390), as text, made
 * once a set in a Lua state of its own (lua/couplet/xep/disco_self.lua). So a bot that is asked what it can
 * do, which every server does, needs nothing of that in its own state.
 */
#ifndef COUPLET_LUA_ANNOUNCED_H
#define COUPLET_LUA_ANNOUNCED_H

#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct features;

struct announced {
    uint64_t on;
    bool is_component;
    char *presence; /* what it carries besides; "": nothing; owned */
    char *info;     /* what stands in the answer to disco#info; owned; NULL: it could not be made */
    char *old_node, *new_node; /* where else it is answered; owned */
};

struct announced_list { /* zeroed at first */
    struct announced **list;
    size_t count;
};

/* Borrowed. */
const struct announced *announced_for(struct announced_list *l, const struct features *f, uint64_t on,
                                      bool is_component, struct log *log);
void announced_finish(struct announced_list *l);

#endif
