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
struct letter {
    struct str to, from, type, thread; /* from: see address.h; from, type and thread may be .s == NULL */
    struct str id;                     /* of the first message, when the text takes several */
};
/* Where to write a stanza, as session_out; NULL and the reason when the bot is not online. */
struct buf *answer_open(struct bot *b, struct err *err);
/* One message. -1 with the reason (not online, text that XML cannot carry). */
int answer_whole(struct bot *b, struct letter m, struct str text, struct err *err);
/* The same; in several when it is longer than the bot's `long_text`, or as a file, later, where
 * `long_text_as` says so (answer_long.c; L has the library). */
int answer_message(struct bot *b, lua_State *L, const struct letter *m, struct str text, struct err *err);
/* The same in kind; -1 also when there is nobody to answer. */
int answer_text(struct bot *b, const struct origin *o, lua_State *L, struct str id, struct str text,
                struct err *err);
/* A result <query/> of that namespace and node (.s == NULL: none) with the XML in it, which is trusted. */
void answer_query(struct bot *b, const struct origin *o, const char *ns, struct str node, const char *inside);
/* An empty result. */
void answer_empty(struct bot *b, const struct origin *o);
/* An error answer to an iq get or set (RFC 6120 8.3). text may be .s == NULL. Nothing happens when it is no
 * iq, an answer itself, or we are offline. */
void answer_error(struct bot *b, const struct origin *o, const char *type, const char *condition,
                  struct str text);

#endif
