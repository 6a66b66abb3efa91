/* SPDX-License-Identifier: MIT */
/*
 * library: shared libraries that only some bots need, opened when they are needed first, so that the others
 * do not pay for them. Whoever uses one includes its header, keeps a table of pointers to its functions, each
 * of the type that the header says, and fills the table with library_open:
 *
 *   struct idn { __typeof__(idn_free) *free; … };
 *   static const struct library_symbol symbols[] = {LIBRARY_SYMBOL(struct idn, free, idn_free), …, {NULL,
 * 0}}; static const struct library library = {"libidn.so.12", "libidn12", symbols};
 *
 * The same library may be opened many times; it goes when it was closed as often.
 */
#ifndef COUPLET_BASE_LIBRARY_H
#define COUPLET_BASE_LIBRARY_H

#include "base/err.h"

#include <stddef.h>

struct library_symbol {
    const char *name; /* NULL: the end of the list */
    size_t offset;    /* of the pointer in the table */
};

/* The comparison is never made: the compiler finds there a member that is not of the function's type. */
#define LIBRARY_SYMBOL(table, member, function)                                                              \
    { #function, offsetof(table, member) + 0 * sizeof(((table *)0)->member == &function) }

struct library {
    const char *soname;  /* "libidn.so.12": as the running system has it, without the -dev package */
    const char *package; /* of Debian, for the error */
    const struct library_symbol *symbols;
};

/* Returns the handle for library_close. NULL: err names the library and the package, the table is as it was.
 */
void *library_open(const struct library *l, void *table, struct err *err);
/* The same, and it stays in the process when it was closed: to open it again takes microseconds. */
void *library_open_kept(const struct library *l, void *table, struct err *err);
void library_close(void *handle); /* NULL accepted */

#endif
