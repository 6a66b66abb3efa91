/* SPDX-License-Identifier: MIT */
/*
 * auth: who may post, decided before anything else looks at a request. Secrets are compared by their digests,
 * in a time that says nothing about them (also not about their length).
 *
 *   bearer   Authorization: Bearer SECRET (RFC 6750 2.1)
 *   basic    Authorization: Basic base64(user:password) (RFC 7617)
 *   token    the secret in a header of its own, as GitLab does
 *   hmac     HMAC-SHA-256(secret, text) in a header (http/signature.h); the text is the body, or what `signs`
 *            makes of {body}, {timestamp} and {id}
 *
 * A signed request is taken once: within the window, the same signature (or id) is a replay. Where a
 * timestamp is signed, one that is out of the window is refused, and so nothing can be played again after it.
 * An id is no replay where it is signed as Standard Webhooks does: there it is the same when a sender comes
 * again, and what came of it then is the business of whoever takes the request.
 */
#ifndef COUPLET_HTTP_AUTH_H
#define COUPLET_HTTP_AUTH_H

#include "base/str.h"
#include "http/seen.h"

#include <stdbool.h>
#include <stdint.h>

enum auth_kind { AUTH_NONE, AUTH_BEARER, AUTH_BASIC, AUTH_TOKEN, AUTH_HMAC };

struct auth_options { /* strings are copied */
    enum auth_kind kind;
    const char *secret;
    const char *user;                                 /* of basic */
    const char *header;                               /* of token and hmac */
    const char *timestamp_header, *id_header, *signs; /* of hmac; NULL: none */
    bool is_standard; /* of hmac: a secret and signatures of Standard Webhooks */
    int64_t window_s;
};

struct auth;

struct auth *auth_new(const struct auth_options *options);
void auth_free(struct auth *a); /* wipes the secret; NULL accepted */

/* What of a request it looks at; .s NULL: that header is absent. */
struct auth_claim {
    struct str authorization, header, timestamp, id;
};
/* The header that the claim's `header`, `timestamp`, `id` are of; NULL: none. */
const char *auth_header(const struct auth *a);
const char *auth_timestamp_header(const struct auth *a);
const char *auth_id_header(const struct auth *a);
/* The challenge for WWW-Authenticate (RFC 9110 11.6.1). */
const char *auth_challenge(const struct auth *a);

enum auth_verdict {
    AUTH_GOOD,
    AUTH_ABSENT, /* 401: nothing, or nothing of that kind, was shown */
    AUTH_WRONG,  /* 401 */
    AUTH_STALE,  /* 403: the timestamp is out of the window, or none */
    AUTH_REPLAY  /* 403: it was there before */
};

/* Before the body is there: all but the signature. */
enum auth_verdict auth_check_head(const struct auth *a, const struct auth_claim *claim, int64_t now_s);
/* With the body; only of hmac there is something left to see. mark: what to remember of a request that is
 * AUTH_GOOD; nothing is remembered here. */
struct auth_mark {
    unsigned char keys[2][SEEN_KEY_LEN];
    size_t count;
    int64_t expires_s;
};
enum auth_verdict auth_check_body(const struct auth *a, const struct auth_claim *claim, struct str body,
                                  int64_t now_s, struct auth_mark *mark);
/* From now on it is a replay; until auth_forget. */
void auth_remember(struct auth *a, const struct auth_mark *mark, int64_t now_s);
/* One of the keys of a mark, which an earlier process has kept. */
void auth_recall(struct auth *a, const unsigned char key[SEEN_KEY_LEN], int64_t expires_s, int64_t now_s);
/* It was not taken after all: the sender may come again. */
void auth_forget(struct auth *a, const struct auth_mark *mark);

#endif
