/* SPDX-License-Identifier: MIT */
/*
 * terminal: lines that a person types, for a bot that stands between a terminal and the network.
 * terminal.read() waits like everything else; lines that come while nobody reads are kept. One reader a
 * process: stdin is one.
 */
#include "lua/bot.h"
#include "lua/open.h"

#include "base/mem.h"

#include <unistd.h>

struct terminal {
    struct loop_lines *lines;
    struct run *reader; /* who waits for the next line */
    struct buf pending; /* complete lines, each with its newline, that nobody has read yet */
    bool ended;
};

static const char terminal_type[] = "couplet.terminal";

/* Pushes the next line, or nil at the end. False: there is none yet. */
static bool push_next(lua_State *L, struct terminal *t) {
    size_t len = buf_len(&t->pending);
    const char *newline = len ? memchr(buf_data(&t->pending), '\n', len) : NULL;
    if (newline == NULL) {
        lua_pushnil(L);
        if (!t->ended)
            lua_pop(L, 1);
        return t->ended;
    }
    size_t line_len = (size_t)(newline - buf_data(&t->pending));
    lua_pushlstring(L, buf_data(&t->pending), line_len);
    buf_consume(&t->pending, line_len + 1);
    return true;
}

static void on_line(void *ctx, const char *line, size_t len) {
    struct terminal *t = ctx;
    if (line == NULL) {
        t->ended = true;
    } else {
        buf_add(&t->pending, line, len);
        buf_addc(&t->pending, '\n');
    }
    struct run *r = t->reader;
    if (r == NULL || !push_next(r->co, t))
        return;
    t->reader = NULL;
    r->cancel = NULL;
    run_wake(r, 1);
}

/* The state's terminal, opened at first use; kept in the registry. */
static struct terminal *open_terminal(lua_State *L) {
    struct err err = ERR_INIT;
    struct terminal *t = lua_touserdata(L, lua_upvalueindex(1));
    if (t->lines == NULL && !t->ended) {
        t->lines = loop_lines_open(script_of(L)->loop, STDIN_FILENO, on_line, t, &err);
        if (t->lines == NULL)
            luaL_error(L, "the terminal cannot be read: %s", err.text);
    }
    return t;
}

static void cancel_read(struct run *r) {
    struct terminal *t = r->wait_ctx;
    t->reader = NULL;
}

/* terminal.read() -> line without its newline, or nil at the end of input. Waits. */
static int l_read(lua_State *L) {
    struct terminal *t = open_terminal(L);
    if (t->reader != NULL)
        return luaL_error(L, "another handler is reading the terminal already");
    if (push_next(L, t))
        return 1;
    struct run *r = run_check_wait(L, "terminal.read");
    t->reader = r;
    r->cancel = cancel_read;
    r->wait_ctx = t;
    return lua_yield(L, 0);
}

/* terminal.is_terminal() -> whether a person sits at stdin. */
static int l_is_terminal(lua_State *L) {
    lua_pushboolean(L, isatty(STDIN_FILENO));
    return 1;
}

/* terminal.write(text): to stdout, at once. */
static int l_write(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, text, len);
        if (n <= 0)
            break;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

static int terminal_gc(lua_State *L) {
    struct terminal *t = luaL_checkudata(L, 1, terminal_type);
    loop_lines_close(t->lines);
    t->lines = NULL;
    buf_finish(&t->pending);
    return 0;
}

int open_core_terminal(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"read", l_read}, {"is_terminal", l_is_terminal}, {"write", l_write}, {NULL, NULL}};
    luaL_newlibtable(L, functions);
    struct terminal *t = lua_newuserdatauv(L, sizeof(*t), 0);
    memset(t, 0, sizeof(*t));
    luaL_newmetatable(L, terminal_type);
    lua_pushcfunction(L, terminal_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    luaL_setfuncs(L, functions, 1);
    return 1;
}
