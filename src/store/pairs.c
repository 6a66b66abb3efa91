/* SPDX-License-Identifier: MIT */
#include "store/pairs.h"

#include "base/mem.h"
#include "store/sqlite.h"

struct pair {
    char *key, *value; /* owned; value NULL: it goes */
    size_t key_len, value_len;
    int64_t expires_ms;
};

struct pairs_batch {
    struct database_op op; /* first */
    char *bot;
    struct pair *list;
    size_t count, cap;
    int64_t now_ms; /* of a load */
    pairs_done *done;
    void *ctx;
};

/* ---- a batch ---- */

struct pairs_batch *pairs_batch_new(const char *bot) {
    struct pairs_batch *b = mem_new(struct pairs_batch);
    b->bot = mem_strdup(bot);
    return b;
}

void pairs_batch_free(struct pairs_batch *b) {
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->count; i++) {
        mem_free(b->list[i].key);
        mem_free(b->list[i].value);
    }
    mem_free(b->list);
    mem_free(b->bot);
    mem_free(b);
}

void pairs_put(struct pairs_batch *b, struct str key, struct str value, int64_t expires_ms) {
    if (b->count == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 4;
        b->list = mem_array(b->list, b->cap, sizeof(*b->list));
    }
    b->list[b->count++] = (struct pair){.key = mem_strndup(key.s, key.len),
                                        .key_len = key.len,
                                        .value = value.s != NULL ? mem_strndup(value.s, value.len) : NULL,
                                        .value_len = value.len,
                                        .expires_ms = expires_ms};
}

void pairs_each_key(const struct pairs_batch *b, void (*fn)(void *ctx, struct str key), void *ctx) {
    for (size_t i = 0; i < b->count; i++)
        fn(ctx, (struct str){b->list[i].key, b->list[i].key_len});
}

/* ---- writing ---- */

static int write_pair(struct sqlite_conn *c, const char *bot, const struct pair *p, struct err *err) {
    sqlite3_stmt *s =
        p->value != NULL
            ? sqlite_want(
                  c,
                  "INSERT INTO pairs (bot, key, value, expires) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (bot, "
                  "key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
                  err)
            : sqlite_want(c, "DELETE FROM pairs WHERE bot = ?1 AND key = ?2", err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(bot));
    sqlite_bind_bytes(c, s, 2, (struct str){p->key, p->key_len});
    if (p->value != NULL) {
        sqlite_bind_bytes(c, s, 3, (struct str){p->value, p->value_len});
        sqlite_bind_int(c, s, 4, p->expires_ms);
    }
    return sqlite_do(c, s, err);
}

static int run_write(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    const struct pairs_batch *b = (struct pairs_batch *)op;
    int r = 0;
    for (size_t i = 0; r == 0 && i < b->count; i++)
        r = write_pair(c, b->bot, &b->list[i], err);
    return r;
}

static void on_written(struct database_op *op, const struct err *failed) {
    struct pairs_batch *b = (struct pairs_batch *)op;
    b->done(b->ctx, b, failed);
    pairs_batch_free(b);
}

void pairs_submit(struct database *db, struct pairs_batch *b, pairs_done *done, void *ctx) {
    b->op.run = run_write;
    b->op.done = on_written;
    b->done = done;
    b->ctx = ctx;
    database_submit(db, &b->op);
}

/* ---- reading ---- */

static int delete_expired(struct sqlite_conn *c, const struct pairs_batch *b, struct err *err) {
    sqlite3_stmt *s =
        sqlite_want(c, "DELETE FROM pairs WHERE bot = ?1 AND expires > 0 AND expires <= ?2", err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(b->bot));
    sqlite_bind_int(c, s, 2, b->now_ms);
    return sqlite_do(c, s, err);
}

static int run_load(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    struct pairs_batch *b = (struct pairs_batch *)op;
    int r = delete_expired(c, b, err);
    sqlite3_stmt *s =
        r == 0 ? sqlite_want(c, "SELECT key, value, expires FROM pairs WHERE bot = ?1", err) : NULL;
    if (s == NULL)
        return -1;
    for (; b->count > 0; b->count--) { /* of a first run in vain */
        mem_free(b->list[b->count - 1].key);
        mem_free(b->list[b->count - 1].value);
    }
    sqlite_bind_str(c, s, 1, str_of(b->bot));
    while ((r = sqlite_next(c, s, err)) == 1)
        pairs_put(b, sqlite_str(c, s, 0), sqlite_str(c, s, 1), sqlite_int(c, s, 2));
    return r;
}

int pairs_load(struct database *db, const char *bot, int64_t now_ms, pairs_fn *fn, void *ctx,
               struct err *err) {
    if (!database_exists(db))
        return 0;
    struct pairs_batch *b = pairs_batch_new(bot);
    b->op.run = run_load;
    b->now_ms = now_ms;
    int r = database_wait(db, &b->op, err);
    for (size_t i = 0; r == 0 && i < b->count; i++)
        fn(ctx, (struct str){b->list[i].key, b->list[i].key_len},
           (struct str){b->list[i].value, b->list[i].value_len}, b->list[i].expires_ms);
    pairs_batch_free(b);
    return r;
}

/* ---- what has expired ---- */

static int run_sweep(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    return delete_expired(c, (struct pairs_batch *)op, err);
}

static void on_swept(struct database_op *op, const struct err *failed) {
    (void)failed; /* the next one gets it */
    pairs_batch_free((struct pairs_batch *)op);
}

void pairs_sweep(struct database *db, const char *bot, int64_t now_ms) {
    struct pairs_batch *b = pairs_batch_new(bot);
    b->op.run = run_sweep;
    b->op.done = on_swept;
    b->now_ms = now_ms;
    database_submit(db, &b->op);
}
