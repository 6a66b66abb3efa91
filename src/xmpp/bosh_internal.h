/* SPDX-License-Identifier: MIT */
/* bosh_internal: what bosh.c (life, answers) and bosh_lanes.c (what waits, and what goes out) share. */
#ifndef COUPLET_XMPP_BOSH_INTERNAL_H
#define COUPLET_XMPP_BOSH_INTERNAL_H

#include "base/buf.h"
#include "xmpp/bosh_body.h"

enum { BOSH_POLL_MS = 1000 };

enum phase {
    FRESH,
    CREATING,
    OPEN,
    CLOSING, /* `terminate` is out */
    OVER,
};

struct bosh_lane {
    uint64_t rid; /* 0: free */
    bool is_out, is_sent, has_answer, is_creation, is_restart, is_end, is_empty;
    unsigned tries;
    int64_t due_ms; /* out: until when an answer has to be there; else when it goes out again */
    struct buf body, answer;
};

struct bosh {
    char *domain, *from, *lang, *sid; /* owned */
    bool is_secure;
    uint32_t timeout_ms;
    const struct bosh_callbacks *callbacks;
    void *ctx;
    struct xml_parser *parser;
    enum phase phase;
    bool has_end;                /* END was written */
    bool is_barred;              /* an answer has to be there before the next request */
    uint64_t next_rid, answered; /* answered: the last whose answer was taken; 0: none */
    uint32_t wait_s, hold, requests, polling_s;
    int64_t polled_ms; /* the last empty request */
    bool is_hasty;     /* it was answered at once, with nothing: the next one waits */
    struct buf items, texts;
    struct bosh_lane lanes[BOSH_LANES];
};

/* bosh.c */
/* Tells it, once. */
void bosh_lose(struct bosh *b, const char *why);

/* bosh_lanes.c */
/* The request whose answer is taken next; NULL: there is none. */
struct bosh_lane *bosh_oldest(struct bosh *b);
void bosh_clear_lane(struct bosh_lane *l);
/* It goes out once more (14.3), unless that was done often enough: then it is lost, for this reason. */
void bosh_retry(struct bosh *b, struct bosh_lane *l, const char *why, int64_t now_ms);

#endif
