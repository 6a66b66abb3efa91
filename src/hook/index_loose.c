/* SPDX-License-Identifier: MIT */
#include "hook/index_loose.h"

#include "base/mem.h"

/* Six bits of each of the two bytes; what falls together is told apart by the comparison. */
enum { PAIR_BITS = 6 };

struct item {
    uint32_t place;
    uint32_t offset; /* of the pair in the run */
    uint16_t pair;
};

struct index_loose {
    uint64_t pairs[64]; /* bit: something is filed under that pair */
    uint32_t first[65]; /* where the items of a pair's first byte begin; the last: how many there are */
    struct item *items; /* by first byte; owned */
};

struct index_loose *index_loose_new(void) {
    return mem_new(struct index_loose);
}

void index_loose_free(struct index_loose *l) {
    if (l != NULL)
        mem_free(l->items);
    mem_free(l);
}

bool index_loose_fits(const struct hook_entry *e) {
    return e->literal_len >= 2 && !e->literal_at_start;
}

static unsigned pair_of(const char *s) {
    return (unsigned)(s[0] & 63) << PAIR_BITS | (unsigned)(s[1] & 63);
}

/* How common a byte is in talk, roughly: letters by their frequency, blanks most of all. */
static unsigned common(char c) {
    static const char letters[] = "zqxjkvbpygfwmucldrhsnioate";
    const char *at = c != '\0' ? strchr(letters, c) : NULL;
    if (at != NULL)
        return 4 + (unsigned)(at - letters);
    return c == ' ' ? 40 : 4;
}

static uint32_t rarest_pair(const char *run, uint32_t len) {
    uint32_t best = 0;
    for (uint32_t i = 1; i + 1 < len; i++)
        if (common(run[i]) + common(run[i + 1]) < common(run[best]) + common(run[best + 1]))
            best = i;
    return best;
}

void index_loose_add(struct index_loose *l, const struct hook_entry *e, uint32_t place) {
    uint32_t offset = rarest_pair(e->literal, e->literal_len), count = l->first[64];
    unsigned pair = pair_of(e->literal + offset);
    uint32_t at = l->first[(pair >> PAIR_BITS) + 1];
    l->items = mem_array(l->items, count + 1, sizeof(l->items[0]));
    memmove(l->items + at + 1, l->items + at, (count - at) * sizeof(l->items[0]));
    l->items[at] = (struct item){place, offset, (uint16_t)pair};
    for (unsigned i = (pair >> PAIR_BITS) + 1; i <= 64; i++)
        l->first[i]++;
    l->pairs[pair >> PAIR_BITS] |= UINT64_C(1) << (pair & 63);
}

/* Does the run stand in the body so that its pair is at `at`? */
static bool is_there(const struct hook_entry *e, uint32_t offset, struct str body, size_t at) {
    return at >= offset && body.len - (at - offset) >= e->literal_len &&
           memcmp(body.s + (at - offset), e->literal, e->literal_len) == 0;
}

static void try_pair(const struct index_loose *l, unsigned pair, size_t at, struct hook_pick *pick) {
    for (uint32_t i = l->first[pair >> PAIR_BITS]; i < l->first[(pair >> PAIR_BITS) + 1]; i++) {
        const struct item *item = &l->items[i];
        if (item->pair == pair && is_there(pick->entries[item->place], item->offset, pick->facts->body, at))
            hook_pick_try(pick, item->place);
    }
}

void index_loose_find(const struct index_loose *l, struct hook_pick *pick) {
    struct str body = pick->facts->body;
    for (size_t i = 0; i + 1 < body.len; i++)
        if (l->pairs[body.s[i] & 63] >> (body.s[i + 1] & 63) & 1)
            try_pair(l, pair_of(body.s + i), i, pick);
}
