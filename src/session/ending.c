/* SPDX-License-Identifier: MIT */
/*
 * The end of an attempt, and what follows it: the reason is told and kept, policy.c says what is next, and
 * the session goes on, waits to be resumed, or is over.
 */
#include "session/internal.h"

#include "base/mem.h"
#include "net/websocket.h"

enum {
    RESUME_S = 300, /* how long a server keeps a session that does not say */
};

void session_drop_attempt(struct session *s) {
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
    bool is_kept = sm_can_resume(s->sm) && !sm_is_on(s->sm); /* on: the next one is there, and not yet ours */
    return s->is_up && !session_is_here(s) && !s->stopping && is_kept;
}

void session_expire(struct session *s) {
    int64_t max_s = sm_max_s(s->sm) > 0 ? sm_max_s(s->sm) : RESUME_S;
    if (session_is_suspended(s) && session_now_ms(s) - s->detached_ms >= max_s * 1000)
        session_end_session(s, "the connection did not come back in time");
}

static void log_kept(const struct session *s) {
    size_t count = sm_live_count(s->sm) + sm_old_count(s->sm);
    if (count > 0)
        log_info(s->shared.log, session_name(s), "%zu stanzas are kept for the next start", count);
}

void session_finish(struct session *s, bool final) {
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
    session_drop_attempt(s);
    if (!s->was_online)
        session_forget_discovery(s);
    if (discovers) {
        session_discover(s);
        return;
    }
    if (s->stopping || final) {
        session_finish(s, final);
        return;
    }
    note_registration(s);
    if (step.next == POLICY_REDIRECT)
        follow(s);
    else if (step.next == POLICY_AT_ONCE && !session_reason(s)->asked_too_much)
        again(s);
    else
        wait_for_next(s, step.delay_ms, step.refused);
    session_expire(s);
    if (!session_is_suspended(s))
        session_end_session(s, reason_text(s));
}
