/* SPDX-License-Identifier: MIT */
/*
 * Each request is in two places: in a bucket of a hash by id, to find it when an answer comes, and in a list
 * by deadline, whose head is the next to time out. Requests mostly have the same timeout, so that a new one
 * belongs at the list's end and both are found in constant time.
 *
 * A done callback may add, cancel and answer: a request leaves the table before it is told, and every loop
 * starts anew from the head after a callback.
 */
#include "xmpp/iq.h"

#include "base/jid.h"
#include "base/mem.h"
#include "xmpp/ns.h"

#include <assert.h>

enum { FIRST_BUCKETS = 8, PENDING_MAX = 10000 };

struct request {
    struct request *next_in_bucket;
    struct request *earlier, *later; /* by deadline */
    uint64_t handle;
    uint32_t hash;
    int64_t deadline_ms;
    iq_done *done;
    void *ctx;
    struct str id, to, from; /* into text; to.s, from.s == NULL: none */
    char text[];
};

struct iq_table {
    struct request **buckets; /* owned; bucket_count is a power of two, or 0 */
    size_t bucket_count, count;
    struct request *first, *last; /* by deadline */
    uint64_t last_handle;
};

struct iq_table *iq_new(void) {
    return mem_new(struct iq_table);
}

void iq_free(struct iq_table *t) {
    if (t == NULL)
        return;
    assert(t->count == 0);
    mem_free(t->buckets);
    mem_free(t);
}

/* ---- the hash (FNV-1a; the ids are our own, so nobody can aim at a bucket) ---- */

static uint32_t hash_of(struct str id) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < id.len; i++)
        h = (h ^ (unsigned char)id.s[i]) * 16777619u;
    return h;
}

static struct request **bucket(const struct iq_table *t, uint32_t hash) {
    return &t->buckets[hash & (t->bucket_count - 1)];
}

static void put(struct iq_table *t, struct request *r) {
    struct request **head = bucket(t, r->hash);
    r->next_in_bucket = *head;
    *head = r;
}

static void take_out(struct iq_table *t, const struct request *r) {
    struct request **at = bucket(t, r->hash);
    while (*at != r)
        at = &(*at)->next_in_bucket;
    *at = r->next_in_bucket;
}

static void grow(struct iq_table *t) {
    if (t->count < t->bucket_count)
        return;
    t->bucket_count = t->bucket_count != 0 ? t->bucket_count * 2 : FIRST_BUCKETS;
    mem_free(t->buckets);
    t->buckets = mem_alloc0(t->bucket_count * sizeof(struct request *));
    for (struct request *r = t->first; r != NULL; r = r->later)
        put(t, r);
}

/* ---- the list ---- */

static void link_in(struct iq_table *t, struct request *r) {
    struct request *before = t->last;
    while (before != NULL && before->deadline_ms > r->deadline_ms)
        before = before->earlier;
    r->earlier = before;
    r->later = before != NULL ? before->later : t->first;
    *(r->earlier != NULL ? &r->earlier->later : &t->first) = r;
    *(r->later != NULL ? &r->later->earlier : &t->last) = r;
}

static void link_out(struct iq_table *t, struct request *r) {
    *(r->earlier != NULL ? &r->earlier->later : &t->first) = r->later;
    *(r->later != NULL ? &r->later->earlier : &t->last) = r->earlier;
}

/* ---- adding ---- */

static struct request *make(struct str id, struct str from, struct str to) {
    struct request *r = mem_alloc0(sizeof(*r) + id.len + to.len + from.len);
    memcpy(r->text, id.s, id.len);
    r->id = (struct str){r->text, id.len};
    if (to.s != NULL) {
        memcpy(r->text + id.len, to.s, to.len);
        r->to = (struct str){r->text + id.len, to.len};
    }
    if (from.s != NULL) {
        memcpy(r->text + id.len + to.len, from.s, from.len);
        r->from = (struct str){r->text + id.len + to.len, from.len};
    }
    return r;
}

static bool same_target(struct str a, struct str b) {
    return (a.s == NULL) == (b.s == NULL) && (a.s == NULL || str_eq(a, b) || jid_equal(a, b));
}

static bool is_taken(const struct iq_table *t, uint32_t hash, struct str id, struct str from, struct str to) {
    const struct request *r = t->bucket_count != 0 ? *bucket(t, hash) : NULL;
    while (r != NULL &&
           !(r->hash == hash && str_eq(r->id, id) && same_target(r->to, to) && same_target(r->from, from)))
        r = r->next_in_bucket;
    return r != NULL;
}

uint64_t iq_add_from(struct iq_table *t, struct str id, struct str from, struct str to, int64_t deadline_ms,
                     iq_done *done, void *ctx) {
    uint32_t hash = hash_of(id);
    if (t->count >= PENDING_MAX || is_taken(t, hash, id, from, to))
        return 0;
    struct request *r = make(id, from, to);
    r->hash = hash;
    r->deadline_ms = deadline_ms;
    r->done = done;
    r->ctx = ctx;
    r->handle = ++t->last_handle;
    grow(t);
    put(t, r);
    link_in(t, r);
    t->count++;
    return r->handle;
}

uint64_t iq_add_id(struct iq_table *t, struct str id, struct str to, int64_t deadline_ms, iq_done *done,
                   void *ctx) {
    return iq_add_from(t, id, STR_NONE, to, deadline_ms, done, ctx);
}

uint64_t iq_add(struct iq_table *t, char id[RANDOM_ID_LEN + 1], struct str to, int64_t deadline_ms,
                iq_done *done, void *ctx) {
    if (id[0] == '\0')
        random_id(id);
    return iq_add_id(t, str_of(id), to, deadline_ms, done, ctx);
}

/* ---- ending ---- */

static void finish(struct iq_table *t, struct request *r, enum iq_outcome outcome,
                   const struct xml_node *answer) {
    take_out(t, r);
    link_out(t, r);
    t->count--;
    r->done(r->ctx, outcome, answer);
    mem_free(r);
}

void iq_cancel(struct iq_table *t, uint64_t handle) {
    for (struct request *r = t->last; r != NULL; r = r->earlier)
        if (r->handle == handle) {
            finish(t, r, IQ_CANCELLED, NULL);
            return;
        }
}

/* Those that are due and were there when this began; what a callback adds stays, due or not. */
static void end_due(struct iq_table *t, int64_t now_ms, enum iq_outcome outcome) {
    uint64_t last = t->last_handle;
    struct request *r = t->first;
    while (r != NULL && r->deadline_ms <= now_ms) {
        if (r->handle > last) {
            r = r->later;
            continue;
        }
        finish(t, r, outcome, NULL);
        r = t->first;
    }
}

int64_t iq_deadline_ms(const struct iq_table *t) {
    return t->first != NULL ? t->first->deadline_ms : INT64_MAX;
}

void iq_tick(struct iq_table *t, int64_t now_ms) {
    end_due(t, now_ms, IQ_TIMEOUT);
}

void iq_drop_all(struct iq_table *t, enum iq_outcome outcome) {
    end_due(t, INT64_MAX, outcome);
}

size_t iq_count(const struct iq_table *t) {
    return t->count;
}

/* ---- answers ---- */

/* Who may answer (RFC 6120 8.1.2.1): the JID that was asked and nobody else. Our own account, asked without
 * `to` or by its bare JID, answers without `from`, as its bare JID, or as our full JID. */
static bool may_answer(const struct request *r, struct str from, const char *own_full) {
    struct str full = str_of(own_full), bare = jid_bare_view(full);
    bool asked_account = r->to.s == NULL || str_eq(r->to, bare) || jid_equal(r->to, bare);
    if (from.s == NULL)
        return asked_account;
    if (asked_account)
        return str_eq(from, bare) || jid_equal(from, bare) || jid_equal(from, full);
    return str_eq(from, r->to) || jid_equal(from, r->to);
}

static bool is_to_asker(const struct request *r, struct str to) {
    return r->from.s == NULL || (to.s != NULL && same_target(r->from, to));
}

static bool is_answer(const struct xml_node *iq) {
    struct str type = xml_attr_atom(iq, ATOM_TYPE);
    return xml_is(iq, "iq", NS_CLIENT) && (str_is(type, "result") || str_is(type, "error"));
}

bool iq_answer(struct iq_table *t, const struct xml_node *iq, const char *own_full) {
    struct str id = xml_attr_atom(iq, ATOM_ID), from = xml_attr_atom(iq, ATOM_FROM);
    struct str to = xml_attr_atom(iq, ATOM_TO);
    if (!is_answer(iq) || id.s == NULL || t->count == 0)
        return false;
    uint32_t hash = hash_of(id);
    for (struct request *r = *bucket(t, hash); r != NULL; r = r->next_in_bucket)
        if (r->hash == hash && str_eq(r->id, id) && is_to_asker(r, to) && may_answer(r, from, own_full)) {
            finish(t, r, IQ_ANSWER, iq);
            return true;
        }
    return false;
}
