/* SPDX-License-Identifier: MIT */
#include "lua/store.h"

#include "base/mem.h"
#include "base/wall.h"
#include "store/pairs.h"

#include <stddef.h>

struct store_watch {   /* what became of all that a run changed */
    struct run *run;   /* NULL: it is gone */
    store_done *done;  /* NULL: the run does not wait for it (yet) */
    unsigned pending;  /* batches on their way */
    struct err failed; /* of the first that is not written; empty: none */
};

struct store_flush { /* a batch on its way */
    struct bot *bot; /* NULL: it is gone */
    struct store_watch *watch;
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

/* r, and with it w, may be gone afterwards. */
static void wake(struct store_watch *w) {
    struct run *r = w->run;
    store_done *done = w->done;
    struct err failed = w->failed;
    w->done = NULL;
    w->failed.text[0] = '\0';
    r->cancel = NULL;
    r->wait_ctx = NULL;
    done(r, failed.text[0] != '\0' ? &failed : NULL);
}

static void note_failure(struct store_watch *w, const struct err *failed) {
    if (w->failed.text[0] == '\0')
        w->failed = *failed;
}

static void on_written(void *ctx, struct pairs_batch *batch, const struct err *failed) {
    struct store_flush *f = ctx;
    struct store_watch *w = f->watch;
    if (failed != NULL)
        note_failure(w, failed);
    if (f->bot != NULL && failed != NULL) {
        if (w->done == NULL)
            log_error(f->bot->script->log, bot_name(f->bot), "bot.store is not written: %s", failed->text);
        put_back(f->bot, batch);
    }
    forget(f);
    if (--w->pending > 0)
        return;
    if (w->run == NULL)
        mem_free(w);
    else if (w->done != NULL)
        wake(w);
}

static void submit(struct bot *b, struct store_watch *w) {
    struct store_flush *f = mem_new(struct store_flush);
    f->bot = b;
    f->watch = w;
    w->pending++;
    f->next = b->flushes;
    f->link = &b->flushes;
    if (f->next != NULL)
        f->next->link = &f->next;
    b->flushes = f;
    struct pairs_batch *batch = b->batch;
    b->batch = NULL;
    pairs_submit(b->database, batch, on_written, f);
}

/* What cannot be kept (logged) does not hold up the rest. */
static void flush(struct bot *b, struct store_watch *w) {
    struct err err = ERR_INIT;
    if (call_library(b, "flush", 0, &err) < 0) {
        log_error(b->script->log, bot_name(b), "bot.store is not written: %s", err.text);
        note_failure(w, &err);
    }
    if (b->batch != NULL)
        submit(b, w);
}

static struct store_watch *watch_of(struct run *r) {
    if (r->stored == NULL) {
        r->stored = mem_new(struct store_watch);
        r->stored->run = r;
    }
    return r->stored;
}

static void on_known(struct loop_defer *d) {
    wake(((struct run *)((char *)d - offsetof(struct run, defer)))->stored);
}

static void stop_waiting(struct run *r) {
    loop_defer_cancel(r->script->loop, &r->defer);
    r->stored->done = NULL;
    r->cancel = NULL;
}

/* Also of what it changed before it waited the last time: that may still be on its way, or have failed. */
bool store_settle(struct run *r, store_done *done) {
    struct script *s = r->script;
    while (s->dirty != NULL) {
        struct bot *b = s->dirty;
        s->dirty = b->next_dirty;
        b->is_store_dirty = false;
        flush(b, watch_of(r));
    }
    struct store_watch *w = r->stored;
    if (done == NULL || w == NULL || (w->pending == 0 && w->failed.text[0] == '\0'))
        return false;
    w->done = done;
    r->wait_ctx = w;
    r->cancel = stop_waiting;
    if (w->pending == 0) { /* it is known already */
        r->defer.run = on_known;
        loop_defer(s->loop, &r->defer);
    }
    return true;
}

void store_forget(struct run *r) {
    struct store_watch *w = r->stored;
    r->stored = NULL;
    if (w == NULL)
        return;
    w->run = NULL;
    w->done = NULL;
    if (w->pending == 0)
        mem_free(w);
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
