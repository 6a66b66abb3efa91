/* SPDX-License-Identifier: MIT */
/* bosh_body: one <body/> of XEP-0124, written and read. For bosh.c, its tests and its fuzzer. */
#ifndef COUPLET_XMPP_BOSH_BODY_H
#define COUPLET_XMPP_BOSH_BODY_H

#include "base/buf.h"
#include "base/err.h"
#include "xml/parse.h"
#include "xmpp/bosh.h"

#define BOSH_RID_MOST 9007199254740991u /* 14.1: 2^53 - 1 */

enum {
    BOSH_BODY_MOST = 1 << 20, /* bytes of an answer */
    BOSH_SID_MOST = 512,
    BOSH_WAIT_S = 60, /* that we let the server hold a request */
};

enum bosh_type { BOSH_PLAIN, BOSH_TERMINATE, BOSH_ERROR };

struct bosh_answer { /* strings are the parser's, until its next use; .s NULL where there is none */
    const struct xml_node *body;
    enum bosh_type type;
    struct str condition, uri;                   /* of a type other than PLAIN */
    struct str sid, from, authid, lang, version; /* of a session's creation, as all below */
    uint32_t wait_s, hold, requests, polling_s;
    bool has_ack;
    uint64_t ack;
};

/* A parser for bosh_read. */
struct xml_parser *bosh_parser_new(void);
/* -1: it is not one whole <body/>, or not in order; err goes on after "the server's answer". */
int bosh_read(struct xml_parser *p, const char *bytes, size_t len, struct bosh_answer *out, struct err *err);
/* What the body means as an element for a stream in messages (RFC 7395): the header … */
void bosh_read_open(const struct bosh_answer *a, bool is_restart, struct buf *out);
/* … and the end: a stream error, or <close/>. */
void bosh_read_end(const struct bosh_answer *a, struct buf *out);

struct bosh_request {
    uint64_t rid, ack; /* ack: 0 for none */
    const char *sid;
    bool is_restart, is_end;
    const char *domain; /* with is_restart */
    const char *lang;
    struct str payload;
};
/* 7.1, XEP-0206 3: the creation of a session. */
void bosh_write_creation(struct buf *out, const struct bosh_options *o, uint64_t rid);
void bosh_write_body(struct buf *out, const struct bosh_request *r);

#endif
