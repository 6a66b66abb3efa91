/* SPDX-License-Identifier: MIT */
/*
 * The life of a session. on_turn, at the end of a loop turn in which something happened: write what is left,
 * and conclude the attempt that is over (ending.c).
 */
#include "session/internal.h"

#include "base/mem.h"
#include "xmpp/memory.h"

enum {
    CLOSE_WAIT_MS = 1500, /* for the peer to close TCP after the streams are closed; SIGTERM has 2 s in all */
    OUT_KEEP = 4096,
};

const char *session_name(const struct session *s) {
    return s->config->name;
}

int64_t session_now_ms(const struct session *s) {
    return loop_now_ms(s->shared.loop);
}

void session_at_turn_end(struct session *s) {
    loop_defer(s->shared.loop, &s->turn);
}

void session_set_timer(struct session *s, struct loop_timer *t, int64_t due_ms) {
    if (due_ms == INT64_MAX)
        loop_timer_stop(s->shared.loop, t);
    else if (t->slot == 0 || t->due_ms != due_ms)
        loop_timer_at(s->shared.loop, t, due_ms);
}

void session_after_stream(struct session *s) {
    if (s->stream != NULL && !s->stream_over)
        session_set_timer(s, &s->stream_timer, stream_deadline_ms(s->stream));
    session_at_turn_end(s);
}

/* Stanzas go over the wire. */
bool session_is_here(const struct session *s) {
    return s->phase == ONLINE && !s->stream_over;
}

void session_move_out(struct session *s, struct buf *from) {
    struct buf *to = conn_out(s->conn);
    if (buf_len(from) == 0)
        return;
    if (s->counts != NULL)
        s->counts->bytes_out += buf_len(from);
    if (buf_len(to) == 0) { /* the usual case: hand the bytes over without copying them */
        struct buf empty = *to;
        *to = *from;
        *from = empty;
        buf_clear(from);
    } else {
        buf_add(to, buf_data(from), buf_len(from));
        buf_release(from, OUT_KEEP);
    }
    conn_flush(s->conn);
}

static void tell_proven(struct session *s) {
    uint64_t mark;
    while ((mark = sm_take_proven(s->sm)) != 0)
        if (s->callbacks.proven != NULL)
            s->callbacks.proven(s->ctx, mark);
}

static void note_acks(struct session *s) {
    uint32_t acked = sm_count(s->sm) - (uint32_t)sm_live_count(s->sm);
    if (s->counts == NULL || s->counts->acked == acked)
        return;
    s->counts->acked = acked;
    s->counts->acked_ms = session_now_ms(s);
}

/* The end of a loop turn in which something happened. */
static void on_turn(struct loop_defer *d) {
    struct session *s = (struct session *)((char *)d - offsetof(struct session, turn));
    note_acks(s);
    tell_proven(s);
    session_save(s);
    if (s->stream == NULL)
        return;
    if (!s->conn_over && s->bosh != NULL)
        session_bosh_push(s);
    else if (!s->conn_over && session_is_websocket(s))
        session_ws_push(s);
    else if (!s->conn_over)
        session_move_out(s, stream_out(s->stream));
    if (!s->stream_over)
        return;
    if (s->conn_over) {
        session_conclude(s);
    } else if (s->phase != DRAINING) {
        s->phase = DRAINING;
        loop_timer_in(s->shared.loop, &s->phase_timer, CLOSE_WAIT_MS);
        if (s->bosh == NULL && !session_ws_close(s))
            conn_shutdown(s->conn);
    } else if (s->ws_over) {
        conn_shutdown(s->conn);
    }
}

static void on_stream_timer(struct loop_timer *t) {
    struct session *s = (struct session *)((char *)t - offsetof(struct session, stream_timer));
    stream_tick(s->stream, session_now_ms(s));
    session_after_stream(s);
}

static void on_phase_timer(struct loop_timer *t) {
    struct session *s = (struct session *)((char *)t - offsetof(struct session, phase_timer));
    if (s->phase == WAITING) {
        session_expire(s);
        if (s->phase == WAITING) /* who was told of it has not stopped us */
            session_attempt(s);
    } else if (s->phase == CONNECTING) {
        session_ws_late(s);
    } else {
        session_conclude(s); /* DRAINING: the peer does not close; we do */
    }
}

static void on_iq_timer(struct loop_timer *t) {
    struct session *s = (struct session *)((char *)t - offsetof(struct session, iq_timer));
    iq_tick(s->iqs, session_now_ms(s));
    session_set_timer(s, &s->iq_timer, iq_deadline_ms(s->iqs));
}

/* ---- the owner's verbs ---- */

struct session *session_new(const struct session_shared *shared, const struct config_bot *config,
                            struct tls_context *tls, const struct session_callbacks *callbacks, void *ctx) {
    struct session *s = mem_new(struct session);
    s->shared = *shared;
    s->config = config;
    s->tls = tls;
    s->callbacks = *callbacks;
    s->ctx = ctx;
    s->iqs = iq_new();
    s->counts = shared->is_counted ? mem_new(struct session_counts) : NULL;
    s->memory = conn_memory_new();
    s->known = memory_new();
    s->sm = sm_new();
    s->registration = config->registers ? STREAM_REGISTER_FIRST : STREAM_REGISTER_NO;
    session_restore(s);
    s->stream_timer.fire = on_stream_timer;
    s->phase_timer.fire = on_phase_timer;
    s->iq_timer.fire = on_iq_timer;
    s->turn.run = on_turn;
    return s;
}

void session_free(struct session *s) {
    if (s == NULL)
        return;
    s->phase = IDLE;
    session_drop_attempt(s);
    session_forget_discovery(s);
    iq_drop_all(s->iqs, IQ_LOST);
    iq_free(s->iqs);
    conn_memory_free(s->memory);
    session_save(s);
    session_close_files(s);
    memory_free(s->known);
    sm_free(s->sm);
    policy_finish(&s->policy);
    mem_free_secret(s->password);
    buf_finish(&s->parked);
    mem_free(s->jid);
    mem_free(s->roster_ver);
    mem_free(s->reason);
    mem_free(s->counts);
    loop_timer_stop(s->shared.loop, &s->iq_timer);
    loop_defer_cancel(s->shared.loop, &s->turn);
    mem_free(s);
}

void session_start(struct session *s) {
    if (s->phase == IDLE)
        session_attempt(s);
}

void session_stop(struct session *s) {
    s->stopping = true;
    if (s->phase == IDLE || s->phase == WAITING || s->phase == DISCOVERING) {
        session_forget_discovery(s);
        loop_timer_stop(s->shared.loop, &s->phase_timer);
        session_finish(s, false);
        return;
    }
    if (s->phase == CONNECTING) { /* nothing to close in order yet */
        s->stream_over = s->conn_over = true;
    } else if (!s->stream_over) {
        s->phase = CLOSING;
        stream_close(s->stream, session_now_ms(s));
    }
    session_after_stream(s);
}
