/* SPDX-License-Identifier: MIT */
/* sendxmpp: what the options and files of sendxmpp and go-sendxmpp say, and the configuration that comes of
 * it. */
#ifndef COUPLET_CLI_SENDXMPP_H
#define COUPLET_CLI_SENDXMPP_H

#include "cli/send.h"

struct sendxmpp {
    char *user, *password, *server, *command; /* owned; NULL: not stated. command: prints the password */
    char *nick, *resource;                    /* owned */
    const char *file, *message, *room_password, *tls_version; /* borrowed */
    bool is_room;
    struct send_order order;
};

/* Reads the account of `file`, or of the first of the usual files that is there, into what is not stated yet.
 * -1: err. */
int sendxmpp_read_account(struct sendxmpp *s, struct err *err);
/* A line of such a file. */
void sendxmpp_read_line(struct sendxmpp *s, char *line);
/* The configuration as a file that only this process sees: its path. -1: err. */
int sendxmpp_write_config(const struct sendxmpp *s, char path[64], struct err *err);

#endif
