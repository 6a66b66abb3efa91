/* SPDX-License-Identifier: MIT */
/*
 * look: the whole process at one moment, for those who watch it: /metrics (metrics.h), /healthz (health.h),
 * `couplet status` (status.h). Facts alone: what is good or bad is not said here.
 *
 * What a look holds is borrowed from the runtime: it is good until the loop goes on.
 */
#ifndef COUPLET_RUNTIME_LOOK_H
#define COUPLET_RUNTIME_LOOK_H

#include "hook/facts.h"
#include "lua/calls.h"
#include "runtime/web_counts.h"
#include "session/counts.h"
#include "store/database.h"
#include "store/outbox.h"

struct runtime;

struct look_room {
    const char *jid, *nick;
    enum hook_room_state state;
    const char *reason; /* NULL: none */
    double for_s;       /* how long it is so */
    uint64_t heard;     /* stanzas from there */
    bool is_configured; /* it stands under `rooms:` */
};

struct look_bot {
    const char *name, *jid;
    struct session_facts session;
    bool has_ended, has_failed; /* its account is over; and for good */
    struct look_room *rooms;    /* owned by the look */
    size_t room_count;
    struct outbox_facts outbox; /* zeros where nothing was ever durable */
    const struct calls *calls;  /* NULL: not counted */
    size_t runs;                /* handlers that are under way or wait */
};

struct look_state { /* a Lua state */
    const char *name;
    size_t used, cap; /* bytes; cap 0: none */
};

struct look_process {
    double cpu_s, started_s;      /* since 1970 */
    double resident, virtual_len; /* bytes */
    size_t open_files, most_files;
};

struct look {
    double now_s, for_s; /* since 1970; how long the process runs */
    struct look_bot *bots;
    size_t bot_count;
    struct look_state *states;
    size_t state_count;
    bool has_database;
    struct database_facts database;
    const struct web_counts *web; /* NULL: there is no HTTP server */
    size_t web_waiting;           /* requests that wait for their answer */
    struct look_process process;
};

void look_take(struct runtime *r, struct look *look);
void look_finish(struct look *look);
void look_process(struct look_process *p); /* of /proc; zeros where it cannot be read */

#endif
