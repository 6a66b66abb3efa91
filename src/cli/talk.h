/* SPDX-License-Identifier: MIT */
/*
 * talk: what send, status and stop have in common: the control socket of the process that runs with a
 * configuration. Of that no more is read than where the socket is, so it is there in a millisecond, and a
 * mistake elsewhere in it, or a password that this shell does not have, is of no account.
 */
#ifndef COUPLET_CLI_TALK_H
#define COUPLET_CLI_TALK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "control/json.h"

enum talk_state {
    TALK_OPEN,       /* fd answers */
    TALK_NONE,       /* the configuration names no `control:` */
    TALK_NOBODY,     /* it does, but no process answers */
    TALK_FORBIDDEN,  /* somebody is there who is not to be talked to, or will not */
    TALK_BAD_CONFIG, /* it cannot be read: the mistakes were printed */
};

struct talk {
    int fd;               /* -1: not open */
    char *path, *storage; /* owned; NULL: not configured */
    struct json json;
};

enum talk_state talk_open(struct talk *t, const char *config, struct err *err);
void talk_close(struct talk *t);
/* Asks by the line, over a new connection where there is none. After a failure there is none: an answer that
 * comes late would be taken for that to the next question. -1: err. */
int talk_line(struct talk *t, struct str line, int timeout_ms, struct buf *answer, struct err *err);
/* The object of the answer, for json_drop; text (may be NULL) gets it as it came. NULL: err. */
json_t *talk_ask(struct talk *t, struct str line, int timeout_ms, struct buf *text, struct err *err);
/* The exit status of a command that cannot do without the process; says why. */
int talk_failed(const char *command, enum talk_state state, const char *config, const struct err *err);

#endif
