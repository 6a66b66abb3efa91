/* SPDX-License-Identifier: MIT */
/* webhook_asked: one request on its way through its hook; what webhook.c (routes), webhook_event.c (to Lua),
 * webhook_answer.c (from Lua) and webhook_again.c (what comes twice) share. Nobody else includes it. */
#ifndef COUPLET_LUA_WEBHOOK_ASKED_H
#define COUPLET_LUA_WEBHOOK_ASKED_H

#include "http/http.h"
#include "lua/webhook.h"
#include "lua/webhook_memory.h"

struct webhooks {
    struct http_server *server; /* borrowed */
    struct webhook_memory *memory;
    struct place *places;
    struct asked *keyed; /* those under way that have a key of their sender's */
};

struct asked { /* a request, until it is answered */
    struct http_request *request;
    struct webhooks *all;
    struct bot *bot;
    const char *label; /* of the hook's function */
    uint64_t event;    /* in the log */
    struct log *log;   /* the bot may be gone before the disk has answered; these are not */
    const char *name;
    unsigned writes;  /* its mark, or key, is on the way to the disk; what is accepted waits for that */
    unsigned lost;    /* durable_lost at its beginning */
    bool is_accepted; /* and 202 is to be answered then */
    const char *type; /* else 200, with this text; static */
    char *text;       /* owned; NULL: there is none */
    size_t text_len;
    bool is_over; /* it is answered, and to be forgotten then */
    bool has_key;
    unsigned char key[SEEN_KEY_LEN];                              /* of its sender's choice */
    unsigned char saying[SEEN_KEY_LEN], saying_nth[SEEN_KEY_LEN]; /* the message of now, and which of them */
    unsigned char (*said)[SEEN_KEY_LEN];                          /* owned; the messages until now */
    size_t said_count;
    struct asked *next, **link; /* where it has one; NULL: not in the list */
};

/* The Lua event of a request, on L. */
void asked_push_event(lua_State *L, const struct bot *b, const struct http_request *r);
/* run.answer and run.done of a run whose done_ctx is an asked. */
bool asked_end(struct run *r, enum run_end how, int n);
void asked_done(struct run *r);
/* Its mark, or key, is on disk. ctx: the asked. */
void asked_written(void *ctx);
/* Do the n results from the stack index `first` on mean 202? */
bool asked_is_taken(lua_State *L, int first, int n);
/* Was it done before, or is it under way? True: that was answered, and it is gone. */
bool asked_is_again(struct asked *a);
/* What its handler says and returns is noted under its key, where it has one. r->done_ctx: the asked. */
void asked_watch(struct asked *a, struct run *r);
/* Answers, after which it is gone. */
void asked_repeat(struct asked *a); /* 202, of what was done before */
void asked_refuse(struct asked *a, int status, struct str why);

#endif
