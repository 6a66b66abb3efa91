/* SPDX-License-Identifier: MIT */
/* library: the Lua modules that are embedded in the program, made by the build (spec/tools/embed.lua). */
#ifndef COUPLET_LUA_LIBRARY_H
#define COUPLET_LUA_LIBRARY_H

#include <stddef.h>

struct library_module {
    const char *name; /* "couplet.stanza"; NULL ends the list */
    const unsigned char *code;
    size_t len;
};

extern const struct library_module library_modules[];

/* Gives the memory of the bytecode back to the page cache, from where it comes again when it is read. What a
 * Lua state has loaded it has for itself: of the rest, nothing needs to stay resident. */
void library_release(void);

#endif
