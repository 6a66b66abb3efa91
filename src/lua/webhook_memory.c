/* SPDX-License-Identifier: MIT */
/* On disk each is a pair of nobody's bot: 'M' or 'I', the digest, and of a mark "METHOD /path"; no value but
 * that it is there, until it expires. 'I' is of a request's key, and of a message that was said before its
 * request was done: that one is on disk with the message, this one with what the handler put into bot.store
 * at last, so that a kill between any two of them repeats nothing. */
#include "lua/webhook_memory.h"

#include "base/buf.h"
#include "base/mem.h"
#include "http/seen.h"
#include "store/pairs.h"

#include <openssl/sha.h>
#include <time.h>

enum { DONE_MOST = 1 << 17, DONE_S = 86400, SWEEP_EACH = 1024, KEY_MOST = 256, METHOD_MOST = 16 };

static const char nobody[] = ".webhooks"; /* in place of a bot's name */

struct webhook_memory {
    struct http_server *server;
    struct database *db;
    struct log *log;
    struct seen *done;
    unsigned written; /* since the last sweep */
};

struct waiting {
    struct webhook_memory *m;
    void (*done)(void *ctx); /* NULL: nobody waits */
    void *ctx;
    bool is_key; /* done when it is on disk */
    unsigned char key[SEEN_KEY_LEN];
};

struct webhook_memory *webhook_memory_new(struct http_server *server, struct database *db, struct log *log) {
    struct webhook_memory *m = mem_new(struct webhook_memory);
    *m = (struct webhook_memory){server, db, log, seen_new(DONE_MOST), 0};
    return m;
}

void webhook_memory_free(struct webhook_memory *m) {
    if (m == NULL)
        return;
    seen_free(m->done);
    mem_free(m);
}

static int64_t now_s(void) {
    return (int64_t)time(NULL);
}

/* ---- from the disk ---- */

static void recall_mark(struct webhook_memory *m, struct str key, int64_t expires_s) {
    char method[METHOD_MOST];
    struct str rest = {key.s + 1 + SEEN_KEY_LEN, key.len - 1 - SEEN_KEY_LEN};
    const char *blank = memchr(rest.s, ' ', rest.len);
    size_t len = blank != NULL ? (size_t)(blank - rest.s) : sizeof(method);
    if (len >= sizeof(method))
        return;
    memcpy(method, rest.s, len);
    method[len] = '\0';
    http_server_recall(m->server, method, (struct str){blank + 1, rest.len - len - 1},
                       (const unsigned char *)key.s + 1, expires_s);
}

static void recall(void *ctx, struct str key, struct str value, int64_t expires_ms) {
    struct webhook_memory *m = ctx;
    (void)value;
    if (key.len <= SEEN_KEY_LEN)
        return;
    if (key.s[0] == 'M')
        recall_mark(m, key, expires_ms / 1000);
    else if (key.s[0] == 'I')
        seen_add(m->done, (const unsigned char *)key.s + 1, expires_ms / 1000, now_s());
}

void webhook_memory_load(struct webhook_memory *m) {
    struct err err = ERR_INIT;
    if (m->db != NULL && pairs_load(m->db, nobody, now_s() * 1000, recall, m, &err) < 0)
        log_error(m->log, "http", "which webhooks were done before cannot be read: %s", err.text);
}

/* ---- to the disk ---- */

static void on_written(void *ctx, struct pairs_batch *batch, const struct err *failed) {
    struct waiting *w = ctx;
    (void)batch;
    if (failed != NULL)
        log_error(w->m->log, "http", "that a webhook was done is not on disk: %s", failed->text);
    else if (w->is_key)
        seen_add(w->m->done, w->key, now_s() + DONE_S, now_s());
    if (w->done != NULL)
        w->done(w->ctx);
    mem_free(w);
}

static void submit(struct webhook_memory *m, struct pairs_batch *batch, const struct waiting *waiting) {
    struct waiting *w = mem_new(struct waiting);
    *w = *waiting;
    pairs_submit(m->db, batch, on_written, w);
    if (++m->written < SWEEP_EACH)
        return;
    m->written = 0;
    pairs_sweep(m->db, nobody, now_s() * 1000);
}

/* value: of the pair; .s NULL: it goes. */
static bool put_marks(struct webhook_memory *m, const struct http_request *r, struct str value,
                      void (*done)(void *ctx), void *ctx) {
    const struct auth_mark *mark = http_request_mark(r);
    struct buf key = BUF_INIT;
    if (mark->count == 0 || m->db == NULL)
        return false;
    struct pairs_batch *batch = pairs_batch_new(nobody);
    for (size_t i = 0; i < mark->count; i++) {
        buf_clear(&key);
        buf_addc(&key, 'M');
        buf_add(&key, mark->keys[i], SEEN_KEY_LEN);
        buf_addf(&key, "%s ", http_request_method(r));
        buf_add(&key, http_request_path(r).s, http_request_path(r).len);
        pairs_put(batch, (struct str){buf_data(&key), buf_len(&key)}, value, mark->expires_s * 1000);
    }
    buf_finish(&key);
    submit(m, batch, &(struct waiting){.m = m, .done = done, .ctx = ctx});
    return true;
}

bool webhook_memory_mark(struct webhook_memory *m, const struct http_request *r, void (*done)(void *ctx),
                         void *ctx) {
    return put_marks(m, r, STR_LIT(""), done, ctx);
}

void webhook_memory_unmark(struct webhook_memory *m, const struct http_request *r) {
    put_marks(m, r, STR_NONE, NULL, NULL);
}

/* ---- keys of senders ---- */

bool webhook_memory_key(const struct http_request *r, unsigned char key[SEEN_KEY_LEN]) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct str stated = http_request_header(r, "Idempotency-Key"), path = http_request_path(r);
    if (stated.s == NULL)
        stated = http_request_header(r, "webhook-id");
    struct buf text = BUF_INIT;
    if (stated.s == NULL || stated.len == 0 || stated.len > KEY_MOST)
        return false;
    buf_addf(&text, "%s ", http_request_method(r));
    buf_add(&text, path.s, path.len);
    buf_addc(&text, '\n');
    buf_add(&text, stated.s, stated.len);
    SHA256((const unsigned char *)buf_data(&text), buf_len(&text), digest);
    memcpy(key, digest, SEEN_KEY_LEN);
    buf_finish(&text);
    return true;
}

bool webhook_memory_is_done(const struct webhook_memory *m, const unsigned char key[SEEN_KEY_LEN]) {
    return seen_has(m->done, key, now_s());
}

void webhook_memory_message_key(const unsigned char key[SEEN_KEY_LEN], struct str message, unsigned nth,
                                unsigned char digest[SEEN_KEY_LEN]) {
    unsigned char whole[SHA256_DIGEST_LENGTH];
    struct buf text = BUF_INIT;
    buf_add(&text, key, SEEN_KEY_LEN);
    buf_addf(&text, "%u\n", nth);
    buf_add(&text, message.s, message.len);
    SHA256((const unsigned char *)buf_data(&text), buf_len(&text), whole);
    memcpy(digest, whole, SEEN_KEY_LEN);
    buf_finish(&text);
}

static void put_key(struct webhook_memory *m, struct str value, const struct waiting *w) {
    char bytes[1 + SEEN_KEY_LEN] = "I";
    struct pairs_batch *batch = pairs_batch_new(nobody);
    memcpy(bytes + 1, w->key, SEEN_KEY_LEN);
    pairs_put(batch, (struct str){bytes, sizeof(bytes)}, value, (now_s() + DONE_S) * 1000);
    submit(m, batch, w);
}

void webhook_memory_do(struct webhook_memory *m, const unsigned char key[SEEN_KEY_LEN],
                       void (*done)(void *ctx), void *ctx) {
    struct waiting w = {.m = m, .done = done, .ctx = ctx, .is_key = true};
    memcpy(w.key, key, SEEN_KEY_LEN);
    if (m->db != NULL) {
        put_key(m, STR_LIT(""), &w);
        return;
    }
    seen_add(m->done, key, now_s() + DONE_S, now_s());
    if (done != NULL)
        done(ctx);
}

void webhook_memory_undo(struct webhook_memory *m, const unsigned char key[SEEN_KEY_LEN]) {
    struct waiting w = {.m = m};
    memcpy(w.key, key, SEEN_KEY_LEN);
    seen_drop(m->done, key);
    if (m->db != NULL)
        put_key(m, STR_NONE, &w);
}
