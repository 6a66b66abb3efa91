/* SPDX-License-Identifier: MIT */
/* The table of places would have to be made anew by hand for each atom that is added; instead each thread
 * fills its own on first use: 70 entries, about a microsecond. */
#include "xml/atom.h"

#include <stdbool.h>
#include <string.h>

enum { PLACE_BITS = 9, PLACES = 1 << PLACE_BITS };

struct entry {
    const char *text;
    uint32_t len;
};

static const struct entry entries[ATOM_COUNT] = {{"", 0},
#define XML_ATOM_ENTRY(id, literal) {literal, sizeof(literal) - 1},
                                                 XML_ATOMS(XML_ATOM_ENTRY)
#undef XML_ATOM_ENTRY
};

const char *xml_atom_text(enum xml_atom atom) {
    return entries[atom].text;
}

/* Both ends of a text: up to 16 bytes, all of it. */
struct ends {
    uint64_t first, last;
};

static inline struct ends ends_of(const char *s, uint32_t len) {
    const unsigned char *u = (const unsigned char *)s;
    struct ends e = {0, 0};
    if (len >= 8) {
        memcpy(&e.first, s, 8);
        memcpy(&e.last, s + len - 8, 8);
    } else if (len >= 4) {
        memcpy(&e.first, s, 4);
        memcpy(&e.last, s + len - 4, 4);
    } else {
        e.first = u[0] | (uint64_t)u[len / 2] << 8 | (uint64_t)u[len - 1] << 16;
    }
    return e;
}

static inline uint32_t place_of(struct ends e, uint32_t len) {
    return (uint32_t)((e.first + e.last * 3 + len) * 0x9e3779b97f4a7c15u >> (64 - PLACE_BITS));
}

static inline bool is_same(const struct entry *entry, struct ends e, const char *s, uint32_t len) {
    struct ends other = ends_of(entry->text, entry->len);
    return entry->len == len && other.first == e.first && other.last == e.last &&
           (len <= 16 || memcmp(entry->text, s, len) == 0);
}

static void fill(uint8_t *places) {
    for (int i = 1; i < ATOM_COUNT; i++) {
        uint32_t at = place_of(ends_of(entries[i].text, entries[i].len), entries[i].len);
        while (places[at] != 0)
            at = (at + 1) % PLACES;
        places[at] = (uint8_t)i;
    }
}

enum xml_atom xml_atom_of(const char *s, uint32_t len) {
    static _Thread_local uint8_t places[PLACES];
    static _Thread_local int is_filled;
    _Static_assert(ATOM_COUNT < 256, "an atom fits into a byte");
    if (len == 0)
        return ATOM_NONE;
    if (!is_filled) {
        fill(places);
        is_filled = 1;
    }
    struct ends e = ends_of(s, len);
    for (uint32_t at = place_of(e, len); places[at] != 0; at = (at + 1) % PLACES)
        if (is_same(&entries[places[at]], e, s, len))
            return places[at];
    return ATOM_NONE;
}
