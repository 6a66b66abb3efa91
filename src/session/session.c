/* SPDX-License-Identifier: MIT */
/*
 * The life of a session. on_turn, at the end of a loop turn in which something happened: write what is left,
 * drop the attempt that is over, tell the owner, decide on the next one.
 */
#include "session/internal.h"

#include "base/mem.h"
#include "net/websocket.h"
#include "xmpp/memory.h"

enum {
    RESUME_S = 300,       /* how long a server keeps a session that does not say */
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

/* ---- an attempt ---- */

/* Stanzas go over the wire. */
bool session_is_here(const struct session *s) {
    return s->phase == ONLINE && !s->stream_over;
}

static void drop_attempt(struct session *s) {
    loop_timer_stop(s->shared.loop, &s->stream_timer);
    loop_timer_stop(s->shared.loop, &s->phase_timer);
    websocket_free(s->ws);
    session_bosh_free(s);
    conn_free(s->conn);
    stream_free(s->stream);
    s->ws = NULL;
    s->ws_over = false;
    s->conn = NULL;
    s->stream = NULL;
}

static void end(struct session *s, bool failed) {
    s->phase = IDLE;
    s->callbacks.ended(s->ctx, failed); /* may free s: the last act */
}

const struct stream_reason *session_reason(const struct session *s) {
    static const struct stream_reason none = {.end = STREAM_END_CLOSED};
    return s->reason != NULL ? s->reason : &none;
}

void session_keep_reason(struct session *s, const struct stream_reason *reason) {
    struct stream_reason *kept = reason != NULL ? mem_new(struct stream_reason) : NULL;
    if (kept != NULL)
        *kept = *reason;
    mem_free(s->reason);
    s->reason = kept;
}

static const char *reason_text(const struct session *s) {
    const struct stream_reason *r = session_reason(s);
    return r->text[0] ? r->text : r->condition[0] ? r->condition : "the connection ended";
}

static void wait_for_next(struct session *s, int64_t delay_ms, const char *refused) {
    const char *why = reason_text(s);
    bool is_said = !s->was_online && strncmp(why, "cannot connect ", 15) == 0;
    s->phase = WAITING;
    loop_timer_in(s->shared.loop, &s->phase_timer, delay_ms);
    log_warn(s->shared.log, session_name(s), "%s%s%s%s%s; next attempt in %.1f s",
             is_said                   ? ""
             : !s->was_online          ? "cannot connect"
             : session_is_suspended(s) ? "connection lost"
                                       : "offline",
             is_said ? "" : ": ", why, refused ? "; " : "", refused ? refused : "", (double)delay_ms / 1000);
}

/* In a turn of its own, as every attempt. */
static void again(struct session *s) {
    s->phase = WAITING;
    loop_timer_in(s->shared.loop, &s->phase_timer, 0);
}

/* To where the server sends us. */
static void follow(struct session *s) {
    again(s);
    log_info(s->shared.log, session_name(s), "the server sends us to %s", session_reason(s)->place);
}

/* With the account that was just made, or to see whether it was there before. */
static void note_registration(struct session *s) {
    bool is_made = session_reason(s)->end == STREAM_END_REGISTERED;
    if (!is_made && session_reason(s)->end != STREAM_END_NOT_REGISTERED)
        return;
    s->registration = is_made ? STREAM_REGISTER_NO : STREAM_REGISTER_AFTER;
    log_info(s->shared.log, session_name(s), "%s", reason_text(s));
}

static struct policy_step decide(struct session *s) {
    struct policy_end how = {.reason = session_reason(s),
                             .good_ms = s->was_online ? session_now_ms(s) - s->online_since_ms : -1,
                             .is_private = s->tls_version != NULL || s->config->tls == CONFIG_TLS_NONE,
                             .is_websocket = session_is_websocket(s) || session_is_bosh(s)};
    return policy_decide(&s->policy, &how);
}

void session_end_session(struct session *s, const char *why) {
    bool was_up = s->is_up;
    s->is_up = false;
    iq_drop_all(s->iqs, IQ_LOST);
    if (!was_up)
        return;
    s->callbacks.offline(s->ctx, why);
    mem_free(s->jid);
    s->jid = NULL;
}

bool session_is_suspended(const struct session *s) {
    return s->is_up && !session_is_here(s) && !s->stopping && sm_can_resume(s->sm);
}

/* The server keeps a session for so long and no longer. */
static void expire_session(struct session *s) {
    int64_t max_s = sm_max_s(s->sm) > 0 ? sm_max_s(s->sm) : RESUME_S;
    if (session_is_suspended(s) && session_now_ms(s) - s->detached_ms >= max_s * 1000)
        session_end_session(s, "the connection did not come back in time");
}

static void log_kept(const struct session *s) {
    size_t count = sm_live_count(s->sm) + sm_old_count(s->sm);
    if (count > 0)
        log_info(s->shared.log, session_name(s), "%zu stanzas are kept for the next start", count);
}

static void finish(struct session *s, bool final) {
    if (final)
        log_error(s->shared.log, session_name(s), "gives up: %s", reason_text(s));
    else
        log_info(s->shared.log, session_name(s), "closed");
    session_end_session(s, final ? reason_text(s) : "closed");
    if (session_is_saved(s) && !final) {
        log_kept(s);
        session_save(s);
    } else {
        session_bounce(s);
    }
    end(s, final);
}

static void note_loss(struct session *s) {
    s->detached_ms = session_now_ms(s);
    if (s->counts != NULL && !s->stopping)
        s->counts->losses++;
}

/* Tell, then decide. */
void session_conclude(struct session *s) {
    bool discovers = session_may_discover(s);
    struct policy_step step = {.next = POLICY_WAIT};
    if (!discovers && !s->stopping)
        step = decide(s);
    bool final = step.next == POLICY_GIVE_UP;
    if (s->was_online)
        note_loss(s);
    drop_attempt(s);
    if (!s->was_online)
        session_forget_discovery(s);
    if (discovers) {
        session_discover(s);
        return;
    }
    if (s->stopping || final) {
        finish(s, final);
        return;
    }
    note_registration(s);
    if (step.next == POLICY_REDIRECT)
        follow(s);
    else if (step.next == POLICY_AT_ONCE && !session_reason(s)->asked_too_much)
        again(s);
    else
        wait_for_next(s, step.delay_ms, step.refused);
    expire_session(s);
    if (!session_is_suspended(s))
        session_end_session(s, reason_text(s));
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
        expire_session(s);
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
    drop_attempt(s);
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
        finish(s, false);
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
