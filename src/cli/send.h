/* SPDX-License-Identifier: MIT */
/* send: what `couplet send` was told, however it was told (its own options, or those of sendxmpp). */
#ifndef COUPLET_CLI_SEND_H
#define COUPLET_CLI_SEND_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct send_order {                                            /* all borrowed */
    const char *command;                                       /* whose mistakes are told: "send" */
    const char *config, *bot, *subject, *code, *as, *resource; /* NULL: not stated */
    const char **to, **files;
    size_t to_count, file_count;
    const char *text; /* NULL: standard input */
    bool headline, urgent, plain, json, stream, alone, debug;
    double wait, expires; /* seconds; <0: not stated */
};

/* Sends, says what came of it, and returns the exit status. */
int send_order_run(const struct send_order *o);

/* What an answer of couplet.sending says, to people or as JSON; the exit status that follows. */
int send_tell(const struct send_order *o, const struct buf *answer);
int send_worse(int a, int b); /* of two exit statuses */

/* ---- send_alone.c ---- */
/* text: NULL with `stream`, and where there are only files. */
int send_alone(const struct send_order *o, const char *text);

/* ---- send_text.c ---- */
/* The whole of standard input. -1: err. */
int send_read_all(struct buf *out, struct err *err);
/* Makes it fit for XML (RFC 6120 11.1): line ends are \n, what cannot be said is U+FFFD. */
void send_clean(struct buf *text);
/* The request as one line of JSON. */
void send_write(const struct send_order *o, const char *text, struct buf *out);

#endif
