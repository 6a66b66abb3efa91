/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>

void buf_init(struct buf *b) {
    memset(b, 0, sizeof(*b));
}

void buf_finish(struct buf *b) {
    mem_free(b->data);
    buf_init(b);
}

/* Consumed bytes are reclaimed only when that saves growing: a memmove for each small read would cost more.
 */
static void compact(struct buf *b) {
    memmove(b->data, b->data + b->start, b->len - b->start + 1);
    b->len -= b->start;
    b->start = 0;
}

char *buf_reserve(struct buf *b, size_t extra) {
    if (b->start > 0 && b->len + extra + 1 > b->cap)
        compact(b);
    if (b->len + extra + 1 > b->cap) {
        size_t cap = b->cap ? b->cap : 64;
        while (cap < b->len + extra + 1)
            cap += cap / 2 + 64;
        b->data = mem_realloc(b->data, cap);
        b->cap = cap;
    }
    return b->data + b->len;
}

void buf_commit(struct buf *b, size_t len) {
    assert(b->len + len < b->cap);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const void *bytes, size_t len) {
    char *to = buf_reserve(b, len);
    if (len > 0)
        memcpy(to, bytes, len);
    buf_commit(b, len);
}

void buf_adds(struct buf *b, const char *s) {
    buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c) {
    buf_add(b, &c, 1);
}

void buf_addv(struct buf *b, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    assert(len >= 0);
    vsnprintf(buf_reserve(b, (size_t)len), (size_t)len + 1, fmt, again);
    buf_commit(b, (size_t)len);
    va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    buf_addv(b, fmt, ap);
    va_end(ap);
}

void buf_consume(struct buf *b, size_t len) {
    assert(len <= buf_len(b));
    b->start += len;
    if (b->start == b->len)
        buf_clear(b);
}

void buf_cut(struct buf *b, size_t len) {
    assert(len <= buf_len(b));
    b->len = b->start + len;
    if (b->data != NULL)
        b->data[b->len] = '\0';
}

void buf_clear(struct buf *b) {
    b->start = b->len = 0;
    if (b->data != NULL)
        b->data[0] = '\0';
}

void buf_release(struct buf *b, size_t keep) {
    if (b->cap > keep)
        buf_finish(b);
    else
        buf_clear(b);
}

char *buf_detach(struct buf *b) {
    char *s;
    if (b->data == NULL)
        return mem_strndup("", 0);
    compact(b);
    s = b->data;
    buf_init(b);
    return s;
}
