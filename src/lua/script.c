/* SPDX-License-Identifier: MIT */
#include "lua/script.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/wall.h"
#include "lua/features.h"
#include "lua/library.h"
#include "lua/open.h"
#include "lua/run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct script *script_of(lua_State *L) {
    return *(struct script **)lua_getextraspace(L);
}

void script_push_atom(lua_State *L, enum xml_atom atom) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, script_of(L)->atoms);
    lua_rawgeti(L, -1, atom);
    lua_replace(L, -2);
}

static int on_panic(lua_State *L) {
    fprintf(stderr, "couplet: Lua error outside of a handler: %s\n", lua_tostring(L, -1));
    return 0; /* Lua aborts */
}

/* ---- modules: the embedded library, then the script folders ---- */

static const struct library_module *find_library(const char *name) {
    for (const struct library_module *m = library_modules; m->name != NULL; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

bool script_is_library(const char *name) {
    return find_library(name) != NULL;
}

static int search_library(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    const struct library_module *m = find_library(name);
    if (m == NULL) {
        lua_pushfstring(L, "no module '%s' in couplet", name);
        return 1;
    }
    if (luaL_loadbufferx(L, (const char *)m->code, m->len, name, "b") != LUA_OK)
        return lua_error(L);
    lua_pushliteral(L, ":couplet:");
    return 2;
}

char *script_find_file(const char *dir, const char *name) {
    static const char *const shapes[] = {"%s/%s.lua", "%s/%s/init.lua"};
    char *path = mem_strdup(name), *found = NULL;
    for (char *p = path; *p; p++)
        *p = *p == '.' ? '/' : *p;
    for (int i = 0; i < 2 && found == NULL; i++) {
        struct buf b = BUF_INIT;
        buf_addf(&b, i == 0 ? shapes[0] : shapes[1], dir, path);
        found = buf_detach(&b);
        if (access(found, R_OK) != 0) {
            mem_free(found);
            found = NULL;
        }
    }
    mem_free(path);
    return found;
}

static int search_scripts(lua_State *L) {
    struct script *s = script_of(L);
    const char *name = luaL_checkstring(L, 1);
    char *path = NULL;
    for (char **dir = s->paths; path == NULL && dir != NULL && *dir != NULL; dir++)
        path = script_find_file(*dir, name);
    if (path == NULL) {
        lua_pushfstring(L, "no file '%s.lua' in the folders of scripts:", name);
        return 1;
    }
    int status =
        luaL_loadfilex(L, path, "t"); /* text only: bytecode is not checked by Lua and can crash it */
    lua_pushstring(L, path);
    mem_free(path);
    if (status == LUA_OK)
        return 2;
    lua_pop(L, 1);
    return lua_error(L);
}

/* package.searchers = { preload, library, scripts, Lua path, C path, all-in-one } */
static void set_searchers(lua_State *L) {
    static const lua_CFunction ours[] = {search_library, search_scripts};
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = luaL_len(L, -1); i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 2);
    }
    for (int i = 0; i < 2; i++) {
        lua_pushcfunction(L, ours[i]);
        lua_rawseti(L, -2, 2 + i);
    }
    lua_pop(L, 2);
}

static int open_random(lua_State *L) {
    char id[RANDOM_ID_LEN + 1];
    random_id(id);
    lua_pushstring(L, id);
    return 1;
}

int open_core_random(lua_State *L) {
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, open_random);
    lua_setfield(L, -2, "id");
    return 1;
}

static void preload_core(lua_State *L) {
    static const luaL_Reg parts[] = {
        {"couplet.core.bot", open_core_bot},       {"couplet.core.clock", open_core_clock},
        {"couplet.core.codec", open_core_codec},   {"couplet.core.event", open_core_event},
        {"couplet.core.jid", open_core_jid},       {"couplet.core.json", open_core_json},
        {"couplet.core.people", open_core_people}, {"couplet.core.process", open_core_process},
        {"couplet.core.random", open_core_random}, {"couplet.core.scan", open_core_scan},
        {"couplet.core.stanza", open_core_stanza}, {"couplet.core.terminal", open_core_terminal},
        {"couplet.core.web", open_core_web},       {NULL, NULL},
    };
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    luaL_setfuncs(L, parts, 0);
    lua_pop(L, 1);
}

/* ---- what a bot may not have ---- */

static int no_exit(lua_State *L) {
    return luaL_error(L, "os.exit would end every bot of this process; return from the handler instead");
}

/* Replaces coroutine.resume and wrap by those the watchdog can follow; takes away what would end the process
 * or the limits. */
static void restrain(lua_State *L) {
    lua_getglobal(L, "os");
    lua_pushcfunction(L, no_exit);
    lua_setfield(L, -2, "exit");
    lua_getglobal(L, "debug");
    lua_pushnil(L);
    lua_setfield(L, -2, "sethook");
    lua_getglobal(L, LUA_COLIBNAME);
    lua_pushcfunction(L, open_core_coroutine);
    lua_call(L, 0, 1);
    for (lua_pushnil(L); lua_next(L, -2);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_settable(L, -5);
    }
    lua_pop(L, 4);
}

/* ---- what C needs of the library at hand ---- */

static int intern_atoms(lua_State *L) {
    lua_createtable(L, ATOM_COUNT, 0);
    for (int i = ATOM_NONE; i < ATOM_COUNT; i++) {
        lua_pushstring(L, xml_atom_text(i));
        lua_rawseti(L, -2, i);
    }
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

static int reference_to(lua_State *L, const char *module, const char *field) {
    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    lua_call(L, 1, 1);
    lua_getfield(L, -1, field);
    lua_replace(L, -2);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void script_push_error_mt(struct script *s, lua_State *L) {
    if (s->error_mt == LUA_NOREF)
        s->error_mt = reference_to(L, "couplet.errors", "error_mt");
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->error_mt);
}

struct script *script_new(const struct script_options *options) {
    struct script *s = mem_new(struct script);
    heap_init(&s->heap, options->memory);
    s->name = mem_strdup(options->name);
    s->shared = options->shared;
    s->paths = options->paths;
    s->loop = options->loop;
    s->dns = options->dns;
    s->log = options->log;
    s->dog = options->dog;
    s->features = options->features;
    s->started = wall_s();
    s->state_folder = options->state_folder;
    s->L = lua_newstate(heap_alloc, &s->heap);
    *(struct script **)lua_getextraspace(s->L) = s;
    lua_atpanic(s->L, on_panic);
    luaL_openlibs(s->L);
    set_searchers(s->L);
    preload_core(s->L);
    if (options->is_bot)
        restrain(s->L);
    s->atoms = intern_atoms(s->L);
    s->stanza_mt = reference_to(s->L, "couplet.stanza.shape", "stanza_mt");
    s->error_mt = LUA_NOREF;
    s->event_mt = LUA_NOREF;
    if (options->is_bot)
        s->event_mt = reference_to(s->L, "couplet.event", "event_mt");
    return s;
}

void script_free(struct script *s) {
    if (s == NULL)
        return;
    run_free_spare(s);
    features_unbind(s);
    lua_close(s->L);
    heap_finish(&s->heap);
    mem_free(s->name);
    mem_free(s);
}

int script_require(struct script *s, const char *name, struct err *err) {
    static const struct watch_limits limits = {.time = 5};
    lua_getglobal(s->L, "require");
    lua_pushstring(s->L, name);
    if (s->dog)
        watchdog_begin(s->dog, s->L, &limits);
    s->heap.enforce = true;
    int status = lua_pcall(s->L, 1, 1, 0);
    s->heap.enforce = false;
    if (s->dog)
        watchdog_end(s->dog);
    if (status == LUA_OK)
        return 0;
    err_set(err, "%s", luaL_tolstring(s->L, -1, NULL));
    lua_pop(s->L, 2);
    return -1;
}
