/* SPDX-License-Identifier: MIT */
#include "lua/binding.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

struct binding *binding_new(lua_State *L, const char *label, const struct watch_limits *limits) {
    struct binding *b = mem_new(struct binding);
    b->script = script_of(L);
    b->with = LUA_REFNIL;
    b->limits = *limits;
    b->label = mem_strdup(label);
    b->function = luaL_ref(L, LUA_REGISTRYINDEX);
    hook_spec_init(&b->spec);
    return b;
}

void binding_free(struct binding *b) {
    lua_State *L = b->script->L;
    luaL_unref(L, LUA_REGISTRYINDEX, b->function);
    luaL_unref(L, LUA_REGISTRYINDEX, b->with);
    hook_spec_finish(&b->spec);
    mem_free(b->label);
    mem_free(b);
}

void binding_hook_freed(struct hook *h) {
    binding_free(h->owner);
}

void binding_label(lua_State *L, const char *what, char *out, size_t len) {
    lua_Debug ar;
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &ar);
    if (strcmp(ar.short_src, "?") == 0)
        snprintf(out, len, "couplet (%s)", what);
    else
        snprintf(out, len, "%s:%d", ar.short_src, ar.linedefined);
}
