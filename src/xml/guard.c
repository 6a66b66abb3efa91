/* SPDX-License-Identifier: MIT */
#include "xml/guard.h"

#include <string.h>

enum {
    CDATA_LEN = 9,          /* <![CDATA[ */
    XML_LEN = 6,            /* <?xml and a blank */
    DECLARATION_MOST = 256, /* nobody needs a longer one, and expat would scan it again and again */
};

void guard_finish(struct guard *g) {
    buf_finish(&g->held);
    *g = (struct guard){0};
}

static enum guard_state in_tag(struct guard *g, char c) {
    if (g->token_len == 2 && c == '!')
        return GUARD_MARK;
    if (g->token_len == 2 && c == '?')
        return GUARD_DECLARATION;
    if (c != '"' && c != '\'')
        return c == '>' || c == '<' ? GUARD_TEXT : GUARD_TAG;
    g->quote = c;
    return GUARD_QUOTE;
}

static enum guard_state in_mark(struct guard *g, char c) {
    if (g->token_len == 3 && c != '[')
        g->refused = c == '-' ? "a comment" : "a document type declaration";
    return g->refused || g->token_len == CDATA_LEN ? GUARD_TEXT : GUARD_MARK;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum guard_state in_declaration(struct guard *g, char c) {
    char last = g->last;
    size_t len = g->token_len;
    g->last = c;
    if (len < XML_LEN ? c != "<?xml"[len - 1] : len == XML_LEN ? !is_blank(c) : len > DECLARATION_MOST)
        g->refused = "a processing instruction";
    return g->refused || (last == '?' && c == '>') ? GUARD_TEXT : GUARD_DECLARATION;
}

/* A reference is a name or a number: anything that ends both ends it. */
static enum guard_state in_reference(char c) {
    return strchr(";<&>'\"", c) || is_blank(c) ? GUARD_TEXT : GUARD_REFERENCE;
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
        g->state = c == g->quote ? GUARD_TAG : c == '<' ? GUARD_TEXT : GUARD_QUOTE;
        break;
    case GUARD_REFERENCE:
        g->state = in_reference(c);
        break;
    case GUARD_MARK:
        g->state = in_mark(g, c);
        break;
    case GUARD_DECLARATION:
        g->state = in_declaration(g, c);
        break;
    }
}

static void start(struct guard *g, char first) {
    g->state = GUARD_TEXT;
    g->token_len = 0;
    g->last = '\0';
    g->refused = NULL;
    step(g, first);
}

/* Where a tag without quotes ends, which most last tokens are, being end tags; NULL: look closer. */
static const char *plain_tag_end(const char *at, const char *end) {
    const char *p = at + 1;
    if (*at != '<' || p == end || *p == '!' || *p == '?')
        return NULL;
    while (p < end && *p != '>' && *p != '"' && *p != '\'' && *p != '<')
        p++;
    return p < end && *p == '>' ? p + 1 : NULL;
}

/* Walks the token that starts at `at`; returns where it ends, or NULL when it is not whole: then the guard
 * stands behind its first byte. */
static const char *token_end(struct guard *g, const char *at, const char *end) {
    const char *p = plain_tag_end(at, end);
    if (p != NULL)
        return p;
    p = at;
    start(g, *p++);
    while (p < end && g->state != GUARD_TEXT)
        step(g, *p++);
    if (g->state == GUARD_TEXT && g->refused == NULL)
        return p;
    start(g, *at);
    return NULL;
}

/* Where "<" and c stand first before `end`; or `end`. */
static const char *find_mark(const char *bytes, const char *end, char c) {
    for (const char *p = bytes; (p = memchr(p, c, (size_t)(end - p))) != NULL; p++)
        if (p > bytes && p[-1] == '<')
            return p - 1;
    return end;
}

size_t guard_split(struct guard *g, const char *bytes, size_t len) {
    const char *end = bytes + len, *after = bytes;
    const char *mark = find_mark(bytes, find_mark(bytes, end, '!'), '?');
    const char *at = mark < end ? mark : memrchr(bytes, '<', len);
    if (at != NULL && (after = token_end(g, at, end)) == NULL)
        return (size_t)(at + 1 - bytes);
    if (mark < end)
        return (size_t)(after - bytes);
    at = memrchr(after, '&', (size_t)(end - after));
    if (at != NULL && token_end(g, at, end) == NULL)
        return (size_t)(at + 1 - bytes);
    return len;
}

/* A '<' or '&' that ended a token, which cannot be XML then, begins the next one, as guard_split sees it. */
size_t guard_hold(struct guard *g, const char *bytes, size_t len) {
    size_t n = 0;
    do
        step(g, bytes[n++]);
    while (n < len && g->state != GUARD_TEXT);
    buf_add(&g->held, bytes, n);
    g->is_whole = g->state == GUARD_TEXT && g->refused == NULL;
    if (g->is_whole && (bytes[n - 1] == '<' || bytes[n - 1] == '&'))
        start(g, bytes[n - 1]);
    return n;
}

size_t guard_cdata_end(const char *bytes, size_t len) {
    const char *end = memchr(bytes, '>', len);
    return end ? (size_t)(end + 1 - bytes) : len;
}
