/* SPDX-License-Identifier: MIT */
#include "session/delivery.h"

#include "base/mem.h"
#include "base/wall.h"
#include "session/delay.h"
#include "session/refusal.h"
#include "xmpp/ns.h"

#include <stddef.h>

enum {
    WINDOW = 128,           /* of one destination on the way at the same time */
    TRIES_MOST = 8,         /* that failed for a while */
    HOLD_MS = 5000,         /* after the first of them; twice as long after each */
    HOLD_MOST_MS = 300000,  /* and no longer */
    TICK_MS = 5000,         /* what expires, what was changed by `couplet outbox` */
    REFLECTION_MS = 120000, /* for a room to show what the server took */
    LATE_MS = 10000,        /* older than that it says how old it is */
};

struct room {
    char *jid;
    struct room *next;
};

struct delivery {
    struct loop *loop;
    struct log *log;
    struct outbox *outbox;
    char *bot;
    struct session *session;
    struct delivery_callbacks callbacks;
    void *ctx;
    bool is_online;
    struct room *joined;
    struct loop_defer pump;
    struct loop_timer tick;
};

static void pump_later(struct delivery *d) {
    loop_defer(d->loop, &d->pump);
}

/* ---- the ends ---- */

static void deliver(struct delivery *d, struct outbox_message *m) {
    uint64_t before = log_enter(d->log, m->event);
    log_debug(d->log, d->bot, "message %s to %s has arrived: %s", m->id, m->lane->to,
              m->kind == OUTBOX_ROOM ? "the room shows it" : "the server has it");
    d->callbacks.delivered(d->ctx, m->id, m->lane->to);
    outbox_release(d->outbox, m);
    pump_later(d);
    log_leave(d->log, before);
}

/* m is gone, and its lane when it was the last. */
static void give_up(struct delivery *d, struct outbox_message *m, const char *reason) {
    uint64_t before = log_enter(d->log, m->event);
    log_warn(d->log, d->bot, "a message to %s is not delivered: %s; it is kept (couplet outbox)", m->lane->to,
             reason);
    d->callbacks.failed(d->ctx, m->id, m->lane->to, reason);
    outbox_fail(d->outbox, m, reason, false);
    pump_later(d);
    log_leave(d->log, before);
}

/* What follows in the lane waits, too. */
static void try_later(struct delivery *d, struct outbox_message *m, const char *reason) {
    struct outbox_lane *lane = m->lane;
    int64_t hold_ms = HOLD_MS;
    if (m->tries + 1 >= TRIES_MOST) {
        give_up(d, m, reason);
        return;
    }
    for (int i = 0; i < m->tries && hold_ms < HOLD_MOST_MS; i++)
        hold_ms *= 2;
    uint64_t before = log_enter(d->log, m->event);
    log_info(d->log, d->bot, "a message to %s is tried again later: %s", lane->to, reason);
    log_leave(d->log, before);
    outbox_fail(d->outbox, m, reason, true);
    lane->hold_ms = loop_now_ms(d->loop) + hold_ms;
}

/* ---- sending ---- */

static bool is_joined(const struct delivery *d, const char *jid) {
    const struct room *r = d->joined;
    while (r != NULL && strcmp(r->jid, jid) != 0)
        r = r->next;
    return r != NULL;
}

/* What waited says when it was said. */
static void write_message(struct buf *out, const struct outbox_message *m, int64_t now_ms) {
    const char *s = m->stanza.s;
    if (now_ms - m->made_ms < LATE_MS || strstr(s, "<body>") == NULL || strstr(s, NS_DELAY) != NULL)
        buf_add(out, s, m->stanza.len);
    else
        delay_write(out, m->stanza, m->made_ms);
}

/* False: the session takes no more for now. */
static bool send_one(struct delivery *d, struct outbox_message *m) {
    struct buf *out = session_out(d->session);
    if (out == NULL)
        return false;
    size_t from = buf_len(out);
    uint64_t before = log_enter(d->log, m->event);
    write_message(out, m, wall_ms());
    session_sent_marked(d->session, from, (uint64_t)m->seq);
    log_debug(d->log, d->bot, "message %s to %s is sent%s", m->id, m->lane->to, m->was_sent ? " again" : "");
    log_leave(d->log, before);
    outbox_sent(m);
    return true;
}

static bool is_expired(const struct outbox_message *m) {
    return m->expires_ms > 0 && m->expires_ms <= wall_ms();
}

/* The oldest that waits and is not too old. NULL: none; *lane_gone when there is nothing left at all. */
static struct outbox_message *next_good(struct delivery *d, struct outbox_lane *lane) {
    struct outbox_message *m;
    while ((m = outbox_next(lane)) != NULL && is_expired(m)) {
        bool was_last = lane->count == 1;
        give_up(d, m, "it has expired");
        if (was_last)
            return NULL;
    }
    return m;
}

static bool pump_lane(struct delivery *d, struct outbox_lane *lane) {
    struct outbox_message *m = next_good(d, lane);
    while (m != NULL && lane->out_count < WINDOW) {
        if (m->kind != OUTBOX_DIRECT && !is_joined(d, lane->to))
            return true;
        if (lane->hold_ms > loop_now_ms(d->loop))
            return true;
        if (!send_one(d, m))
            return false;
        m = next_good(d, lane);
    }
    return true;
}

static void pump(struct delivery *d) {
    bool goes_on = d->is_online && d->session != NULL;
    for (struct outbox_lane *lane = outbox_lanes(d->outbox), *next; goes_on && lane != NULL; lane = next) {
        next = lane->next;
        goes_on = pump_lane(d, lane);
    }
}

static void on_pump(struct loop_defer *defer) {
    pump((struct delivery *)((char *)defer - offsetof(struct delivery, pump)));
}

/* ---- what others tell ---- */

void delivery_proven(struct delivery *d, uint64_t mark) {
    struct outbox_message *m = d != NULL ? outbox_find(d->outbox, (int64_t)mark) : NULL;
    if (m == NULL || m->state != OUTBOX_OUT)
        return;
    if (m->kind == OUTBOX_ROOM)
        outbox_acked(m, loop_now_ms(d->loop));
    else
        deliver(d, m);
    pump_later(d);
}

void delivery_unproven(struct delivery *d, uint64_t mark) {
    struct outbox_message *m = d != NULL ? outbox_find(d->outbox, (int64_t)mark) : NULL;
    if (m == NULL)
        return;
    outbox_return(m);
    pump_later(d);
}

void delivery_reflected(struct delivery *d, struct str room, struct str id) {
    struct outbox_lane *lane = d != NULL && id.s != NULL ? outbox_lane(d->outbox, room) : NULL;
    struct outbox_message *m = lane != NULL ? outbox_find_id(lane, id) : NULL;
    if (m != NULL && m->kind == OUTBOX_ROOM)
        deliver(d, m);
}

void delivery_error(struct delivery *d, struct str from, const struct xml_node *stanza) {
    struct outbox_lane *lane = d != NULL ? outbox_lane(d->outbox, from) : NULL;
    struct str id = xml_attr_atom(stanza, ATOM_ID);
    struct outbox_message *m = lane != NULL && id.s != NULL ? outbox_find_id(lane, id) : NULL;
    struct buf reason = BUF_INIT;
    if (m == NULL)
        return;
    if (refusal_read(&reason, stanza, m->kind != OUTBOX_DIRECT))
        try_later(d, m, buf_data(&reason));
    else
        give_up(d, m, buf_data(&reason));
    buf_finish(&reason);
}

void delivery_online(struct delivery *d) {
    if (d == NULL)
        return;
    d->is_online = true;
    pump_later(d);
}

/* What a room has not shown of the session that is over, it may never show. Only those of `to`, where it is
 * stated. */
static void take_back_acked(struct delivery *d, const char *to) {
    for (struct outbox_lane *lane = outbox_lanes(d->outbox); lane != NULL; lane = lane->next)
        for (struct outbox_message *m = lane->first; m != NULL && (to == NULL || strcmp(to, lane->to) == 0);
             m = m->next)
            if (m->state == OUTBOX_ACKED)
                outbox_return(m);
}

static void forget_rooms(struct delivery *d) {
    for (struct room *r = d->joined, *next; r != NULL; r = next) {
        next = r->next;
        mem_free(r->jid);
        mem_free(r);
    }
    d->joined = NULL;
}

void delivery_offline(struct delivery *d) {
    if (d == NULL)
        return;
    d->is_online = false;
    forget_rooms(d);
    take_back_acked(d, NULL);
}

void delivery_room(struct delivery *d, struct str room, bool joined) {
    struct room **at = d != NULL ? &d->joined : NULL;
    while (at != NULL && *at != NULL && !str_is(room, (*at)->jid))
        at = &(*at)->next;
    if (at == NULL || (*at != NULL) == joined)
        return;
    if (joined) {
        *at = mem_new(struct room);
        (*at)->jid = mem_strndup(room.s, room.len);
        pump_later(d);
        return;
    }
    struct room *gone = *at;
    *at = gone->next;
    take_back_acked(d, gone->jid);
    mem_free(gone->jid);
    mem_free(gone);
}

/* ---- from time to time ---- */

static struct outbox_message *overdue(const struct delivery *d, const struct outbox_lane *lane) {
    struct outbox_message *m = is_joined(d, lane->to) ? lane->first : NULL;
    for (int i = 0; m != NULL && i < WINDOW; i++, m = m->next)
        if (m->state == OUTBOX_ACKED && loop_now_ms(d->loop) - m->acked_ms >= REFLECTION_MS)
            return m;
    return NULL;
}

static void on_tick(struct loop_timer *t) {
    struct delivery *d = (struct delivery *)((char *)t - offsetof(struct delivery, tick));
    loop_timer_in(d->loop, t, TICK_MS);
    for (struct outbox_lane *lane = outbox_lanes(d->outbox), *next; lane != NULL; lane = next) {
        next = lane->next;
        struct outbox_message *m = overdue(d, lane);
        if (m != NULL)
            try_later(d, m, "the room does not show it");
        else
            next_good(d, lane);
    }
    outbox_refresh(d->outbox);
    pump_later(d);
}

static void on_change(void *ctx) {
    pump_later(ctx);
}

/* ---- birth and death ---- */

struct delivery *delivery_new(struct loop *loop, struct log *log, struct database *db, const char *bot,
                              const struct delivery_callbacks *callbacks, void *ctx) {
    struct delivery *d = mem_new(struct delivery);
    d->loop = loop;
    d->log = log;
    d->bot = mem_strdup(bot);
    d->outbox = outbox_new(db, log, bot);
    d->callbacks = *callbacks;
    d->ctx = ctx;
    d->pump.run = on_pump;
    d->tick.fire = on_tick;
    outbox_listen(d->outbox, on_change, d);
    loop_timer_in(loop, &d->tick, TICK_MS);
    return d;
}

void delivery_free(struct delivery *d) {
    if (d == NULL)
        return;
    loop_timer_stop(d->loop, &d->tick);
    loop_defer_cancel(d->loop, &d->pump);
    forget_rooms(d);
    outbox_free(d->outbox);
    mem_free(d->bot);
    mem_free(d);
}

struct outbox *delivery_outbox(struct delivery *d) {
    return d->outbox;
}

void delivery_attach(struct delivery *d, struct session *session) {
    if (d != NULL)
        d->session = session;
}

static void is_out(void *ctx, uint64_t mark) {
    struct delivery *d = ctx;
    struct outbox_message *m = outbox_find(d->outbox, (int64_t)mark);
    if (m != NULL && m->state == OUTBOX_WAITING)
        outbox_sent(m);
}

int delivery_load(struct delivery *d, struct session *session, struct err *err) {
    d->session = session;
    if (outbox_load(d->outbox, err) < 0)
        return -1;
    session_each_mark(session, is_out, d);
    size_t count = outbox_count(d->outbox);
    if (count > 0)
        log_info(d->log, d->bot, "%zu %s of before %s in the outbox", count,
                 count == 1 ? "message" : "messages", count == 1 ? "waits" : "wait");
    return 0;
}
