/* SPDX-License-Identifier: MIT */
#include "lua/run_internal.h"

#include "base/mem.h"
#include "lua/bot.h"
#include "lua/store.h"

enum { SPARE_MOST = 64 };

static void link_run(struct run *r, struct run **head) {
    r->next = *head;
    r->link = head;
    if (r->next != NULL)
        r->next->link = &r->next;
    *head = r;
}

static void unlink_run(struct run *r) {
    *r->link = r->next;
    if (r->next != NULL)
        r->next->link = r->link;
}

static struct run *make(struct script *s) {
    struct run *r = mem_new(struct run);
    r->script = s;
    r->co = lua_newthread(s->L);
    r->co_ref = luaL_ref(s->L, LUA_REGISTRYINDEX);
    r->event_ref = LUA_NOREF;
    return r;
}

static void destroy(struct run *r) {
    luaL_unref(r->script->L, LUA_REGISTRYINDEX, r->co_ref);
    mem_free(r);
}

struct run *run_new(struct bot *bot) {
    struct script *s = bot_script(bot);
    struct run *r = s->spare_runs;
    if (r != NULL) {
        unlink_run(r);
        s->spare_count--;
    } else {
        r = make(s);
    }
    r->bot = bot;
    r->event = s->log->event != 0 ? s->log->event : log_event_new(s->log);
    link_run(r, bot_runs(bot));
    return r;
}

void run_free_spare(struct script *s) {
    while (s->spare_runs != NULL) {
        struct run *r = s->spare_runs;
        unlink_run(r);
        destroy(r);
    }
    s->spare_count = 0;
}

/* Gives the run back. Its coroutine must be at rest. */
void run_recycle(struct run *r) {
    struct script *s = r->script;
    unlink_run(r);
    store_forget(r);
    origin_finish(&r->origin);
    luaL_unref(s->L, LUA_REGISTRYINDEX, r->event_ref);
    if (r->hooks != r->few)
        mem_free(r->hooks);
    lua_settop(r->co, 0);
    if (s->spare_count >= SPARE_MOST) {
        destroy(r);
        return;
    }
    *r = (struct run){.script = s, .co = r->co, .co_ref = r->co_ref, .event_ref = LUA_NOREF};
    link_run(r, &s->spare_runs);
    s->spare_count++;
}
