/* SPDX-License-Identifier: MIT */
/*
 * outbox: the messages of one bot that were accepted and are not yet proven to have arrived: on disk, in the
 * order in which they were accepted, a lane for each destination. What is waiting is in memory too; the loop
 * never reads the disk.
 *
 *   outbox_add ──on disk──> waiting ──outbox_sent──> out ──outbox_acked──> acked ──outbox_release──> gone
 *                              ^                      │                      │
 *                              └──outbox_return───────┴──────────────────────┘   outbox_fail: later, or dead
 *
 * It knows nothing of sessions: who sends, and what proves an arrival, is session/delivery. Dead letters stay
 * on disk, for `couplet outbox`, which may change the file while we run: outbox_refresh sees it.
 */
#ifndef COUPLET_STORE_OUTBOX_H
#define COUPLET_STORE_OUTBOX_H

#include "base/str.h"
#include "store/database.h"

#include <stdint.h>

enum { OUTBOX_COUNT_MAX = 100000, OUTBOX_BYTES_MAX = 64 << 20 }; /* of what waits; then nothing is accepted */

enum outbox_kind { OUTBOX_DIRECT, OUTBOX_ROOM, OUTBOX_OCCUPANT }; /* groupchat; somebody in a room */
enum outbox_state { OUTBOX_WAITING, OUTBOX_OUT, OUTBOX_ACKED };

struct outbox_letter { /* borrowed */
    struct str to;     /* the lane: a bare JID */
    struct str id, stanza;
    enum outbox_kind kind;
    int64_t made_ms, expires_ms; /* since 1970; expires 0: never */
    uint64_t event;              /* in the log */
};

struct outbox_message {
    int64_t seq; /* never used again */
    char *id;    /* owned */
    struct str stanza;
    enum outbox_kind kind;
    enum outbox_state state;
    int64_t made_ms, expires_ms, acked_ms; /* acked_ms is the owner's */
    int tries;                             /* that failed */
    bool was_sent;                         /* by this process, at least once */
    uint64_t event;                        /* in the log, of this process; 0: of one before */
    struct outbox_lane *lane;
    struct outbox_message *next;
};

struct outbox_lane {
    char *to; /* owned */
    struct outbox_message *first, **last;
    size_t count, out_count; /* all; of which not waiting */
    int64_t last_seq;        /* the highest that was put in */
    int64_t hold_ms;         /* the owner's: nothing goes out before */
    bool is_open;            /* the owner's */
    struct outbox_lane *next;
};

struct outbox_facts {
    size_t count, bytes; /* of what waits or is on its way */
    int64_t oldest_ms;   /* when the oldest of it was accepted, since 1970; 0: there is none */
    size_t dead;         /* dead letters on disk */
    uint64_t accepted, delivered, retried; /* since the start */
};

struct outbox;
struct outbox_adding;
/* failed NULL: it is on disk; its text has OUTBOX_KNOWN: one with that id is there. */
#define OUTBOX_KNOWN "is in the outbox already"
typedef void outbox_added(void *ctx, const struct err *failed);

/* Borrowed: database, log. bot is copied. */
struct outbox *outbox_new(struct database *db, struct log *log, const char *bot);
/* What was accepted stays on disk; nobody is told any more. NULL accepted. */
void outbox_free(struct outbox *o);
/* What an earlier process left; waits for the disk: before the loop runs. Nothing where there is no file. */
int outbox_load(struct outbox *o, struct err *err);
/* From time to time: other processes may have changed the file (what comes of it comes later, by on_change),
 * and a disk that was full may have room. */
void outbox_refresh(struct outbox *o);
/* on_change(ctx): there may be something new to send. */
void outbox_listen(struct outbox *o, void (*on_change)(void *ctx), void *ctx);

/* NULL: too much waits already (err). done is called once, later. */
struct outbox_adding *outbox_add(struct outbox *o, const struct outbox_letter *letter, outbox_added *done,
                                 void *ctx, struct err *err);
void outbox_forget(struct outbox_adding *a); /* done is not called; the message is added all the same */

/* ---- the lanes; a lane lives while it has messages ---- */
struct outbox_lane *outbox_lanes(struct outbox *o);
struct outbox_lane *outbox_lane(struct outbox *o, struct str to); /* NULL: nothing for there */
size_t outbox_count(const struct outbox *o);
void outbox_look(const struct outbox *o, struct outbox_facts *facts);
struct outbox_message *outbox_next(struct outbox_lane *lane); /* the oldest that waits, or NULL */
struct outbox_message *outbox_find(struct outbox *o, int64_t seq);
/* Among the oldest of the lane, where those are that went out. */
struct outbox_message *outbox_find_id(struct outbox_lane *lane, struct str id);

void outbox_sent(struct outbox_message *m);
void outbox_acked(struct outbox_message *m, int64_t now_ms);
void outbox_return(struct outbox_message *m); /* it waits again, at its place */
/* It has arrived. m is gone, and its lane when it was the last. */
void outbox_release(struct outbox *o, struct outbox_message *m);
/* It has not. retry: it waits again, and the try is counted; else it is a dead letter, and m is gone. */
void outbox_fail(struct outbox *o, struct outbox_message *m, const char *reason, bool retry);

/* ---- for `couplet outbox`, beside a process that may run ---- */
struct outbox_row {
    int64_t seq, made_ms, expires_ms;
    struct str bot, to, id, state, reason, stanza;
    int tries;
};
typedef void outbox_row_fn(void *ctx, const struct outbox_row *row);
/* bot NULL: of all. -1: err. */
int outbox_list(const char *path, const char *bot, outbox_row_fn *fn, void *ctx, struct err *err);
/* id NULL: all dead letters. retry: they wait again; else they are given up (with an id also one that
 * waits). Returns how many; -1: err. */
int outbox_change(const char *path, const char *bot, const char *id, bool retry, struct err *err);

#endif
