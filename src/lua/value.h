/* SPDX-License-Identifier: MIT */
/* value: a free-form value of the configuration (`with:`, bot.config) as Lua tables; null becomes nil. */
#ifndef COUPLET_LUA_VALUE_H
#define COUPLET_LUA_VALUE_H

#include "config/config.h"

#include <lua.h>

void value_push(lua_State *L, const struct config_value *v);

#endif
