/* SPDX-License-Identifier: MIT */
/*
 * web: requests over HTTP(S) for Lua (require "couplet.core.web"): the ground of couplet.http and of uploads,
 * which say what is allowed. A request waits; it belongs to its run, and ends with it.
 */
#include "net/https.h"
#include "lua/bot.h"
#include "lua/open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADERS_MOST = 100, AT_ONCE_MOST = 32 };

/* ---- files ---- */

/* A regular file, and nothing that would keep us waiting. -1: err says why. */
static int open_file(const char *path, int64_t *size, struct err *err) {
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, "cannot read %.300s: %s", path, strerror(errno));
    if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode)) {
        *size = s.st_size;
        return fd;
    }
    close(fd);
    return err_set(err, "cannot read %.300s: it is no file", path);
}

static int push_failure(lua_State *L, const char *text) {
    return errors_push(L, "cancel", "undefined-condition", text, NULL);
}

/* size(path) -> bytes | nil, err */
static int l_size(lua_State *L) {
    struct err err = ERR_INIT;
    int64_t size = 0;
    int fd = open_file(luaL_checkstring(L, 1), &size, &err);
    if (fd < 0)
        return push_failure(L, err.text);
    close(fd);
    lua_pushinteger(L, size);
    return 1;
}

/* ---- what is asked: the fields of the table at 1 stay on the stack, which holds what is borrowed ---- */

static const char *text_field(lua_State *L, const char *name) {
    luaL_checkstack(L, 4, "request");
    lua_getfield(L, 1, name);
    return luaL_optstring(L, -1, NULL);
}

static lua_Number number_field(lua_State *L, const char *name, lua_Number least, lua_Number most,
                               lua_Number otherwise) {
    luaL_checkstack(L, 4, "request");
    lua_getfield(L, 1, name);
    lua_Number n = luaL_optnumber(L, -1, otherwise);
    if (!(n >= least && n <= most))
        luaL_error(L, "%s: a number from %f to %f is expected", name, least, most);
    return n;
}

static bool flag_field(lua_State *L, const char *name) {
    luaL_checkstack(L, 4, "request");
    lua_getfield(L, 1, name);
    return lua_toboolean(L, -1);
}

/* { "Name: value", … } as C has it. */
static const char *const *headers_field(lua_State *L) {
    luaL_checkstack(L, 6, "request");
    if (lua_getfield(L, 1, "headers") == LUA_TNIL)
        return NULL;
    luaL_checktype(L, -1, LUA_TTABLE);
    int list = lua_gettop(L);
    size_t count = lua_rawlen(L, list);
    if (count > HEADERS_MOST)
        luaL_error(L, "headers: at most %d of them", HEADERS_MOST);
    const char **out = lua_newuserdatauv(L, (count + 1) * sizeof(*out), 0);
    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        out[i] = luaL_checklstring(L, -1, &len); /* the list holds it */
        if (strlen(out[i]) != len)
            luaL_error(L, "headers: a NUL in '%s'", out[i]);
        lua_pop(L, 1);
    }
    out[count] = NULL;
    return out;
}

static void read_request(lua_State *L, struct https_request *r) {
    r->url = text_field(L, "url");
    luaL_argcheck(L, r->url != NULL, 1, "it has no url");
    r->method = text_field(L, "method");
    r->headers = headers_field(L);
    r->body = text_field(L, "body");
    if (r->body != NULL)
        lua_tolstring(L, -1, &r->body_len);
}

static void read_options(lua_State *L, struct https_options *o) {
    static const char *const clears[] = {"never", "loopback", "always", NULL};
    luaL_checkstack(L, 8, "request");
    lua_getfield(L, 1, "clear");
    o->clear = (enum https_clear)luaL_checkoption(L, -1, "never", clears);
    o->timeout_ms = (uint32_t)(number_field(L, "timeout", 0.001, 86400, 15) * 1000);
    o->most_len = (size_t)number_field(L, "max_bytes", 1, 1 << 30, 65536);
    o->redirects = (int)number_field(L, "redirects", 0, 20, 0);
    o->is_public_only = flag_field(L, "public_only");
    o->wants_head = flag_field(L, "wants_head");
    o->unpacks = flag_field(L, "unpacks");
    o->ca_file = text_field(L, "ca_file");
    if (lua_getfield(L, 1, "trust") == LUA_TNIL)
        return;
    const struct config_bot *config = bot_check(L, lua_gettop(L))->config;
    o->ca_file = config->ca_file.path;
    o->crl_file = config->crl_file.path;
    o->min_version = config->tls_min_version;
}

/* ---- asking ---- */

static void cancel(struct run *r) {
    r->cancel = NULL;
    r->bot->requests_waiting--;
    https_cancel(r->wait_ctx);
}

static void set_text(lua_State *L, const char *field, const char *bytes, size_t len) {
    lua_pushlstring(L, bytes, len);
    lua_setfield(L, -2, field);
}

static void on_answer(void *ctx, const struct https_answer *a) {
    struct run *r = ctx;
    lua_State *L = r->co;
    r->cancel = NULL;
    r->bot->requests_waiting--;
    luaL_checkstack(L, 4, "answer");
    if (a->status == 0) {
        run_wake(r, push_failure(L, a->why));
        return;
    }
    lua_createtable(L, 0, 5);
    lua_pushinteger(L, a->status);
    lua_setfield(L, -2, "status");
    set_text(L, "body", a->bytes, a->len);
    set_text(L, "head", a->head, strlen(a->head));
    set_text(L, "url", a->url, strlen(a->url));
    if (a->why != NULL)
        set_text(L, "why", a->why, strlen(a->why));
    run_wake(r, 1);
}

/* Opens the file that is to be sent, which must be as long as was said. */
static int take_file(struct https_request *request, const char *path, lua_Number size, struct err *err) {
    int64_t len = 0;
    if (path == NULL)
        return 0;
    request->fd = open_file(path, &len, err);
    if (request->fd < 0)
        return -1;
    request->has_file = true;
    request->body_len = (size_t)len;
    if (size < 0 || len == (int64_t)size)
        return 0;
    close(request->fd);
    return err_set(err, "%.300s has changed meanwhile", path);
}

/* request{ url, method, headers = { "Name: value" }, body | file (a path), size (of the file), timeout,
 * max_bytes, redirects, clear = never | loopback | always, public_only, wants_head, unpacks, ca_file | trust
 * = bot }
 * -> { status, body, head, url, why (unless 2xx) } | nil, err where there was no answer. Waits. */
static int l_request(lua_State *L) {
    struct https_request request = {.fd = -1};
    struct https_options options = {0};
    struct err err = ERR_INIT;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    read_request(L, &request);
    read_options(L, &options);
    const char *path = text_field(L, "file");
    lua_Number size = number_field(L, "size", -1, 1e15, -1);
    struct run *r = run_check_wait(L, "a request over HTTP");
    if (r->bot->requests_waiting >= AT_ONCE_MOST) {
        r->waiting = false;
        return errors_push(L, "wait", "resource-constraint", "too many requests of this bot are under way",
                           NULL);
    }
    if (take_file(&request, path, size, &err) < 0) {
        r->waiting = false;
        return push_failure(L, err.text);
    }
    r->wait_ctx = https_ask(r->script->loop, r->script->dns, &request, &options, on_answer, r);
    r->bot->requests_waiting++;
    r->cancel = cancel;
    return lua_yield(L, 0);
}

int open_core_web(lua_State *L) {
    static const luaL_Reg functions[] = {{"request", l_request}, {"size", l_size}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
