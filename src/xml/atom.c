/* SPDX-License-Identifier: MIT */
/* The table of places would have to be made anew by hand for each atom that is added; instead each thread
 * fills its own on first use: 70 entries, about a microsecond. */
#include "xml/atom.h"

#include <string.h>

enum { PLACES = 512 };

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

/* Length and three characters tell nearly all of them apart. */
static uint32_t place_of(const char *s, uint32_t len) {
    const unsigned char *u = (const unsigned char *)s;
    return (len * 31 + u[0] * 7 + u[len - 1] * 61 + u[len / 2] * 127 + u[len * 3 / 4] * 17) % PLACES;
}

static void fill(uint8_t *places) {
    for (int i = 1; i < ATOM_COUNT; i++) {
        uint32_t at = place_of(entries[i].text, entries[i].len);
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
    for (uint32_t at = place_of(s, len); places[at] != 0; at = (at + 1) % PLACES) {
        const struct entry *e = &entries[places[at]];
        if (e->len == len && memcmp(e->text, s, len) == 0)
            return places[at];
    }
    return ATOM_NONE;
}
