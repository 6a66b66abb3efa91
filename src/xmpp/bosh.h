/* SPDX-License-Identifier: MIT */
/*
 * bosh: XMPP in the bodies of HTTP requests (XEP-0124, XEP-0206), sans I/O. It stands between a stream whose
 * framing is that of RFC 7395 and whoever can POST: what the stream says, message by message, is put into
 * <body/>s, each with the next number (rid); what the answers hold is given to the stream, element by
 * element, in the order of the numbers. <open/> becomes the creation of the session, or `restart`, <close/>
 * becomes `terminate`, and the other way round. So the stream knows nothing of BOSH, and HTTP is not known
 * here.
 *
 *   bosh_write        -> bosh_next: a body, and which of the two lanes it goes over
 *   an answer         -> bosh_answered -> message… (lost)
 *   no answer         -> bosh_failed: the same body goes out again, a few times (14.3)
 *   bosh_due_ms       -> bosh_next once more
 *
 * One request is always with the server, for it to answer when it has something to say (4); the other lane is
 * for what we have to say meanwhile. Nothing follows a creation or a restart before its answer is there.
 * Refused: a body that is not one whole <body/> of the right namespace, restricted XML (RFC 6120 11.1), texts
 * between stanzas, session attributes that are none, an acknowledgement of what was never sent.
 */
#ifndef COUPLET_XMPP_BOSH_H
#define COUPLET_XMPP_BOSH_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { BOSH_LANES = 2 };

struct bosh_options { /* strings are copied */
    const char *domain;
    const char *from;    /* bare JID; NULL: not told */
    const char *lang;    /* NULL: "en" */
    bool is_secure;      /* the way to the server is */
    uint64_t rid;        /* the first; 0: a random one */
    uint32_t timeout_ms; /* for an answer, beyond what the server may hold it; 0: 15000 */
};

struct bosh_callbacks {
    /* One element, whole, for a stream in messages. */
    void (*message)(void *ctx, const char *text, size_t len);
    /* The session is gone, without a word that a stream could understand; why: for people. Nothing more goes
     * out. */
    void (*lost)(void *ctx, const char *why);
};

struct bosh;

struct bosh *bosh_new(const struct bosh_options *options, const struct bosh_callbacks *callbacks, void *ctx);
void bosh_free(struct bosh *b); /* NULL accepted; not in a callback */
/* One message of the stream: <open/>, <close/>, or an element. Copied. */
void bosh_write(struct bosh *b, const char *text, size_t len);
/* The next body that is to go out now, on a lane that is free, or whose request came to nothing: false when
 * there is none. Valid until that lane has its answer. */
bool bosh_next(struct bosh *b, int64_t now_ms, size_t *lane, struct str *body);
/* That body is on its way: written to a connection that stands. One that goes out once more overtakes none;
 * until this is said of it, nothing new goes out (14.2: some servers forget a request whose connection broke
 * once they have seen a later one). */
void bosh_sent(struct bosh *b, size_t lane);
/* When to ask bosh_next again even if nothing happens; INT64_MAX: never. */
int64_t bosh_due_ms(const struct bosh *b);
/* What came back for the body of that lane. status: of HTTP. A lane that waits for nothing: ignored. */
void bosh_answered(struct bosh *b, size_t lane, unsigned status, const char *bytes, size_t len,
                   int64_t now_ms);
/* Nothing came back; is_final: nor will it another time. */
void bosh_failed(struct bosh *b, size_t lane, const char *why, bool is_final, int64_t now_ms);
/* The stream has said its last word, which has not been answered yet. */
bool bosh_is_closing(const struct bosh *b);

#endif
