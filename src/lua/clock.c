/* SPDX-License-Identifier: MIT */
/*
 * clock: time zones for Lua (require "couplet.core.clock"): the ground of what couplet.datetime knows of
 * them. Zones that were asked for are kept in the state, some of them.
 */
#include "base/cron.h"
#include "lua/open.h"

#include <lauxlib.h>
#include <math.h>
#include <stddef.h>
#include <time.h>

enum { ZONES_MOST = 16 };

static const char zone_type[] = "couplet.zone";

static int zone_gc(lua_State *L) {
    zone_free(*(struct zone **)luaL_checkudata(L, 1, zone_type));
    return 0;
}

/* On the stack; NULL: err says why. */
static struct zone *make_zone(lua_State *L, const char *name, struct err *err) {
    struct zone **slot = lua_newuserdatauv(L, sizeof(*slot), 0);
    *slot = NULL;
    if (luaL_newmetatable(L, zone_type)) {
        lua_pushcfunction(L, zone_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    *slot = zone_new(name, err);
    return *slot;
}

/* Kept by its name in the table that is the upvalue, which begins anew when it is full. */
static struct zone *zone_at(lua_State *L, int index, struct err *err) {
    const char *name = luaL_optstring(L, index, NULL);
    lua_getfield(L, lua_upvalueindex(1), name != NULL ? name : ".");
    if (lua_isuserdata(L, -1))
        return *(struct zone **)lua_touserdata(L, -1);
    struct zone *z = make_zone(L, name, err);
    if (z == NULL)
        return NULL;
    lua_getfield(L, lua_upvalueindex(1), " ");
    lua_Integer count = lua_tointeger(L, -1);
    if (count >= ZONES_MOST) {
        lua_newtable(L);
        lua_replace(L, lua_upvalueindex(1));
        count = 0;
    }
    lua_pushinteger(L, count + 1);
    lua_setfield(L, lua_upvalueindex(1), " ");
    lua_pushvalue(L, -2);
    lua_setfield(L, lua_upvalueindex(1), name != NULL ? name : ".");
    return z;
}

static int64_t seconds_at(lua_State *L, int index) {
    lua_Number t = floor(luaL_checknumber(L, index));
    luaL_argcheck(L, t >= -1e11 && t <= 1e11, index, "seconds since 1970 are expected");
    return (int64_t)t;
}

static int failed(lua_State *L, const struct err *err) {
    lua_pushnil(L);
    lua_pushstring(L, err->text);
    return 2;
}

static void set(lua_State *L, const char *name, lua_Integer value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/* shows(seconds, zone | nil) -> as os.date("*t"), with offset and zone | nil, text */
static int l_shows(lua_State *L) {
    struct err err = ERR_INIT;
    struct zone_shows shows;
    struct tm tm;
    int64_t t = seconds_at(L, 1);
    lua_settop(L, 2);
    struct zone *z = zone_at(L, 2, &err);
    if (z == NULL)
        return failed(L, &err);
    zone_look(z, t, &shows);
    time_t wall = (time_t)(t + shows.offset);
    gmtime_r(&wall, &tm);
    lua_createtable(L, 0, 11);
    set(L, "year", tm.tm_year + 1900);
    set(L, "month", tm.tm_mon + 1);
    set(L, "day", tm.tm_mday);
    set(L, "hour", tm.tm_hour);
    set(L, "min", tm.tm_min);
    set(L, "sec", tm.tm_sec);
    set(L, "wday", tm.tm_wday + 1);
    set(L, "yday", tm.tm_yday + 1);
    set(L, "offset", shows.offset);
    lua_pushboolean(L, shows.is_summer);
    lua_setfield(L, -2, "isdst");
    lua_pushstring(L, shows.name);
    lua_setfield(L, -2, "zone");
    return 1;
}

/* next(pattern, seconds, zone | nil) -> seconds; nil: never | nil, text */
static int l_next(lua_State *L) {
    struct err err = ERR_INIT;
    struct cron c;
    const char *pattern = luaL_checkstring(L, 1);
    int64_t after = seconds_at(L, 2);
    lua_settop(L, 3);
    if (cron_parse(&c, pattern, &err) < 0)
        return failed(L, &err);
    struct zone *z = zone_at(L, 3, &err);
    if (z == NULL)
        return failed(L, &err);
    int64_t next = cron_next(&c, z, after);
    if (next < 0)
        return 0;
    lua_pushinteger(L, next);
    return 1;
}

int open_core_clock(lua_State *L) {
    static const luaL_Reg functions[] = {{"shows", l_shows}, {"next", l_next}, {NULL, NULL}};
    luaL_newlibtable(L, functions);
    lua_newtable(L);
    luaL_setfuncs(L, functions, 1);
    return 1;
}
