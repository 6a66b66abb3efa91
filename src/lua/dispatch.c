/* SPDX-License-Identifier: MIT */
#include "lua/dispatch.h"

#include "hook/said.h"
#include "lua/features.h"

/* A handler that raises what calls it again would hold the process up for ever. One that waits in between
 * does not. */
enum { DEPTH_MAX = 32 };

struct wanted { /* two runs of one event; the second answers */
    struct hook *watchers[HOOK_MATCH_MAX], *hooks[3 * HOOK_MATCH_MAX];
    size_t watcher_count, count;
};

/* Commands go before other hooks of the same priority: what was asked for by name is done. Both lists are
 * sorted. */
static size_t merge(struct hook **list, size_t count, struct hook *const *commands, size_t command_count) {
    struct hook *both[2 * HOOK_MATCH_MAX] = {NULL};
    size_t n = 0, i = 0, k = 0;
    while (i < count || k < command_count) {
        bool is_command =
            k < command_count && (i == count || commands[k]->spec->priority >= list[i]->spec->priority);
        both[n++] = is_command ? commands[k++] : list[i++];
    }
    memcpy(list, both, n * sizeof(both[0]));
    return n;
}

/* Adds those of the command that the message says: the bot's own, else the library's (help). */
static void match_command(struct bot *b, const struct hook_facts *facts, struct wanted *w) {
    struct hook *commands[HOOK_MATCH_MAX];
    struct hook_facts f = *facts;
    f.event = HOOK_COMMAND;
    size_t count = hook_table_match(b->hooks, &f, commands);
    if (count == 0)
        count = features_match(b->script->features, b->features, false, &f, commands);
    count = command_keep_longest(commands, count, f.command);
    w->count = merge(w->hooks, w->count, commands, count);
}

static void match(struct bot *b, const struct hook_facts *facts, struct wanted *w) {
    struct features *f = b->script->features;
    w->watcher_count = features_match(f, b->features, true, facts, w->watchers);
    w->count = hook_table_match(b->hooks, facts, w->hooks);
    if (facts->command.s != NULL && (facts->flags & ~(unsigned)HOOK_ARCHIVE) == 0 &&
        hook_table_has(b->hooks, HOOK_COMMAND))
        match_command(b, facts, w);
    w->count += features_match(f, b->features, false, facts, w->hooks + w->count);
}

static struct run *new_run(struct bot *b, const struct hook_facts *facts, lua_State *L, int event) {
    struct run *r = run_new(b);
    origin_of_stanza(&r->origin, facts);
    lua_pushvalue(L, event);
    lua_xmove(L, r->co, 1);
    return r;
}

/* The first of the two makes the event, which both see. */
static void make_runs(struct bot *b, const struct hook_facts *facts, const struct wanted *w,
                      struct run *runs[2]) {
    for (int i = 0; i < 2; i++) {
        if ((i == 0 ? w->watcher_count : w->count) == 0)
            continue;
        if (i == 1 && runs[0] != NULL) {
            runs[1] = new_run(b, facts, runs[0]->co, 1);
            continue;
        }
        runs[i] = run_new(b);
        origin_of_stanza(&runs[i]->origin, facts);
        event_push_stanza(runs[i]->co, b, facts);
    }
}

size_t dispatch_stanza(struct bot *b, const struct hook_facts *facts) {
    struct run *runs[2] = {NULL, NULL};
    struct wanted w;
    match(b, facts, &w);
    make_runs(b, facts, &w, runs);
    if (runs[1] != NULL)
        log_debug(b->script->log, bot_name(b), "%s from %.*s: %zu %s it", hook_event_name(facts->event),
                  (int)facts->from_bare.len, facts->from_bare.s, w.count,
                  w.count == 1 ? "hook wants" : "hooks want");
    if (runs[0] != NULL) {
        runs[0]->watches = true;
        run_start(runs[0], w.watchers, w.watcher_count);
    }
    if (runs[1] != NULL)
        run_start(runs[1], w.hooks, w.count);
    return w.count;
}

/* ---- later ---- */

static unsigned next_depth(lua_State *L) {
    const struct run *current = script_of(L)->current;
    unsigned depth = current != NULL ? current->depth + 1 : 0;
    if (depth > DEPTH_MAX)
        luaL_error(L, "events go in circles: %d handlers, each raised by the one before, without a wait",
                   DEPTH_MAX);
    return depth;
}

void dispatch_check(lua_State *L) {
    next_depth(L);
}

size_t dispatch_later(struct bot *b, const struct hook_facts *facts, lua_State *L) {
    struct script *s = b->script;
    bool enforced = s->heap.enforce;
    unsigned depth = next_depth(L);
    struct wanted w;
    match(b, facts, &w);
    s->heap.enforce = false; /* a run is made whole or not at all */
    for (int i = 0; i < 2; i++) {
        struct run *r;
        if ((i == 0 ? w.watcher_count : w.count) == 0)
            continue;
        r = new_run(b, facts, L, -1);
        r->depth = depth;
        r->watches = i == 0;
        run_start_later(r, i == 0 ? w.watchers : w.hooks, i == 0 ? w.watcher_count : w.count);
    }
    s->heap.enforce = enforced;
    lua_pop(L, 1);
    return w.count;
}
