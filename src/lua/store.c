/* SPDX-License-Identifier: MIT */
#include "lua/store.h"

#include "base/mem.h"
#include "base/wall.h"
#include "store/pairs.h"

struct store_flush { /* a batch on its way */
    struct bot *bot; /* NULL: it is gone */
    struct run *run; /* NULL: nobody waits */
    store_done *done;
    struct store_flush *next, **link;
};

/* ---- from Lua ---- */

static void add_row(void *ctx, struct str key, struct str value, int64_t expires_ms) {
    lua_State *L = ctx;
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
    lua_pushlstring(L, key.s, key.len);
    lua_rawseti(L, -2, n + 1);
    lua_pushlstring(L, value.s, value.len);
    lua_rawseti(L, -2, n + 2);
    lua_pushnumber(L, (lua_Number)expires_ms / 1000);
    lua_rawseti(L, -2, n + 3);
}

int store_load(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    struct script *s = b->script;
    struct err err = ERR_INIT;
    bool enforced = s->heap.enforce;
    if (b->database == NULL)
        return 0;
    lua_newtable(L);
    luaL_checkstack(L, 4, "store");
    s->heap.enforce = false; /* nothing raises while the rows are ours */
    int r = pairs_load(b->database, bot_name(b), wall_ms(), add_row, L, &err);
    s->heap.enforce = enforced;
    return r == 0 ? 1 : luaL_error(L, "bot.store cannot be read: %s", err.text);
}

int store_touch(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    if (b->is_store_dirty || b->database == NULL)
        return 0;
    b->is_store_dirty = true;
    b->next_dirty = b->script->dirty;
    b->script->dirty = b;
    return 0;
}

int store_put(lua_State *L) {
    struct bot *b = bot_check(L, 1);
    struct str key, value = STR_NONE;
    key.s = luaL_checklstring(L, 2, &key.len);
    if (!lua_isnil(L, 3))
        value.s = luaL_checklstring(L, 3, &value.len);
    lua_Number expires = luaL_checknumber(L, 4);
    if (key.len + value.len > PAIRS_LEN_MAX)
        return luaL_error(L, "a value of bot.store has %d bytes; %d at most", (int)(key.len + value.len),
                          PAIRS_LEN_MAX);
    if (b->batch == NULL)
        b->batch = pairs_batch_new(bot_name(b));
    pairs_put(b->batch, key, value, (int64_t)(expires * 1000));
    return 0;
}

/* ---- to the disk ---- */

static void forget(struct store_flush *f) {
    if (f->bot != NULL) {
        *f->link = f->next;
        if (f->next != NULL)
            f->next->link = f->link;
    }
    mem_free(f);
}

/* Calls couplet.store.NAME(bot, list); list: of keys, at the top of L (popped), or nothing. -1: err. */
static int call_library(struct bot *b, const char *name, int args, struct err *err) {
    lua_State *L = b->script->L;
    int list = lua_gettop(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "couplet.store");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, name);
    bot_push(L, b);
    if (args > 0)
        lua_pushvalue(L, list);
    int status = lua_pcall(L, 1 + args, 0, 0);
    if (status != LUA_OK)
        err_set(err, "%s", lua_isstring(L, -1) ? lua_tostring(L, -1) : "it failed");
    lua_settop(L, list - args);
    return status == LUA_OK ? 0 : -1;
}

static void add_key(void *ctx, struct str key) {
    lua_State *L = ctx;
    lua_pushlstring(L, key.s, key.len);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/* What the disk did not take is tried again with the next change. */
static void put_back(struct bot *b, const struct pairs_batch *batch) {
    struct err err = ERR_INIT;
    lua_newtable(b->script->L);
    pairs_each_key(batch, add_key, b->script->L);
    if (call_library(b, "put_back", 1, &err) < 0)
        log_error(b->script->log, bot_name(b), "bot.store: %s", err.text);
}

static void on_written(void *ctx, struct pairs_batch *batch, const struct err *failed) {
    struct store_flush *f = ctx;
    struct run *r = f->run;
    store_done *done = f->done;
    if (f->bot != NULL && failed != NULL) {
        if (r == NULL)
            log_error(f->bot->script->log, bot_name(f->bot), "bot.store is not written: %s", failed->text);
        put_back(f->bot, batch);
    }
    bool wakes = f->bot != NULL && r != NULL;
    forget(f);
    if (wakes) {
        r->cancel = NULL;
        r->wait_ctx = NULL;
        done(r, failed);
    }
}

static struct store_flush *submit(struct bot *b) {
    struct store_flush *f = mem_new(struct store_flush);
    f->bot = b;
    f->next = b->flushes;
    f->link = &b->flushes;
    if (f->next != NULL)
        f->next->link = &f->next;
    b->flushes = f;
    struct pairs_batch *batch = b->batch;
    b->batch = NULL;
    pairs_submit(b->database, batch, on_written, f);
    return f;
}

/* NULL: nothing to write, or it cannot be (logged). */
static struct store_flush *flush(struct bot *b) {
    struct err err = ERR_INIT;
    if (call_library(b, "flush", 0, &err) < 0) {
        log_error(b->script->log, bot_name(b), "bot.store is not written: %s", err.text);
        pairs_batch_free(b->batch);
        b->batch = NULL;
    }
    return b->batch != NULL ? submit(b) : NULL;
}

static void stop_waiting(struct run *r) {
    ((struct store_flush *)r->wait_ctx)->run = NULL;
    r->cancel = NULL;
}

/* Batches are written in order, so the last one tells of all. */
bool store_settle(struct run *r, store_done *done) {
    struct script *s = r->script;
    struct store_flush *last = NULL;
    while (s->dirty != NULL) {
        struct bot *b = s->dirty;
        s->dirty = b->next_dirty;
        b->is_store_dirty = false;
        struct store_flush *f = flush(b);
        last = f != NULL ? f : last;
    }
    if (last == NULL || done == NULL)
        return false;
    last->run = r;
    last->done = done;
    r->wait_ctx = last;
    r->cancel = stop_waiting;
    return true;
}

void store_close(struct bot *b) {
    for (struct bot **at = &b->script->dirty; *at != NULL;) {
        if (*at == b)
            *at = b->next_dirty;
        else
            at = &(*at)->next_dirty;
    }
    for (struct store_flush *f = b->flushes; f != NULL; f = f->next)
        f->bot = NULL;
    b->flushes = NULL;
    pairs_batch_free(b->batch);
    b->batch = NULL;
}
