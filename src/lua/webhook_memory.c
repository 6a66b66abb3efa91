/* SPDX-License-Identifier: MIT */
/* On disk each is a pair of nobody's bot: 'M' or 'I', the digest, and of a mark "METHOD /path"; no value but
 * that it is there, until it expires. */
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
    if (w->done != NULL)
        w->done(w->ctx);
    mem_free(w);
}

static void submit(struct webhook_memory *m, struct pairs_batch *batch, void (*done)(void *ctx), void *ctx) {
    struct waiting *w = mem_new(struct waiting);
    *w = (struct waiting){m, done, ctx};
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
    submit(m, batch, done, ctx);
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

void webhook_memory_is_now_done(struct webhook_memory *m, const unsigned char key[SEEN_KEY_LEN],
                                void (*done)(void *ctx), void *ctx) {
    char bytes[1 + SEEN_KEY_LEN] = "I";
    int64_t expires_s = now_s() + DONE_S;
    seen_add(m->done, key, expires_s, now_s());
    if (m->db == NULL) {
        done(ctx);
        return;
    }
    struct pairs_batch *batch = pairs_batch_new(nobody);
    memcpy(bytes + 1, key, SEEN_KEY_LEN);
    pairs_put(batch, (struct str){bytes, sizeof(bytes)}, STR_LIT(""), expires_s * 1000);
    submit(m, batch, done, ctx);
}
