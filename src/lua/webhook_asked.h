/* SPDX-License-Identifier: MIT */
/* webhook_asked: one request on its way through its hook; what webhook.c (routes), webhook_event.c (to Lua)
 * and webhook_answer.c (from Lua) share. Nobody else includes it. */
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
    bool is_writing;  /* its mark is on the way to the disk; what is accepted waits for that */
    bool is_accepted; /* and 202 is to be answered then */
    bool is_over;     /* it is answered, and to be forgotten then */
    bool has_key;
    unsigned char key[SEEN_KEY_LEN]; /* of its sender's choice */
    struct asked *next, **link;      /* where it has one; NULL: not in the list */
};

/* The Lua event of a request, on L. */
void asked_push_event(lua_State *L, const struct bot *b, const struct http_request *r);
/* run.answer and run.done of a run whose done_ctx is an asked. */
bool asked_end(struct run *r, enum run_end how, int n);
void asked_done(struct run *r);
/* Its mark is on disk. ctx: the asked. */
void asked_marked(void *ctx);
/* Answers, after which it is gone. */
void asked_repeat(struct asked *a); /* 202, of what was done before */
void asked_refuse(struct asked *a, int status, struct str why);

#endif
