/* SPDX-License-Identifier: MIT */
/*
 * memory: what an account remembers of its server between streams. The session owns one and lends it to each
 * stream in turn (stream_options.memory); it knows nothing of files, only of the text that goes there.
 *
 *   strongest   the strongest mechanism that was offered when a login worked: a later offer that has nothing
 *               as strong is refused (choice.c)
 *   mechanism, binding   with which the last login worked
 *   keys        of SCRAM, so that a reconnect computes no PBKDF2
 *   agent, inlines, token   of SASL2 and FAST (XEP-0388, XEP-0484): who we are, what the server does inside
 *               of a login, and with what the next one is done in one round trip
 *
 * The keys are not written down. They are as good as the password, and tied to it by a digest that would be
 * quick to guess passwords with; a process that starts anew can afford the milliseconds. The token is
 * written: the server takes it back whenever it wants, it is good for this server alone, and without it a
 * process that starts anew needs the whole login.
 */
#ifndef COUPLET_XMPP_MEMORY_H
#define COUPLET_XMPP_MEMORY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct memory;

struct memory *memory_new(void);
/* Whose it is, "user@example.org": written with it; then memory_read refuses what is another account's.
 * Copied. Without this it is anybody's. */
void memory_belongs_to(struct memory *m, const char *account);
void memory_free(struct memory *m); /* wipes; NULL accepted */

/* ---- logins ---- */

/* A login worked: with this mechanism and channel binding type (NULL: none); the strongest that was offered
 * and could be used. is_vouched: the server proved what it offers (XEP-0474), so that what was stronger
 * before is forgotten. Copied. */
void memory_logged_in(struct memory *m, const char *mechanism, const char *binding, const char *strongest,
                      bool is_vouched);
/* NULL: no login has worked yet. Borrowed until the next memory_logged_in or memory_read. */
const char *memory_mechanism(const struct memory *m);
const char *memory_binding(const struct memory *m); /* NULL: without */
const char *memory_strongest(const struct memory *m);
bool memory_is_vouched(const struct memory *m); /* at the last login */

/* What the server offered at the login that worked last, as choice_join_offers puts it; NULL: forgotten. It
 * is not written down. Copied. */
void memory_keep_offers(struct memory *m, const char *offers);
const char *memory_offers(const struct memory *m); /* or NULL */

/* ---- SCRAM's keys (RFC 5802 3: ClientKey, ServerKey) ---- */

enum { MEMORY_KEY_MAX = 64, MEMORY_SALT_MAX = 256 };

struct memory_keys {
    const char *hash; /* "SCRAM-SHA-256": literal */
    struct str salt;
    uint32_t iterations;
    const char *password; /* the keys of another one are not found, and dropped */
};

/* False when they are not known. Each key has `len` bytes. */
bool memory_find_keys(struct memory *m, const struct memory_keys *of, unsigned char *client_key,
                      unsigned char *server_key, size_t len);
/* In place of those that were kept before. */
void memory_keep_keys(struct memory *m, const struct memory_keys *of, const unsigned char *client_key,
                      const unsigned char *server_key, size_t len);
void memory_drop_keys(struct memory *m);

/* ---- SASL2 and FAST ---- */

/* The `id` of <user-agent/> (XEP-0388 2.3): a UUID of version 4, made at the first call. Borrowed. */
enum { MEMORY_AGENT_LEN = 36 };
const char *memory_agent(struct memory *m);

/* What the server did inside of a login when one worked; 0: unknown, so that nothing is asked for before the
 * features are there. */
enum {
    MEMORY_SASL2 = 1,
    MEMORY_BIND = 2,   /* Bind 2 (XEP-0386) … */
    MEMORY_ENABLE = 4, /* … with stream management (XEP-0198 9.1) */
    MEMORY_RESUME = 8, /* XEP-0198 9.2 */
};
unsigned memory_inlines(const struct memory *m);
void memory_keep_inlines(struct memory *m, unsigned inlines);

enum { MEMORY_TOKEN_MAX = 1024 };

struct memory_token { /* of FAST; a secret */
    const char *mechanism, *token;
    int64_t expires_s; /* since 1970 */
};

/* False when there is none. Borrowed until it is replaced or dropped. */
bool memory_find_token(const struct memory *m, struct memory_token *out);
/* Copied, in place of the one before; longer than MEMORY_TOKEN_MAX it is not kept. */
void memory_keep_token(struct memory *m, const char *mechanism, struct str token, int64_t expires_s);
void memory_drop_token(struct memory *m);
/* It is used once more: how often that makes, from 1 on (XEP-0484 3.4). */
uint32_t memory_count_token(struct memory *m);

/* ---- on disk ---- */

/* Lines of a key and its values. */
void memory_write(struct memory *m, struct buf *out);
/* Into a new memory. Lines whose key is not known are ignored: a later version wrote them. -1: line and
 * reason in err; what was read before it stays, if it is this account's. */
int memory_read(struct memory *m, struct str text, struct err *err);
bool memory_is_changed(const struct memory *m); /* since memory_write or memory_read */

#endif
