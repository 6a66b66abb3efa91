/* SPDX-License-Identifier: MIT */
/* durable_internal: what durable.c, durable_send.c and durable_settle.c share. */
#ifndef COUPLET_LUA_DURABLE_INTERNAL_H
#define COUPLET_LUA_DURABLE_INTERNAL_H

#include "lua/durable.h"
#include "store/database.h"

#define NS_SID "urn:xmpp:sid:0" /* XEP-0359 */

struct sending {     /* until the disk has answered */
    struct bot *bot; /* NULL: it is gone */
    struct run *run; /* NULL: nobody waits */
    char *id, *to;   /* owned */
    uint64_t event;  /* in the log */
    struct sending *next, **link;
};

struct settling { /* until what nobody waits for is on disk */
    struct database_op op;
    struct bot *bot; /* NULL: it is gone, and done was called */
    unsigned lost;   /* before */
    durable_settled *done;
    void *ctx;
    struct settling *next, **link;
};

/* Lets go of all sendings, of which nothing will be heard. */
void durable_drop(struct bot *b);
/* The bot has its outbox from now on. */
void durable_open(struct bot *b);
/* Raises message.failed. ctx: the bot. */
void durable_failed(void *ctx, const char *id, const char *to, const char *reason);

#endif
