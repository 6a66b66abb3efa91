/* SPDX-License-Identifier: MIT */
/*
 * internal: what the files of the runtime share; nobody else includes it.
 *
 *   runtime.c   the process: its birth, its loop, its orderly end
 *   account.c   one account: what its session tells goes to its bot
 *   look.c      the whole at one moment, for those who watch
 *   web.c       the HTTP server: webhooks, and pages.c for those who watch
 *   watch.c     the supervisor, the log file, answers for those who watch
 */
#ifndef COUPLET_RUNTIME_INTERNAL_H
#define COUPLET_RUNTIME_INTERNAL_H

#include "loop/loop.h"
#include "lua/bot.h"
#include "lua/features.h"
#include "runtime/notify.h"
#include "runtime/runtime.h"
#include "runtime/states.h"
#include "runtime/trust.h"
#include "runtime/web.h"
#include "runtime/web_counts.h"
#include "session/hostmetas.h"
#include "session/session.h"
#include "store/database.h"

struct account {
    struct runtime *runtime;
    const struct config_bot *config;
    struct bot *bot;
    struct session *session; /* NULL until runtime_run */
    bool stopping, closing, ended, failed;
};

struct controls; /* control.h */

struct runtime {
    const struct config *config;
    struct log log;
    struct loop *loop;
    struct dns *dns;
    struct hostmetas *hostmetas;
    char *state_folder;        /* beside the storage; NULL: none is configured */
    struct database *database; /* the storage; NULL: none is configured */
    struct watchdog *dog;
    struct features *features;
    struct states states;
    struct trust trust;
    struct web web;
    struct account *accounts;
    size_t count, live;
    bool stopping, failed;
    bool has_started; /* somebody is, or was, online */
    struct web_counts web_counts;
    bool is_counted;    /* somebody may ask: `http:` or `control:` is configured */
    int64_t started_ms; /* of the loop */
    struct loop_timer stop_timer;
    struct notify *notify;     /* the supervisor; NULL: there is none */
    struct controls *controls; /* NULL: no control socket */
    /* Of whoever runs one account for a purpose of its own (alone.c); NULL: nobody. */
    void (*on_account)(void *ctx, struct account *a, bool is_online);
    void *on_account_ctx;
};

/* runtime.c */
/* Closes everything in order, which ends runtime_run. why: for the log. */
void runtime_stop(struct runtime *r, const char *why);
/* The loop ends where no account is left, once the requests that are under way are answered, or at the end of
 * their time. */
void runtime_leave(struct runtime *r);

/* account.c */
/* Its session, not yet started. -1: err. */
int account_open(struct account *a, struct err *err);
/* The session begins, unless the process is already ending. ctx: the account. */
void account_connect(void *ctx);
/* `stop` handlers first, then the stream. ctx: the account. */
void account_stop(void *ctx);
/* The stream ends now, in order. ctx: the account. */
void account_close(void *ctx);

#endif
