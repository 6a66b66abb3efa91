/* SPDX-License-Identifier: MIT */
#include "hook/cited.h"

#include "base/utf8.h"

#include <string.h>

#define NS_FALLBACK "urn:xmpp:fallback:0"

bool cited_is_fallback(const struct xml_node *element) {
    if (!xml_is(element, "fallback", NS_FALLBACK))
        return false;
    struct str what = xml_attr(element, "for");
    return str_is(what, "urn:xmpp:reply:0") || str_is(what, "urn:xmpp:reactions:0");
}

/* A number of characters; -1: it is none, or one that no body has. */
static long read_count(struct str text) {
    long n = 0;
    if (text.len == 0 || text.len > 9)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] < '0' || text.s[i] > '9')
            return -1;
        n = n * 10 + (text.s[i] - '0');
    }
    return n;
}

static size_t bytes_of(struct str body, long characters) {
    size_t at = 0;
    uint32_t cp;
    for (; characters > 0 && at < body.len; characters--) {
        size_t len = utf8_decode(body.s + at, body.s + body.len, &cp);
        if (len == 0)
            return 0;
        at += len;
    }
    return characters == 0 ? at : 0;
}

size_t cited_len(const struct xml_node *fallback, struct str body) {
    const struct xml_node *range = xml_child(fallback, "body", NULL);
    if (body.s == NULL)
        return 0;
    if (range == NULL)
        return body.len;
    struct str start = xml_attr(range, "start"), end = xml_attr(range, "end");
    if (start.s == NULL && end.s == NULL)
        return body.len;
    long last = read_count(end);
    return read_count(start) == 0 && last > 0 ? bytes_of(body, last) : 0;
}
