/* SPDX-License-Identifier: MIT */
/*
 * state_file: a small text that outlives the process: written whole by a new file in place of the old one, or
 * grown by lines at its end. What was written survives the death of the process at any instant, not that of
 * the machine: nothing is synced, so nothing is waited for. A line that is not whole is the reader's to
 * ignore.
 *
 * Mode 0600 in a folder of mode 0700; one process at a time holds the file (flock). No callbacks.
 */
#ifndef COUPLET_STORE_STATE_FILE_H
#define COUPLET_STORE_STATE_FILE_H

#include "base/buf.h"
#include "base/err.h"

struct state_file;

/* folder: made when it is missing (its parent must be there). name: becomes the file's, whatever is in it.
 * Appends what the file has to `text`. NULL: err says why, with the path. */
struct state_file *state_file_open(const char *folder, const char *name, struct buf *text, struct err *err);
/* What the file has, appended to `text`, though another process may hold it; nothing where there is none that
 * can be read. Nothing is made. */
void state_file_peek(const char *folder, const char *name, struct buf *text);
/* The file stays; NULL accepted. */
void state_file_free(struct state_file *f);
/* -1: the file is what it was; for append it may have part of the bytes: replace it before the next one. */
int state_file_replace(struct state_file *f, const struct buf *text, struct err *err);
int state_file_append(struct state_file *f, const struct buf *text, struct err *err);
size_t state_file_len(const struct state_file *f);
/* There is nothing to be kept: the file goes, and comes back with the next replace. */
void state_file_remove(struct state_file *f);

#endif
