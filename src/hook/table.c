/* SPDX-License-Identifier: MIT */
/*
 * The hooks of one bot in one list, sorted by event, priority and age. A few hooks are simply tried in order;
 * many hooks of one event get an index, made at the first match after a change and thrown away at the next
 * change, so that a bot with two hooks pays for nothing and a bot with hundreds pays once.
 */
#include "hook/table.h"

#include "base/mem.h"
#include "hook/entry.h"
#include "hook/index.h"

#include <assert.h>

enum { HANDFUL = 8 };

#define STANZA_EVENTS (HOOK_COMMAND + 1) /* those that are indexed */

struct hook_table {
    struct hook_entry **list; /* owned */
    uint64_t serial;          /* of the next hook */
    uint32_t
        begin[HOOK_EVENT_COUNT + 1]; /* where the hooks of an event begin; the last: how many there are */
    struct hook_index *index[STANZA_EVENTS]; /* owned; NULL: a handful, or not made yet */
};

struct hook_table *hook_table_new(void) {
    return mem_new(struct hook_table);
}

size_t hook_table_count(const struct hook_table *t) {
    return t->begin[HOOK_EVENT_COUNT];
}

bool hook_table_has(const struct hook_table *t, enum hook_event event) {
    return t->begin[event + 1] > t->begin[event];
}

void hook_table_free(struct hook_table *t) {
    if (t == NULL)
        return;
    for (size_t count; (count = hook_table_count(t)) > 0;)
        hook_table_remove(t, &t->list[count - 1]->hook);
    mem_free(t->list);
    mem_free(t);
}

static void changed(struct hook_table *t, enum hook_event event, int by) {
    for (int i = event + 1; i <= HOOK_EVENT_COUNT; i++)
        t->begin[i] += (uint32_t)by;
    if (event < STANZA_EVENTS) {
        hook_index_free(t->index[event]);
        t->index[event] = NULL;
    }
}

struct hook *hook_table_add(struct hook_table *t, const struct hook_spec *spec, void *owner,
                            void (*freed)(struct hook *h)) {
    struct hook_entry *e = hook_entry_new(spec, owner, freed);
    uint32_t count = t->begin[HOOK_EVENT_COUNT], at = t->begin[spec->event + 1];
    e->hook.serial = t->serial++;
    while (at > t->begin[spec->event] && t->list[at - 1]->hook.spec->priority < spec->priority)
        at--;
    t->list = mem_array(t->list, count + 1, sizeof(t->list[0]));
    memmove(t->list + at + 1, t->list + at, (count - at) * sizeof(t->list[0]));
    t->list[at] = e;
    changed(t, spec->event, 1);
    return &e->hook;
}

void hook_table_remove(struct hook_table *t, struct hook *h) {
    uint32_t count = t->begin[HOOK_EVENT_COUNT], at = t->begin[h->spec->event];
    if (h->removed)
        return;
    while (at < count && &t->list[at]->hook != h)
        at++;
    assert(at < count);
    memmove(t->list + at, t->list + at + 1, (count - at - 1) * sizeof(t->list[0]));
    changed(t, h->spec->event, -1);
    h->removed = true;
    hook_unref(h); /* last: it may call back */
}

static size_t hand_over(const struct hook_pick *pick, struct hook *list[HOOK_MATCH_MAX]) {
    for (uint32_t i = 0; i < pick->count; i++) {
        list[i] = &pick->entries[pick->places[i]]->hook;
        hook_ref(list[i]);
    }
    return pick->count;
}

size_t hook_table_match(struct hook_table *t, const struct hook_facts *facts,
                        struct hook *list[HOOK_MATCH_MAX]) {
    enum hook_event event = facts->event;
    uint32_t begin = t->begin[event], count = t->begin[event + 1] - begin;
    struct hook_pick pick; /* the places are not worth clearing */
    if (count == 0)
        return 0;
    pick.entries = t->list + begin;
    pick.facts = facts;
    pick.type = hook_type_bit(event, facts->type);
    pick.tried = NULL;
    pick.count = 0;
    if (count > HANDFUL && event < STANZA_EVENTS) {
        if (t->index[event] == NULL)
            t->index[event] = hook_index_new(pick.entries, count);
        hook_index_find(t->index[event], &pick);
    } else {
        for (uint32_t i = 0; i < count; i++)
            hook_pick_try(&pick, i);
    }
    return hand_over(&pick, list);
}

bool hook_table_wants(struct hook_table *t, const struct hook_facts *facts) {
    struct hook *list[HOOK_MATCH_MAX];
    size_t count = hook_table_match(t, facts, list);
    for (size_t i = 0; i < count; i++)
        hook_unref(list[i]);
    return count > 0;
}

size_t hook_table_event(struct hook_table *t, enum hook_event event, struct hook *list[HOOK_MATCH_MAX]) {
    uint32_t begin = t->begin[event], count = t->begin[event + 1] - begin;
    if (count > HOOK_MATCH_MAX)
        count = HOOK_MATCH_MAX;
    for (uint32_t i = 0; i < count; i++) {
        list[i] = &t->list[begin + i]->hook;
        hook_ref(list[i]);
    }
    return count;
}
