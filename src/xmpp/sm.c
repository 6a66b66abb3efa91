/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "xmpp/sm_internal.h"

struct sm *sm_new(void) {
    struct sm *sm = mem_new(struct sm);
    sm->is_rewritten = true;
    return sm;
}

enum { MUTE_MOST = 2, VAIN_MOST = 3 };

static void forget_session(struct sm *sm) {
    mem_free(sm->id);
    mem_free(sm->location);
    mem_free(sm->jid);
    sm->id = sm->location = sm->jid = NULL;
    sm->max_s = 0;
    sm->is_on = sm->is_doubted = false;
    sm->mute = sm->vain = 0;
    sm->is_rewritten = true;
}

void sm_free(struct sm *sm) {
    if (sm == NULL)
        return;
    forget_session(sm);
    sm_queue_finish(&sm->live);
    sm_queue_finish(&sm->old);
    mem_free(sm->proven);
    mem_free(sm);
}

/* ---- stanzas ---- */

void sm_sent(struct sm *sm, const char *bytes, size_t len, int64_t wall_ms) {
    sm_queue_add(&sm->live, bytes, len, wall_ms);
}

bool sm_is_full(const struct sm *sm) {
    return sm->live.count + sm->old.count >= SM_COUNT_MAX ||
           buf_len(&sm->live.bytes) + buf_len(&sm->old.bytes) >= SM_BYTES_MAX;
}

size_t sm_live_count(const struct sm *sm) {
    return sm->live.count;
}

struct live { /* of sm_each_live */
    void (*fn)(void *ctx, struct str bytes, int64_t wall_ms);
    void *ctx;
};

static void tell_live(void *ctx, struct str bytes, const struct sm_entry *e) {
    const struct live *live = ctx;
    live->fn(live->ctx, bytes, e->wall_ms);
}

void sm_each_live(const struct sm *sm, void (*fn)(void *ctx, struct str bytes, int64_t wall_ms), void *ctx) {
    struct live live = {fn, ctx};
    sm_queue_each(&sm->live, 0, tell_live, &live);
}

/* ---- marks ---- */

void sm_mark(struct sm *sm, uint64_t mark) {
    if (sm->live.count > 0)
        sm->live.entries[sm->live.head + sm->live.count - 1].mark = mark;
}

uint64_t sm_old_mark(const struct sm *sm) {
    return sm->old.count > 0 ? sm->old.entries[sm->old.head].mark : 0;
}

uint64_t sm_take_proven(struct sm *sm) {
    if (sm->proven_count == 0)
        return 0;
    uint64_t mark = sm->proven[0];
    memmove(sm->proven, sm->proven + 1, --sm->proven_count * sizeof(*sm->proven));
    return mark;
}

static void note_proven(struct sm *sm, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t mark = sm->live.entries[sm->live.head + i].mark;
        if (mark == 0)
            continue;
        sm->proven = mem_array(sm->proven, sm->proven_count + 1, sizeof(*sm->proven));
        sm->proven[sm->proven_count++] = mark;
    }
}

static void each_mark(const struct sm_queue *q, void (*fn)(void *ctx, uint64_t mark), void *ctx) {
    for (size_t i = 0; i < q->count; i++)
        if (q->entries[q->head + i].mark != 0)
            fn(ctx, q->entries[q->head + i].mark);
}

void sm_each_mark(const struct sm *sm, void (*fn)(void *ctx, uint64_t mark), void *ctx) {
    each_mark(&sm->old, fn, ctx);
    each_mark(&sm->live, fn, ctx);
}

/* ---- what leaves ---- */

size_t sm_old_count(const struct sm *sm) {
    return sm->old.count;
}

bool sm_take_old(struct sm *sm, struct buf *out, int64_t *wall_ms) {
    if (sm->old.count == 0)
        return false;
    const struct sm_entry *e = &sm->old.entries[sm->old.head];
    buf_add(out, buf_data(&sm->old.bytes), e->len);
    *wall_ms = e->wall_ms;
    sm_queue_drop(&sm->old, 1);
    sm->is_rewritten = true;
    return true;
}

void sm_release(struct sm *sm, size_t count) {
    if (count > sm->live.count)
        count = sm->live.count;
    note_proven(sm, count);
    sm_queue_drop(&sm->live, count);
    sm->acked += (uint32_t)count;
}

/* One difference answers it all, modulo 2^32: what goes backwards is as far off as what is too high. */
int sm_ack(struct sm *sm, uint32_t h) {
    uint32_t count = h - sm->acked;
    if (count > sm->live.count)
        return -1;
    sm_release(sm, count);
    return 0;
}

void sm_handled(struct sm *sm) {
    sm->handled++;
}

uint32_t sm_h(const struct sm *sm) {
    return sm->handled;
}

uint32_t sm_count(const struct sm *sm) {
    return sm->acked + (uint32_t)sm->live.count;
}

/* ---- the session ---- */

void sm_lost(struct sm *sm) {
    forget_session(sm);
    sm_queue_move(&sm->old, &sm->live);
    sm->acked = sm->handled = 0;
}

void sm_start(struct sm *sm) {
    sm_lost(sm);
}

static char *copy(struct str text) {
    return text.len > 0 ? mem_strndup(text.s, text.len) : NULL;
}

void sm_enabled(struct sm *sm, struct str id, struct str location, uint32_t max_s, const char *jid) {
    forget_session(sm);
    sm->is_on = true;
    sm->handled = 0;
    sm->id = copy(id);
    sm->location = copy(location);
    sm->max_s = max_s;
    sm->jid = mem_strdup(jid);
}

bool sm_is_on(const struct sm *sm) {
    return sm->is_on;
}

bool sm_can_resume(const struct sm *sm) {
    return sm->id != NULL;
}

void sm_detached(struct sm *sm) {
    sm->is_on = false;
}

void sm_resumed(struct sm *sm) {
    sm->is_on = true;
    sm->is_doubted = true;
    sm->vain = 0;
}

void sm_answered(struct sm *sm) {
    sm->is_doubted = false;
    sm->mute = 0;
}

/* Some servers go on in the middle of the stanza that the last stream was cut in: whatever comes is a part of
 * it, in each stream that resumes the session. */
void sm_unanswered(struct sm *sm) {
    if (sm->is_doubted && ++sm->mute >= MUTE_MOST)
        sm_lost(sm);
}

/* A server that fails over <resume/> fails over the next one as well: it would never let us in again. */
void sm_not_resumed(struct sm *sm) {
    if (sm->id != NULL && ++sm->vain >= VAIN_MOST)
        sm_lost(sm);
}

const char *sm_id(const struct sm *sm) {
    return sm->id;
}

const char *sm_location(const struct sm *sm) {
    return sm->location;
}

const char *sm_jid(const struct sm *sm) {
    return sm->jid;
}

uint32_t sm_max_s(const struct sm *sm) {
    return sm->max_s;
}
