/* SPDX-License-Identifier: MIT */
/*
 * buf: a growing byte string.
 *
 * Invariants: data[len] is always NUL when data is not NULL; len <= cap; bytes before `start`
 * are consumed. An empty buffer may hold no memory at all (data == NULL), so an idle
 * connection costs nothing; read it through buf_data(), never data directly.
 */
#ifndef COUPLET_BASE_BUF_H
#define COUPLET_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct buf {
    char *data;   /* owned */
    size_t start; /* consumed bytes at the front */
    size_t len;   /* end of the content, counted from data */
    size_t cap;
};

#define BUF_INIT                                                                                             \
    { NULL, 0, 0, 0 }

void buf_init(struct buf *b);
void buf_finish(struct buf *b);
/* Room for `extra` more bytes; returns where to write them (then buf_commit). */
char *buf_reserve(struct buf *b, size_t extra);
void buf_commit(struct buf *b, size_t len);
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *b, const char *fmt, va_list ap);
/* Forget the first len bytes (len <= buf_len). */
void buf_consume(struct buf *b, size_t len);
/* Forgets what was added after the content had `len` bytes (len <= buf_len). */
void buf_cut(struct buf *b, size_t len);
/* Empty it, keep the memory. */
void buf_clear(struct buf *b);
/* Empty it and give memory above `keep` bytes back. */
void buf_release(struct buf *b, size_t keep);
/* The content as a string of the caller's (owned, NUL-terminated); the buffer is empty afterwards. */
char *buf_detach(struct buf *b);

static inline const char *buf_data(const struct buf *b) {
    return b->data ? b->data + b->start : "";
}

static inline size_t buf_len(const struct buf *b) {
    return b->len - b->start;
}

#define buf_lit(b, literal) buf_add((b), "" literal, sizeof(literal) - 1)

#endif
