/* SPDX-License-Identifier: MIT */
/*
 * webhook_memory: which requests were done, so that they are not done twice: the marks of signed ones
 * (http/auth.h), and keys that senders chose: the header Idempotency-Key, or else webhook-id, which Standard
 * Webhooks makes the same each time that a sender tries. In memory, and on disk beside the outbox: a process
 * that is killed leaves it to the next.
 */
#ifndef COUPLET_LUA_WEBHOOK_MEMORY_H
#define COUPLET_LUA_WEBHOOK_MEMORY_H

#include "http/http.h"
#include "store/database.h"

struct webhook_memory;

/* db may be NULL: nothing outlives the process. */
struct webhook_memory *webhook_memory_new(struct http_server *server, struct database *db, struct log *log);
void webhook_memory_free(struct webhook_memory *m); /* after the database; NULL accepted */
/* What earlier processes have left; before the loop runs, when the routes are there. */
void webhook_memory_load(struct webhook_memory *m);

/* The mark of a request that is handed over. True: done is called once the disk has it, or refused it (which
 * is logged); false: there is nothing to write. */
bool webhook_memory_mark(struct webhook_memory *m, const struct http_request *r, void (*done)(void *ctx),
                         void *ctx);
/* It was not taken after all. */
void webhook_memory_unmark(struct webhook_memory *m, const struct http_request *r);

/* The digest of a request's key, of its route alone; false: it has none. */
bool webhook_memory_key(const struct http_request *r, unsigned char key[SEEN_KEY_LEN]);
/* The digest of the nth message (0 for the first) that says this, of a request with that key. */
void webhook_memory_message_key(const unsigned char key[SEEN_KEY_LEN], struct str message, unsigned nth,
                                unsigned char digest[SEEN_KEY_LEN]);
bool webhook_memory_is_done(const struct webhook_memory *m, const unsigned char key[SEEN_KEY_LEN]);
/* It is, for a day, with what else goes to the disk in this turn. done (may be NULL) is called when the disk
 * has it, or refused it, which is logged and makes it undone. */
void webhook_memory_do(struct webhook_memory *m, const unsigned char key[SEEN_KEY_LEN],
                       void (*done)(void *ctx), void *ctx);
/* It is not after all. */
void webhook_memory_undo(struct webhook_memory *m, const unsigned char key[SEEN_KEY_LEN]);

#endif
