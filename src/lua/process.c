/* SPDX-License-Identifier: MIT */
/*
 * process: programs for Lua (require "couplet.core.process"): the ground of couplet.process. What a bot may
 * run is in its configuration and checked here, beneath all Lua. A program belongs to its run, and ends with
 * it.
 */
#include "loop/process.h"
#include "base/buf.h"
#include "base/mem.h"
#include "lua/bot.h"
#include "lua/open.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MOST = 1000, AT_ONCE_MOST = 8, OUTPUT_MOST = 64 << 20 };

/* ---- who may ---- */

static bool is_listed(char *const *list, const char *name) {
    for (; list != NULL && *list != NULL; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

/* The path of a program that this bot may run; NULL after pushing nil, err. */
static char *allowed(lua_State *L, const struct config_bot *bot, const char *name) {
    struct err err = ERR_INIT;
    if (bot->programs == NULL && !bot->runs_any_program) {
        errors_push(L, "auth", "forbidden",
                    "this bot may run no program: the configuration has no `allow_process:`", NULL);
        return NULL;
    }
    char *path = process_find(name, &err);
    if (path == NULL) {
        errors_push(L, "cancel", "item-not-found", err.text, NULL);
        return NULL;
    }
    if (bot->runs_any_program || is_listed(bot->programs, path) ||
        (strchr(name, '/') == NULL && is_listed(bot->programs, name)))
        return path;
    mem_free(path);
    err_set(&err, "this bot may not run '%.200s': `allow_process:` does not name it", name);
    errors_push(L, "auth", "forbidden", err.text, NULL);
    return NULL;
}

/* ---- what is asked: the fields of the table at 1 stay on the stack, which holds what is borrowed ---- */

static const char **words_field(lua_State *L, const char *name) {
    luaL_checkstack(L, 8, "process");
    if (lua_getfield(L, 1, name) != LUA_TTABLE)
        luaL_error(L, "%s: a list of strings is expected", name);
    int list = lua_gettop(L);
    size_t count = lua_rawlen(L, list);
    if (count > WORDS_MOST)
        luaL_error(L, "%s: at most %d of them", name, WORDS_MOST);
    const char **out = lua_newuserdatauv(L, (count + 1) * sizeof(*out), 0);
    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        if (lua_rawgeti(L, list, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(L, "%s: a list of strings is expected", name);
        out[i] = lua_tolstring(L, -1, &len); /* the list holds it */
        if (strlen(out[i]) != len)
            luaL_error(L, "%s: a NUL in '%s'", name, out[i]);
        lua_pop(L, 1);
    }
    out[count] = NULL;
    return out;
}

static lua_Number number_field(lua_State *L, const char *name, lua_Number most, lua_Number otherwise) {
    luaL_checkstack(L, 4, "process");
    lua_getfield(L, 1, name);
    lua_Number n = luaL_optnumber(L, -1, otherwise);
    if (!(n >= 0 && n <= most))
        luaL_error(L, "%s: a number from 0 to %f is expected", name, most);
    return n;
}

/* Part of one is one: none at all would be no limit. */
static uint64_t limit_field(lua_State *L, const char *name, lua_Number most) {
    lua_Number n = number_field(L, name, most, 0);
    return n > 0 && n < 1 ? 1 : (uint64_t)n;
}

static void read_options(lua_State *L, struct process_options *o) {
    o->argv = words_field(L, "argv");
    luaL_argcheck(L, o->argv[0] != NULL, 1, "argv names no program");
    o->env = words_field(L, "env");
    lua_getfield(L, 1, "cwd");
    o->folder = luaL_optstring(L, -1, NULL);
    lua_getfield(L, 1, "input");
    o->input = luaL_optlstring(L, -1, NULL, &o->input_len);
    o->timeout_ms = (int64_t)(number_field(L, "timeout", 86400, 30) * 1000) + 1;
    o->output_most = (size_t)number_field(L, "max_output", OUTPUT_MOST, 65536);
    o->cpu_seconds = limit_field(L, "max_cpu", 1e6);
    o->memory = limit_field(L, "max_memory", 1e15);
    o->open_files = limit_field(L, "max_files", 1e6);
}

/* ---- running ---- */

static void cancel(struct run *r) {
    r->cancel = NULL;
    r->bot->programs_running--;
    process_end(r->wait_ctx);
}

static void set_number(lua_State *L, const char *field, int value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, field);
}

static void on_result(void *ctx, const struct process_result *result) {
    struct run *r = ctx;
    lua_State *L = r->co;
    r->cancel = NULL;
    r->bot->programs_running--;
    luaL_checkstack(L, 6, "process");
    if (result->is_late)
        errors_push(L, "wait", "remote-server-timeout", "the program took too long, and was ended", NULL);
    lua_createtable(L, 0, 5);
    if (result->signal != 0)
        set_number(L, "signal", result->signal);
    else
        set_number(L, "status", result->status);
    lua_pushlstring(L, result->out, result->out_len);
    lua_setfield(L, -2, "stdout");
    lua_pushlstring(L, result->err, result->err_len);
    lua_setfield(L, -2, "stderr");
    lua_pushboolean(L, result->is_truncated);
    lua_setfield(L, -2, "truncated");
    if (result->is_late)
        lua_setfield(L, -2, "extra"); /* what it said until then */
    run_wake(r, result->is_late ? 2 : 1);
}

static int refuse(lua_State *L, struct run *r, const char *condition, const char *text) {
    r->waiting = false;
    return errors_push(L, "wait", condition, text, NULL);
}

/* run{ argv, env = { "NAME=value", … }, cwd, input, timeout, max_output, max_cpu, max_memory, max_files }
 * -> { status | signal, stdout, stderr, truncated } | nil, err. Waits. */
static int l_run(lua_State *L) {
    struct process_options options = {0};
    struct err err = ERR_INIT;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    read_options(L, &options);
    struct run *r = run_check_wait(L, "a program");
    if (r->bot->programs_running >= AT_ONCE_MOST)
        return refuse(L, r, "resource-constraint", "too many programs of this bot are running");
    char *path = allowed(L, r->bot->config, options.argv[0]);
    if (path == NULL) {
        r->waiting = false;
        return 2;
    }
    options.path = path;
    r->wait_ctx = process_run(r->script->loop, &options, on_result, r, &err);
    mem_free(path);
    if (r->wait_ctx == NULL)
        return refuse(L, r, "undefined-condition", err.text);
    r->bot->programs_running++;
    r->cancel = cancel;
    return lua_yield(L, 0);
}

/* base_environment() -> { PATH =, HOME =, LANG = } of ours */
static int l_environment(lua_State *L) {
    static const char *const names[] = {"PATH", "HOME", "LANG"};
    lua_createtable(L, 0, 3);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        lua_pushstring(L, getenv(names[i]));
        lua_setfield(L, -2, names[i]);
    }
    return 1;
}

int open_core_process(lua_State *L) {
    static const luaL_Reg functions[] = {{"run", l_run}, {"environment", l_environment}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
