/* SPDX-License-Identifier: MIT */
/*
 * said: what a message says to us, and which command that is. One to one it is all of the text; in a room
 * what stands behind "nick: ", "nick, ", "@nick " or the prefix. Letters of a nick and of a command's name
 * are alike in any case (ASCII): telephones begin a line with a capital.
 */
#ifndef COUPLET_HOOK_SAID_H
#define COUPLET_HOOK_SAID_H

#include "base/str.h"
#include "hook/table.h"

/* A view into the body, without blanks around it; .s == NULL: it is not said to us. nick, prefix: NULL: none.
 */
struct str said_to_us(struct str body, bool is_room, const char *nick, const char *prefix);
/* The first word; what it is made of is for command_fold. */
struct str said_first_word(struct str said);
/* A letter of a command's name as it is compared. */
char said_fold(char c);

enum { COMMAND_NAME_MAX = 60 };

/* Is the name (words, one blank between them) what the text begins with? How many bytes of it; 0: no. */
size_t command_match(const char *name, struct str said);
/* The longest match of a command's name and aliases; which: set to it, may be NULL. */
size_t command_match_any(const struct hook_spec *spec, struct str said, const char **which);
/* Of hooks that all match the command: those whose name is the longest ("deploy start" wins over "deploy")
 * stay in the list, the others are unreferenced. Returns how many stay. */
size_t command_keep_longest(struct hook **list, size_t count, struct str said);
/* Is that a name for a command? */
int command_check_name(const char *name, struct err *err);

#endif
