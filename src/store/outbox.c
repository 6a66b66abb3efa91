/* SPDX-License-Identifier: MIT */
#include "store/outbox_internal.h"

#include "base/mem.h"

enum { NEAR = 256 }; /* from the head of a lane: more are not out at the same time */

/* ---- lanes ---- */

void outbox_message_free(struct outbox_message *m) {
    mem_free(m->id);
    mem_free((char *)(uintptr_t)m->stanza.s);
    mem_free(m);
}

struct outbox_lane *outbox_lanes(struct outbox *o) {
    return o->lanes;
}

struct outbox_lane *outbox_lane(struct outbox *o, struct str to) {
    for (struct outbox_lane *lane = o->lanes; lane != NULL; lane = lane->next)
        if (str_is(to, lane->to))
            return lane;
    return NULL;
}

size_t outbox_count(const struct outbox *o) {
    return o->count;
}

void outbox_look(const struct outbox *o, struct outbox_facts *facts) {
    *facts = (struct outbox_facts){.count = o->count,
                                   .bytes = o->bytes,
                                   .dead = o->dead,
                                   .accepted = o->accepted,
                                   .delivered = o->delivered,
                                   .retried = o->retried};
    for (const struct outbox_lane *lane = o->lanes; lane != NULL; lane = lane->next)
        if (facts->oldest_ms == 0 || lane->first->made_ms < facts->oldest_ms)
            facts->oldest_ms = lane->first->made_ms;
}

static struct outbox_lane *lane_for(struct outbox *o, struct str to) {
    struct outbox_lane *lane = outbox_lane(o, to), **last = &o->lanes;
    if (lane != NULL)
        return lane;
    while (*last != NULL)
        last = &(*last)->next;
    lane = mem_new(struct outbox_lane);
    lane->to = mem_strndup(to.s, to.len);
    lane->last = &lane->first;
    *last = lane;
    return lane;
}

static void lane_free(struct outbox *o, struct outbox_lane *lane) {
    struct outbox_lane **at = &o->lanes;
    while (*at != lane)
        at = &(*at)->next;
    *at = lane->next;
    mem_free(lane->to);
    mem_free(lane);
}

/* Nearly always at the end. */
void outbox_put(struct outbox *o, struct str to, struct outbox_message *m) {
    struct outbox_lane *lane = lane_for(o, to);
    struct outbox_message **at = lane->last;
    if (m->seq < lane->last_seq)
        for (at = &lane->first; *at != NULL && (*at)->seq < m->seq;)
            at = &(*at)->next;
    else
        lane->last_seq = m->seq;
    m->lane = lane;
    m->next = *at;
    *at = m;
    if (m->next == NULL)
        lane->last = &m->next;
    lane->count++;
    o->count++;
    o->bytes += m->stanza.len;
}

void outbox_take_out(struct outbox *o, struct outbox_message *m) {
    struct outbox_lane *lane = m->lane;
    struct outbox_message **at = &lane->first;
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    if (*at == NULL)
        lane->last = at;
    lane->count--;
    lane->out_count -= m->state != OUTBOX_WAITING;
    o->count--;
    o->bytes -= m->stanza.len;
    m->lane = NULL;
    if (lane->count == 0)
        lane_free(o, lane);
}

struct outbox_message *outbox_next(struct outbox_lane *lane) {
    struct outbox_message *m = lane->first;
    while (m != NULL && m->state != OUTBOX_WAITING)
        m = m->next;
    return m;
}

/* Among the first `most` of each lane. */
static struct outbox_message *find_within(const struct outbox *o, int64_t seq, size_t most) {
    for (struct outbox_lane *lane = o->lanes; lane != NULL; lane = lane->next) {
        struct outbox_message *m = lane->last_seq < seq ? NULL : lane->first;
        for (size_t i = 0; m != NULL && m->seq < seq && i < most; i++)
            m = m->next;
        if (m != NULL && m->seq == seq)
            return m;
    }
    return NULL;
}

/* What is on the way is at the front, however many wait behind it. */
struct outbox_message *outbox_find(struct outbox *o, int64_t seq) {
    struct outbox_message *m = find_within(o, seq, NEAR);
    return m != NULL ? m : find_within(o, seq, SIZE_MAX);
}

struct outbox_message *outbox_find_id(struct outbox_lane *lane, struct str id) {
    struct outbox_message *m = lane->first;
    for (int i = 0; m != NULL && i < NEAR; i++, m = m->next)
        if (str_is(id, m->id))
            return m;
    return NULL;
}

static void set_state(struct outbox_message *m, enum outbox_state state) {
    m->lane->out_count += (m->state == OUTBOX_WAITING) - (state == OUTBOX_WAITING);
    m->state = state;
}

void outbox_sent(struct outbox_message *m) {
    m->was_sent = true;
    set_state(m, OUTBOX_OUT);
}

void outbox_acked(struct outbox_message *m, int64_t now_ms) {
    m->acked_ms = now_ms;
    set_state(m, OUTBOX_ACKED);
}

void outbox_return(struct outbox_message *m) {
    set_state(m, OUTBOX_WAITING);
}

/* ---- birth and death ---- */

static void destroy(struct outbox *o) {
    while (o->lanes != NULL) {
        struct outbox_message *m = o->lanes->first;
        outbox_take_out(o, m);
        outbox_message_free(m);
    }
    for (struct outbox_message *m = o->leaving, *next; m != NULL; m = next) {
        next = m->next;
        outbox_message_free(m);
    }
    outbox_free_stuck(o);
    mem_free(o->bot);
    mem_free(o);
}

bool outbox_settle(struct outbox *o) {
    o->pending--;
    if (!o->is_freed)
        return true;
    if (o->pending == 0)
        destroy(o);
    return false;
}

struct outbox *outbox_new(struct database *db, struct log *log, const char *bot) {
    struct outbox *o = mem_new(struct outbox);
    o->db = db;
    o->log = log;
    o->bot = mem_strdup(bot);
    o->data_version = -1;
    return o;
}

void outbox_listen(struct outbox *o, void (*on_change)(void *ctx), void *ctx) {
    o->on_change = on_change;
    o->ctx = ctx;
}

void outbox_free(struct outbox *o) {
    if (o == NULL)
        return;
    o->is_freed = true;
    if (o->pending == 0)
        destroy(o);
}
