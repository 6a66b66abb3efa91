/* SPDX-License-Identifier: MIT */
/*
 * name: what expat calls an element or attribute, taken apart: prefix:local (Namespaces in XML 1.0, section
 * 4).
 *
 * expat keeps one copy of each attribute name as long as its parser lives and hands out that pointer each
 * time, so a small table from pointers to results saves reading the same dozen names again and again. The
 * names of elements come at changing addresses: they are read each time.
 */
#ifndef COUPLET_XML_NAME_H
#define COUPLET_XML_NAME_H

#include "xml/node.h"

enum name_kind {
    NAME_BAD,      /* two colons, an empty half, a local part that cannot start a name */
    NAME_PLAIN,    /* no colon */
    NAME_PREFIXED, /* prefix:local */
    NAME_XML,      /* xml:local */
    NAME_XMLNS,    /* xmlns, or xmlns:local */
};

struct name {
    const char *s; /* the whole of it; borrowed */
    uint32_t len;
    uint32_t local;     /* where the local part starts: 0 without prefix */
    uint8_t whole_atom; /* enum xml_atom of s; ATOM_NONE for most names with a prefix */
    uint8_t kind;
};

enum { NAME_CACHE = 32 };

struct name_cache {                /* zeroed at first, and when expat's parser goes or is reset */
    struct name slots[NAME_CACHE]; /* a name stands at its place or behind it, where there was room */
    uint32_t count;
};

void name_read(struct name *n, const char *s);
/* Reads a name that the cache does not hold into its empty slot `at`. */
const struct name *name_remember(struct name_cache *cache, size_t at, const char *s);
/* The same for an attribute's name of this expat parser; valid until the next call. */
static inline const struct name *name_of_attr(struct name_cache *cache, const char *s) {
    size_t at = ((uintptr_t)s ^ (uintptr_t)s >> 5) % NAME_CACHE;
    while (cache->slots[at].s != s) {
        if (cache->slots[at].s == NULL)
            return name_remember(cache, at, s);
        at = (at + 1) % NAME_CACHE;
    }
    return &cache->slots[at];
}

static inline struct str name_prefix(const struct name *n) {
    return (struct str){n->s, n->local ? n->local - 1 : 0};
}

static inline struct str name_local(const struct name *n) {
    return (struct str){n->s + n->local, n->len - n->local};
}

#endif
