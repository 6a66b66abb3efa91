/* SPDX-License-Identifier: MIT */
/*
 * remember: small facts of one account that outlive the process, by key: how far an archive was read, which
 * commands ran. Not a database: everything is in memory too, and what does not fit is refused.
 *
 * Each change is a line at the end of a state file, written before remember_put returns, so that the network
 * is never told of what the disk does not know yet. When the file is mostly of lines that are no longer true,
 * it is written anew.
 */
#ifndef COUPLET_STORE_REMEMBER_H
#define COUPLET_STORE_REMEMBER_H

#include "base/err.h"
#include "base/str.h"

enum {
    REMEMBER_KEY_MAX = 256,
    REMEMBER_VALUE_MAX = 65536,
    REMEMBER_COUNT_MAX = 4096,
    REMEMBER_LEN_MAX = 1 << 20 /* of all keys and values */
};

struct remember;

/* folder NULL: in memory alone. When the file cannot be had, err says why, and it is in memory alone too. */
struct remember *remember_new(const char *folder, const char *name, struct err *err);
/* What is in the file, to look at: nothing is made, held or written, and whoever holds it may go on. Nothing
 * is there where there is no file, or none that can be read. */
struct remember *remember_peek(const char *folder, const char *name);
void remember_free(struct remember *r); /* the file stays; NULL accepted */
/* Borrowed until the next put; .s == NULL: there is none. */
struct str remember_get(const struct remember *r, struct str key);
/* value.s == NULL: forgets. -1: nothing has changed (too long, too many), or it could not be written, and is
 * in memory alone. */
int remember_put(struct remember *r, struct str key, struct str value, struct err *err);

#endif
