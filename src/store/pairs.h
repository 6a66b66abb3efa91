/* SPDX-License-Identifier: MIT */
/*
 * pairs: what a bot keeps by key (bot.store): bytes to bytes, with an optional expiry. Whoever uses it has
 * all of it in memory; here is only the way to the disk. A batch is written whole or not at all.
 */
#ifndef COUPLET_STORE_PAIRS_H
#define COUPLET_STORE_PAIRS_H

#include "base/str.h"
#include "store/database.h"

#include <stdint.h>

enum { PAIRS_LEN_MAX = 1 << 20 }; /* of one key and its value */

struct pairs_batch;
typedef void pairs_done(void *ctx, struct pairs_batch *batch, const struct err *failed);
typedef void pairs_fn(void *ctx, struct str key, struct str value, int64_t expires_ms);

/* Everything that has not expired by now_ms; waits for the disk. Nothing where there is no file. -1: err. */
int pairs_load(struct database *db, const char *bot, int64_t now_ms, pairs_fn *fn, void *ctx,
               struct err *err);

/* What has expired by now_ms goes, some time. */
void pairs_sweep(struct database *db, const char *bot, int64_t now_ms);

struct pairs_batch *pairs_batch_new(const char *bot);
void pairs_batch_free(struct pairs_batch *b); /* one that was not submitted */
/* value.s NULL: the key goes. Copied. expires_ms since 1970; 0: never. */
void pairs_put(struct pairs_batch *b, struct str key, struct str value, int64_t expires_ms);
/* Its keys, in the order of putting. */
void pairs_each_key(const struct pairs_batch *b, void (*fn)(void *ctx, struct str key), void *ctx);
/* The batch belongs to the database until done, after which it is gone. */
void pairs_submit(struct database *db, struct pairs_batch *b, pairs_done *done, void *ctx);

#endif
