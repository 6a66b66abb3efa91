/* SPDX-License-Identifier: MIT */
/*
 * outbox_internal: what the files of the outbox share; nobody else includes it.
 *
 *   outbox.c        the lanes, in memory; birth and death
 *   outbox_write.c  what changes, to the disk
 *   outbox_load.c   from the disk: at the start, and what others changed
 *   outbox_visit.c  beside a process that may run
 */
#ifndef COUPLET_STORE_OUTBOX_INTERNAL_H
#define COUPLET_STORE_OUTBOX_INTERNAL_H

#include "store/outbox.h"

struct change; /* outbox_write.c */

struct outbox {
    struct database *db;
    struct log *log;
    char *bot;
    struct outbox_lane *lanes;
    struct outbox_message *leaving;
    struct change *stuck; /* what the disk did not take */
    size_t count, bytes;
    size_t pending; /* operations */
    size_t dead;
    uint64_t accepted, delivered, retried;
    bool is_freed, is_refreshing;
    void (*on_change)(void *ctx);
    void *ctx;
    int64_t data_version; /* of the last load that was taken; one is under way at a time */
};

/* outbox.c */
void outbox_message_free(struct outbox_message *m);
/* m is the outbox's from here on: in the lane for `to`, at its place by seq. */
void outbox_put(struct outbox *o, struct str to, struct outbox_message *m);
/* Out of its lane, which may go; m is the caller's. */
void outbox_take_out(struct outbox *o, struct outbox_message *m);
/* An operation (o->pending) is over. False: the outbox is gone. */
bool outbox_settle(struct outbox *o);

/* outbox_write.c */
void outbox_write_stuck(struct outbox *o); /* what the disk did not take, once more */
void outbox_free_stuck(struct outbox *o);

#endif
