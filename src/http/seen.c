/* SPDX-License-Identifier: MIT */
/* A hash with chains over one array that grows to its bound and is then used in a circle, the oldest first.
 * The keys are digests, so their first bytes are a hash already. */
#include "http/seen.h"

#include "base/mem.h"

#include <string.h>

enum { FIRST = 64 };

struct entry {
    unsigned char key[SEEN_KEY_LEN];
    int64_t expires_s; /* 0: free */
    uint32_t next;     /* 1-based, of the chain; 0: the end */
};

struct seen {
    struct entry *list; /* owned */
    uint32_t *heads;    /* owned; cap of them, a power of two */
    size_t cap, most;
    size_t at; /* the next place */
    size_t count;
    int64_t forgotten_s;
};

struct seen *seen_new(size_t most) {
    struct seen *s = mem_new(struct seen);
    s->most = FIRST;
    while (s->most < most)
        s->most *= 2;
    return s;
}

void seen_free(struct seen *s) {
    if (s == NULL)
        return;
    mem_free(s->list);
    mem_free(s->heads);
    mem_free(s);
}

static uint32_t *head_of(const struct seen *s, const unsigned char *key) {
    uint64_t hash;
    memcpy(&hash, key, sizeof(hash));
    return &s->heads[hash & (s->cap - 1)];
}

static struct entry *find(const struct seen *s, const unsigned char *key) {
    if (s->cap == 0)
        return NULL;
    for (uint32_t i = *head_of(s, key); i != 0; i = s->list[i - 1].next)
        if (memcmp(s->list[i - 1].key, key, SEEN_KEY_LEN) == 0)
            return &s->list[i - 1];
    return NULL;
}

static void unlink_entry(struct seen *s, struct entry *e) {
    uint32_t number = (uint32_t)(e - s->list) + 1, *at = head_of(s, e->key);
    while (*at != number)
        at = &s->list[*at - 1].next;
    *at = e->next;
    e->expires_s = 0;
    s->count--;
}

static void link_entry(struct seen *s, struct entry *e) {
    uint32_t *head = head_of(s, e->key);
    e->next = *head;
    *head = (uint32_t)(e - s->list) + 1;
    s->count++;
}

/* The circle is unrolled: the oldest comes first. */
static void grow(struct seen *s) {
    size_t old = s->cap, from = s->at;
    struct entry *before = s->list;
    uint32_t *heads = s->heads;
    s->cap = old > 0 ? old * 2 : FIRST;
    s->list = mem_alloc0(s->cap * sizeof(*s->list));
    s->heads = mem_alloc0(s->cap * sizeof(*s->heads));
    s->at = s->count = 0;
    for (size_t i = 0; i < old; i++) {
        const struct entry *e = &before[(from + i) & (old - 1)];
        if (e->expires_s == 0)
            continue;
        s->list[s->at] = *e;
        link_entry(s, &s->list[s->at++]);
    }
    mem_free(before);
    mem_free(heads);
}

/* The place for one more. */
static struct entry *place(struct seen *s, int64_t now_s) {
    struct entry *e = s->cap > 0 ? &s->list[s->at] : NULL;
    if (e == NULL || (e->expires_s > now_s && s->cap < s->most)) {
        grow(s);
        e = &s->list[s->at];
    }
    if (e->expires_s > now_s && e->expires_s > s->forgotten_s)
        s->forgotten_s = e->expires_s;
    if (e->expires_s != 0)
        unlink_entry(s, e);
    s->at = (s->at + 1) & (s->cap - 1);
    return e;
}

bool seen_has(const struct seen *s, const unsigned char key[SEEN_KEY_LEN], int64_t now_s) {
    const struct entry *e = find(s, key);
    return e != NULL && e->expires_s > now_s;
}

void seen_add(struct seen *s, const unsigned char key[SEEN_KEY_LEN], int64_t expires_s, int64_t now_s) {
    struct entry *e = find(s, key);
    if (e != NULL) {
        e->expires_s = e->expires_s > expires_s ? e->expires_s : expires_s;
        return;
    }
    e = place(s, now_s);
    memcpy(e->key, key, SEEN_KEY_LEN);
    e->expires_s = expires_s;
    link_entry(s, e);
}

void seen_drop(struct seen *s, const unsigned char key[SEEN_KEY_LEN]) {
    struct entry *e = find(s, key);
    if (e != NULL)
        unlink_entry(s, e);
}

size_t seen_count(const struct seen *s) {
    return s->count;
}

int64_t seen_forgotten_s(const struct seen *s) {
    return s->forgotten_s;
}
