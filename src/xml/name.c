/* SPDX-License-Identifier: MIT */
#include "xml/name.h"

/* expat has checked how the whole name starts, not how it goes on behind the colon. */
static bool may_start(char c) {
    return c != '\0' && c != '-' && c != '.' && (c < '0' || c > '9');
}

static enum name_kind kind_of(struct name *n) {
    const char *colon = memchr(n->s, ':', n->len);
    if (colon == NULL)
        return n->len == 5 && memcmp(n->s, "xmlns", 5) == 0 ? NAME_XMLNS : NAME_PLAIN;
    n->local = (uint32_t)(colon + 1 - n->s);
    if (colon == n->s || !may_start(colon[1]) || strchr(colon + 1, ':') != NULL)
        return NAME_BAD;
    if (str_is(name_prefix(n), "xml"))
        return NAME_XML;
    return str_is(name_prefix(n), "xmlns") ? NAME_XMLNS : NAME_PREFIXED;
}

void name_read(struct name *n, const char *s) {
    n->s = s;
    n->len = (uint32_t)strlen(s);
    n->local = 0;
    n->whole_atom = (uint8_t)xml_atom_of(s, n->len);
    if (n->whole_atom == ATOM_NONE || n->whole_atom == ATOM_LANG || n->whole_atom == ATOM_XMLNS)
        n->kind = (uint8_t)kind_of(n);
    else
        n->kind = NAME_PLAIN;
}

/* Beyond three quarters the search for an empty slot becomes long: it begins anew then. */
const struct name *name_remember(struct name_cache *cache, size_t at, const char *s) {
    if (cache->count >= NAME_CACHE * 3 / 4)
        memset(cache, 0, sizeof(*cache));
    cache->count++;
    name_read(&cache->slots[at], s);
    return &cache->slots[at];
}
