/* SPDX-License-Identifier: MIT */
/*
 * binding: a Lua function that will be called, with what it is held to: of a hook, or of a timer. It owns its
 * references; a hook's spec lives here too when a script made the hook.
 */
#ifndef COUPLET_LUA_BINDING_H
#define COUPLET_LUA_BINDING_H

#include "hook/table.h"
#include "lua/script.h"

struct binding {
    struct script *script; /* borrowed */
    int function, with;    /* registry references; with: LUA_REFNIL when there is none */
    struct watch_limits limits;
    char *label;           /* "module.function" or "file.lua:12", for the log; owned */
    struct hook_spec spec; /* of a hook made by a script; owned */
};

/* Takes the function on top of the script's stack L (popped). label is copied. */
struct binding *binding_new(lua_State *L, const char *label, const struct watch_limits *limits);
void binding_free(struct binding *b);
/* For hook_table_add: frees the hook's owner, which is a binding. */
void binding_hook_freed(struct hook *h);
/* "file.lua:12" of the function on top of the stack; of the library's, without lines, "couplet (what)". */
void binding_label(lua_State *L, const char *what, char *out, size_t len);

#endif
