/* SPDX-License-Identifier: MIT */
/*
 * schema: the tables of the one database of a process, their versions, and opening the file so that it can be
 * trusted: WAL, synchronous=FULL (what was committed survives a power cut), migrated, and sound. A file that
 * is not is set aside, never deleted.
 *
 *   outbox  messages that were accepted: in the order of seq per bot and destination
 *   pairs   bot.store
 */
#ifndef COUPLET_STORE_SCHEMA_H
#define COUPLET_STORE_SCHEMA_H

#include "store/sqlite.h"

/* Opens, or makes, and migrates. notice.text is set when the file was corrupt: where it is now. -1: err. */
int schema_open(struct sqlite_conn *c, const char *path, struct err *notice, struct err *err);
/* The same for somebody beside the process that runs: nothing is made, migrated or set aside. */
int schema_visit(struct sqlite_conn *c, const char *path, struct err *err);
/* Closes it and sets it aside as PATH.corrupt-DATE. */
int schema_set_aside(struct sqlite_conn *c, const char *path, struct err *notice, struct err *err);

#endif
