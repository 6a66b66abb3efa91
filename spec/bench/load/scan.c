/* SPDX-License-Identifier: MIT */
/*
 * scan: finds where stanzas begin and end, by tags alone, much quicker than a parser would: the load server
 * must be faster than the fastest bot that it measures.
 *
 * It does not check well-formedness, names or namespaces, and knows no CDATA, comments or DTDs: no bot under
 * test sends them.
 */
#include "load/load.h"

#include <string.h>

/* One past the '>' of the tag that begins at `at`, or NULL when it is not whole. '>' may stand in a value. */
static const char *tag_end(const char *at, const char *end) {
    char quote = 0;

    for (; at < end; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '\'' || *at == '"')
            quote = *at;
        else if (*at == '>')
            return at + 1;
    }
    return NULL;
}

/* Takes one whole tag in; SCAN_MORE here means "nothing complete yet, go on". */
static enum scan_kind take_tag(struct scan *s, const char *bytes, const char *tag, const char *after) {
    bool is_empty = after[-2] == '/';

    if (tag[1] == '?' || tag[1] == '!')
        return SCAN_MORE;
    if (tag[1] == '/') {
        s->depth--;
        return s->depth == 0 ? SCAN_END : s->depth == 1 ? SCAN_STANZA : SCAN_MORE;
    }
    if (s->depth <= 1)
        s->start = (size_t)(tag - bytes);
    if (s->depth == 0) {
        s->depth = 1;
        return SCAN_HEADER;
    }
    if (!is_empty)
        s->depth++;
    return is_empty && s->depth == 1 ? SCAN_STANZA : SCAN_MORE;
}

enum scan_kind scan_next(struct scan *s, const char *bytes, size_t len, struct span *out) {
    const char *end = bytes + len;

    for (;;) {
        const char *tag = s->pos < len ? memchr(bytes + s->pos, '<', len - s->pos) : NULL;
        const char *after = tag ? tag_end(tag, end) : NULL;
        enum scan_kind kind;

        s->pos = (size_t)((after ? after : tag ? tag : end) - bytes);
        if (after == NULL)
            return SCAN_MORE;
        kind = take_tag(s, bytes, tag, after);
        if (kind != SCAN_MORE) {
            *out = (struct span){bytes + s->start, s->pos - s->start};
            return kind;
        }
    }
}

void scan_taken(struct scan *s, size_t len) {
    s->pos -= len;
    s->start = s->start > len ? s->start - len : 0;
}

bool span_is(struct span element, const char *name) {
    size_t len = strlen(name);

    return element.len > len + 1 && memcmp(element.at + 1, name, len) == 0 &&
           strchr(" />\t\r\n", element.at[1 + len]) != NULL;
}

struct span span_attr(struct span element, const char *name) {
    const char *end = tag_end(element.at, element.at + element.len);
    size_t len = strlen(name);

    for (const char *p = element.at; p + len + 3 < end; p++) {
        const char *close;
        if ((p[0] != ' ' && p[0] != '\n') || memcmp(p + 1, name, len) != 0 || p[1 + len] != '=')
            continue;
        close = memchr(p + len + 3, p[2 + len], (size_t)(end - (p + len + 3)));
        if (close != NULL)
            return (struct span){p + len + 3, (size_t)(close - (p + len + 3))};
    }
    return (struct span){NULL, 0};
}

struct span span_text(struct span element, const char *name) {
    char open[64];
    const char *end = element.at + element.len, *tag, *from, *to;
    size_t len = strlen(name) + 1;

    open[0] = '<';
    memcpy(open + 1, name, len);
    tag = memmem(element.at, element.len, open, len);
    from = tag ? tag_end(tag, end) : NULL;
    if (from == NULL || from[-2] == '/')
        return (struct span){NULL, 0};
    to = memchr(from, '<', (size_t)(end - from));
    return (struct span){from, (size_t)((to ? to : end) - from)};
}

bool span_has(struct span element, const char *bytes) {
    return memmem(element.at, element.len, bytes, strlen(bytes)) != NULL;
}

bool span_equal(struct span s, const char *text) {
    return s.at != NULL && s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

size_t span_unescape(struct span s, char *to) {
    static const struct {
        const char *entity;
        size_t len;
        char c;
    } entities[] = {
        {"&lt;", 4, '<'}, {"&gt;", 4, '>'}, {"&amp;", 5, '&'}, {"&apos;", 6, '\''}, {"&quot;", 6, '"'}};
    size_t n = 0;

    for (size_t i = 0; i < s.len;) {
        size_t step = 1;
        to[n] = s.at[i];
        for (size_t k = 0; s.at[i] == '&' && k < 5; k++) {
            if (s.len - i < entities[k].len || memcmp(s.at + i, entities[k].entity, entities[k].len) != 0)
                continue;
            to[n] = entities[k].c;
            step = entities[k].len;
        }
        i += step;
        n++;
    }
    return n;
}
