/* SPDX-License-Identifier: MIT */
#include "hook/index.h"

#include "base/mem.h"
#include "hook/index_key.h"
#include "hook/index_loose.h"
#include "hook/said.h"

struct item {
    uint32_t hash, place;
};

struct hook_index {
    uint32_t types;                         /* of all the hooks together */
    unsigned include;                       /* likewise */
    uint32_t kinds;                         /* bit: something is filed under that kind */
    uint32_t start_lens;                    /* bit n: something is filed under n bytes of the body's start */
    uint32_t mask;                          /* number of slots - 1 */
    uint32_t *slots;                        /* where a slot's items begin; mask + 2 of them; owned */
    struct item *items;                     /* by slot; owned */
    struct index_loose *loose;              /* owned; NULL: none */
    uint32_t *rest;                         /* places; owned */
    uint32_t item_count, rest_count, count; /* count: of the hooks */
};

/* What filing under a domain, among loose patterns or under nothing is worth, in hooks that share a key:
 * whoever writes to a bot mostly comes from its own domain; a loose pattern is skipped after one comparison.
 */
enum { DOMAIN_COST = 4, LOOSE_COST = 12, LOOSE = INDEX_KINDS, REST };

/* How many hooks have a key; keys that fall together are counted together. */
struct census {
    uint32_t *counts, mask;
};

static uint32_t power_above(uint32_t n) {
    uint32_t p = 1;
    while (p <= n)
        p *= 2;
    return p;
}

static void census_take(struct census *c, struct hook_entry *const *entries, uint32_t count) {
    uint32_t hash;
    c->mask = power_above(count * 8) - 1;
    c->counts = mem_alloc0((c->mask + 1) * sizeof(c->counts[0]));
    for (uint32_t place = 0; place < count; place++)
        for (int kind = 0; kind < INDEX_KINDS; kind++)
            for (size_t i = 0; index_has(entries[place], kind) && index_key(entries[place], kind, i, &hash);
                 i++)
                c->counts[hash & c->mask]++;
}

static uint32_t cost(const struct census *c, const struct hook_entry *e, enum index_kind kind) {
    uint32_t worst = 0, hash;
    for (size_t i = 0; index_key(e, kind, i, &hash); i++)
        if (c->counts[hash & c->mask] > worst)
            worst = c->counts[hash & c->mask];
    return kind == INDEX_DOMAIN ? worst * DOMAIN_COST + LOOSE_COST : worst;
}

/* The kind to file it under: an index_kind, LOOSE or REST. */
static int choose(const struct census *c, const struct hook_entry *e) {
    int best = index_loose_fits(e) ? LOOSE : REST;
    uint32_t least = best == LOOSE ? LOOSE_COST : UINT32_MAX;
    for (int kind = 0; kind < INDEX_KINDS; kind++) {
        uint32_t price = index_has(e, kind) ? cost(c, e, kind) : UINT32_MAX;
        if (price < least) {
            best = kind;
            least = price;
        }
    }
    return best;
}

static void add_items(struct hook_index *x, const struct hook_entry *e, enum index_kind kind,
                      uint32_t place) {
    uint32_t hash;
    for (size_t i = 0; index_key(e, kind, i, &hash); i++) {
        x->items = mem_array(x->items, x->item_count + 1, sizeof(x->items[0]));
        x->items[x->item_count++] = (struct item){hash, place};
    }
    x->kinds |= UINT32_C(1) << kind;
    if (kind == INDEX_START)
        x->start_lens |= UINT32_C(1) << index_start_len(e);
}

static void add_loose(struct hook_index *x, const struct hook_entry *e, uint32_t place) {
    if (x->loose == NULL)
        x->loose = index_loose_new();
    index_loose_add(x->loose, e, place);
}

static void add_rest(struct hook_index *x, uint32_t place) {
    x->rest = mem_array(x->rest, x->rest_count + 1, sizeof(x->rest[0]));
    x->rest[x->rest_count++] = place;
}

static void file(struct hook_index *x, const struct census *c, const struct hook_entry *e, uint32_t place) {
    int kind = choose(c, e);
    x->types |= e->types;
    x->include |= e->include;
    if (kind == LOOSE)
        add_loose(x, e, place);
    else if (kind == REST)
        add_rest(x, place);
    else
        add_items(x, e, kind, place);
}

/* Puts the items of each slot side by side. */
static void make_slots(struct hook_index *x) {
    struct item *sorted = mem_array(NULL, x->item_count, sizeof(x->items[0]));
    x->mask = power_above(x->item_count * 2) - 1;
    x->slots = mem_alloc0((x->mask + 2) * sizeof(x->slots[0]));
    for (uint32_t i = 0; i < x->item_count; i++)
        x->slots[x->items[i].hash & x->mask]++;
    for (uint32_t slot = 1; slot <= x->mask + 1; slot++)
        x->slots[slot] += x->slots[slot - 1];
    for (uint32_t i = x->item_count; i-- > 0;)
        sorted[--x->slots[x->items[i].hash & x->mask]] = x->items[i];
    mem_free(x->items);
    x->items = sorted;
}

struct hook_index *hook_index_new(struct hook_entry *const *entries, uint32_t count) {
    struct hook_index *x = mem_new(struct hook_index);
    struct census c;
    x->count = count;
    census_take(&c, entries, count);
    for (uint32_t place = 0; place < count; place++)
        file(x, &c, entries[place], place);
    mem_free(c.counts);
    make_slots(x);
    return x;
}

void hook_index_free(struct hook_index *x) {
    if (x == NULL)
        return;
    mem_free(x->slots);
    mem_free(x->items);
    index_loose_free(x->loose);
    mem_free(x->rest);
    mem_free(x);
}

static void try_key(const struct hook_index *x, uint32_t hash, struct hook_pick *pick) {
    uint32_t slot = hash & x->mask;
    for (uint32_t i = x->slots[slot]; i < x->slots[slot + 1]; i++)
        if (x->items[i].hash == hash)
            hook_pick_try(pick, x->items[i].place);
}

static bool is_filed(const struct hook_index *x, enum index_kind kind) {
    return x->kinds >> kind & 1;
}

static void try_sender(const struct hook_index *x, struct hook_pick *pick) {
    const struct hook_facts *f = pick->facts;
    if (f->room.s != NULL && is_filed(x, INDEX_ROOM))
        try_key(x, index_hash(INDEX_ROOM, f->room), pick);
    if (f->nick.s != NULL && is_filed(x, INDEX_NICK))
        try_key(x, index_hash(INDEX_NICK, f->nick), pick);
    if (is_filed(x, INDEX_FROM))
        try_key(x, index_hash(INDEX_FROM, f->from_bare), pick);
    if (is_filed(x, INDEX_DOMAIN))
        try_key(x, index_hash(INDEX_DOMAIN, index_domain(f->from_bare)), pick);
}

static void try_payload(const struct hook_index *x, struct hook_pick *pick) {
    bool xmlns = is_filed(x, INDEX_XMLNS), child = is_filed(x, INDEX_CHILD);
    const struct xml_node *n = xmlns || child ? xml_first_element(pick->facts->stanza) : NULL;
    for (; n != NULL; n = xml_next_element(n)) {
        if (xmlns)
            try_key(x, index_hash_name(INDEX_XMLNS, &n->ns), pick);
        if (child)
            try_key(x, index_hash_name(INDEX_CHILD, &n->name), pick);
    }
}

static void try_body(const struct hook_index *x, struct hook_pick *pick) {
    struct str body = pick->facts->body;
    if (body.s == NULL)
        return;
    for (size_t len = 1; x->start_lens >> len != 0 && len <= body.len; len++)
        if (x->start_lens >> len & 1)
            try_key(x, index_hash_start(body, len), pick);
    if (x->loose != NULL)
        index_loose_find(x->loose, pick);
}

static void try_command(const struct hook_index *x, struct hook_pick *pick) {
    if (pick->facts->command.s != NULL && is_filed(x, INDEX_WORD))
        try_key(x, index_hash_word(said_first_word(pick->facts->command)), pick);
}

/* Tries whatever the stanza has a key for; one hook may come up again and again. */
static void find_all(const struct hook_index *x, struct hook_pick *pick) {
    try_sender(x, pick);
    try_payload(x, pick);
    try_body(x, pick);
    try_command(x, pick);
    for (uint32_t i = 0; i < x->rest_count; i++)
        hook_pick_try(pick, x->rest[i]);
}

void hook_index_find(const struct hook_index *x, struct hook_pick *pick) {
    uint64_t few[8], *tried = few;
    size_t words = (x->count + 63) / 64;
    if ((x->types & pick->type) == 0 || (pick->facts->flags & ~x->include) != 0)
        return;
    if (words > sizeof(few) / sizeof(few[0]))
        tried = mem_array(NULL, words, sizeof(few[0]));
    memset(tried, 0, words * sizeof(few[0]));
    pick->tried = tried;
    find_all(x, pick);
    pick->tried = NULL;
    if (tried != few)
        mem_free(tried);
}
