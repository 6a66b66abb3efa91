/* SPDX-License-Identifier: MIT */
#include "xml/guard.h"

#include <string.h>

enum {
    REFERENCE_MOST = 64, /* a longer "&…" is nothing that XML knows: expat may say so */
    CDATA_LEN = 9,       /* <![CDATA[ */
};

void guard_finish(struct guard *g) {
    buf_finish(&g->held);
    *g = (struct guard){0};
}

static enum guard_state in_tag(struct guard *g, char c) {
    if (g->token_len == 2 && c == '!')
        return GUARD_MARK;
    if (c != '"' && c != '\'')
        return c == '>' ? GUARD_TEXT : GUARD_TAG;
    g->quote = c;
    return GUARD_QUOTE;
}

static enum guard_state in_mark(struct guard *g, char c) {
    if (g->token_len == 3 && c != '[')
        g->refused = true;
    return g->refused || g->token_len == CDATA_LEN ? GUARD_TEXT : GUARD_MARK;
}

/* One byte of a token. */
static void step(struct guard *g, char c) {
    g->token_len++;
    switch (g->state) {
    case GUARD_TEXT: /* its first */
        g->state = c == '<' ? GUARD_TAG : GUARD_REFERENCE;
        break;
    case GUARD_TAG:
        g->state = in_tag(g, c);
        break;
    case GUARD_QUOTE:
        g->state = c == g->quote ? GUARD_TAG : GUARD_QUOTE;
        break;
    case GUARD_REFERENCE:
        g->state = c == ';' || g->token_len > REFERENCE_MOST ? GUARD_TEXT : GUARD_REFERENCE;
        break;
    case GUARD_MARK:
        g->state = in_mark(g, c);
        break;
    }
}

/* Walks the token that starts at `at`; returns where it ends, or NULL when it is not whole. */
static const char *token_end(struct guard *g, const char *at, const char *end) {
    g->token_len = 0;
    g->state = GUARD_TEXT;
    do
        step(g, *at++);
    while (at < end && g->state != GUARD_TEXT);
    return g->state == GUARD_TEXT ? at : NULL;
}

/* Past the first "<![CDATA[" (or what begins like it), or NULL. */
static const char *cdata_start(const char *bytes, const char *end) {
    for (const char *p = bytes; (p = memchr(p, '[', (size_t)(end - p))) != NULL; p++)
        if (p - bytes >= 2 && p[-1] == '!' && p[-2] == '<')
            return p - 2;
    return NULL;
}

static size_t rewind_to(struct guard *g, const char *bytes, const char *at) {
    g->state = GUARD_TEXT;
    g->token_len = 0;
    return (size_t)(at - bytes);
}

size_t guard_split(struct guard *g, const char *bytes, size_t len) {
    const char *end = bytes + len, *cdata = cdata_start(bytes, end), *after;
    const char *at = cdata ? cdata : memrchr(bytes, '<', len);
    if (at != NULL) {
        after = token_end(g, at, end);
        if (after == NULL || g->refused)
            return rewind_to(g, bytes, at);
        if (cdata != NULL)
            return (size_t)(after - bytes);
    } else {
        after = bytes;
    }
    at = memrchr(after, '&', (size_t)(end - after));
    return at == NULL || token_end(g, at, end) ? len : rewind_to(g, bytes, at);
}

size_t guard_hold(struct guard *g, const char *bytes, size_t len) {
    size_t n = 0;
    do
        step(g, bytes[n++]);
    while (n < len && g->state != GUARD_TEXT);
    buf_add(&g->held, bytes, n);
    return n;
}

size_t guard_cdata_end(const char *bytes, size_t len) {
    const char *end = memchr(bytes, '>', len);
    return end ? (size_t)(end + 1 - bytes) : len;
}
