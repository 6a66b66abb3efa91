/* SPDX-License-Identifier: MIT */
/*
 * answer: what a handler returned, made into what goes out.
 *
 *   a string     in kind: to the room when asked in the room, else to the sender; of an iq: an error, an iq
 * needs an element a stanza     sent; an element that is no stanza, from an iq handler: the payload of the
 * result true         of an iq: an empty result; else: handled, nothing to say (the chain ends) nil no answer
 *   nil, err     an iq: the error; else logged
 */
#ifndef COUPLET_LUA_ANSWER_H
#define COUPLET_LUA_ANSWER_H

#include "lua/bot.h"
#include "lua/origin.h"

/* The n results on top of L (they stay). True when that was an answer. What cannot be sent is logged under
 * `label`. */
bool answer_results(struct bot *b, const struct origin *o, lua_State *L, int n, const char *label);
/* What `nil, err` asks for; err (a table or a string) at idx. True when a request was answered, else it is
 * logged. */
bool answer_failure(struct bot *b, const struct origin *o, lua_State *L, int idx, const char *label);
/* A message in kind. -1 with the reason (not online, nobody to answer, text that XML cannot carry). */
int answer_text(struct bot *b, const struct origin *o, struct str text, struct err *err);
/* A message of that type to `to`; from: see address.h. from, thread and id may be .s == NULL (an id is made).
 */
int answer_message(struct bot *b, struct str from, struct str to, struct str type, struct str thread,
                   struct str id, struct str text, struct err *err);
/* An empty result. */
void answer_empty(struct bot *b, const struct origin *o);
/* An error answer to an iq get or set (RFC 6120 8.3). text may be .s == NULL. Nothing happens when it is no
 * iq, an answer itself, or we are offline. */
void answer_error(struct bot *b, const struct origin *o, const char *type, const char *condition,
                  struct str text);

#endif
