/* SPDX-License-Identifier: MIT */
/*
 * address: `from` and `to` of what goes out. An account need not state who it is: the server does, and what
 * has no `to` is for the account itself. A component (XEP-0114) has any number of addresses and must state
 * both; a server closes the stream of one that does not, so that it is looked at here, before anything is
 * sent.
 */
#ifndef COUPLET_LUA_ADDRESS_H
#define COUPLET_LUA_ADDRESS_H

#include "lua/bot.h"

/* from: as the script wrote it (.s NULL: not at all); of an account it stays so. Of a component it becomes
 * `asked` (the address that is answering; .s NULL: none), else the component's own name. -1: with that `from`
 * or `to` it must not be sent. The views are borrowed. */
int address_check(const struct bot *b, struct str asked, struct str *from, struct str to, struct err *err);

#endif
