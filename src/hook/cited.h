/* SPDX-License-Identifier: MIT */
/*
 * cited: how much of a message's body only stands in for an extension at its beginning (XEP-0428): the lines
 * that a reply cites (XEP-0461), an emoji in place of a reaction (XEP-0444). Whoever answers the bot with a
 * citation above says what stands below it. A range that does not begin the body is left alone: nothing of it
 * is said first.
 */
#ifndef COUPLET_HOOK_CITED_H
#define COUPLET_HOOK_CITED_H

#include "xml/node.h"

/* Is the element a <fallback/> for something that the library knows? */
bool cited_is_fallback(const struct xml_node *element);
/* Does it stand in for an element of the stanza that says all there is to say: a reaction (XEP-0444), a
 * retraction (XEP-0424)? */
bool cited_says_it_again(const struct xml_node *stanza, const struct xml_node *fallback);
/* The bytes of the body that the <fallback/> takes away; 0 where it makes no sense (a range that is none, or
 * ends behind the body). Without a range it is all of the body (XEP-0428 3.2). */
size_t cited_len(const struct xml_node *fallback, struct str body);

#endif
