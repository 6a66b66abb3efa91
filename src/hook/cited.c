/* SPDX-License-Identifier: MIT */
#include "hook/cited.h"

#include "base/utf8.h"

#include <string.h>

#define NS_FALLBACK "urn:xmpp:fallback:0"

static const struct known {
    const char *ns, *name; /* name NULL: a part of what is said, not instead of it */
} known[] = {
    {"urn:xmpp:reply:0", NULL},
    {"urn:xmpp:reactions:0", "reactions"},
    {"urn:xmpp:message-retract:1", "retract"},
};

static const struct known *known_of(const struct xml_node *fallback) {
    struct str what = xml_attr(fallback, "for");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (str_is(what, known[i].ns))
            return &known[i];
    return NULL;
}

bool cited_is_fallback(const struct xml_node *element) {
    return xml_is(element, "fallback", NS_FALLBACK) && known_of(element) != NULL;
}

bool cited_says_it_again(const struct xml_node *stanza, const struct xml_node *fallback) {
    const struct known *k = known_of(fallback);
    return k != NULL && k->name != NULL && xml_child(stanza, k->name, k->ns) != NULL;
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
