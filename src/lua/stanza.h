/* SPDX-License-Identifier: MIT */
/*
 * stanza: the bridge between the C tree of a stanza and its Lua table { name =, attr = {…}, children and
 * texts… }.
 *
 * Going to Lua, an element of another namespace than the stream's carries attr.xmlns, and so does everything
 * inside it; an attribute with a namespace is keyed "ns\1name" (both as Prosody's Lua has it). Going to
 * bytes, xmlns is written where it changes, and nothing that is not well-formed XML can be written
 * (SECURITY.md 13).
 */
#ifndef COUPLET_LUA_STANZA_H
#define COUPLET_LUA_STANZA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "xml/node.h"

#include <lua.h>

/* Pushes the complete table of an element. Stack use is bounded by the parser's depth. Never raises but for
 * memory. */
void stanza_push(lua_State *L, const struct xml_node *node);

/* Appends the table at idx as XML. parent_ns: the namespace outside ("jabber:client" for a stanza). extra:
 * attributes to write on the top element in place of its own of the same name (NULL-name ended; value .s ==
 * NULL: leave it out), or NULL. -1 with the path and reason ("message/body: byte 0x01 cannot be written as
 * XML"); out is as before then. Metamethods are not run, so nothing is raised. */
struct stanza_extra {
    const char *name;
    struct str value;
};
int stanza_write(lua_State *L, int idx, struct buf *out, const char *parent_ns,
                 const struct stanza_extra *extra, struct err *err);

/* The tree that the parser would have made of the table at idx, in the arena. NULL with the reason. */
const struct xml_node *stanza_tree(lua_State *L, int idx, struct arena *arena, struct err *err);

/* The table's name, or a string attribute of it, as views valid while the table lives; .s == NULL when
 * absent. */
struct str stanza_name(lua_State *L, int idx);
struct str stanza_attr(lua_State *L, int idx, const char *attr);

#endif
