/* SPDX-License-Identifier: MIT */
/* look: an account as those see it who watch from outside. Nothing is changed here. */
#include "base/wall.h"
#include "session/counts.h"
#include "session/internal.h"

#include "xmpp/sm.h"

const char *const session_state_names[] = {"idle",      "connecting", "online",  "closing",
                                           "suspended", "waiting",    "stopped", NULL};

enum state {
    STATE_IDLE,
    STATE_CONNECTING,
    STATE_ONLINE,
    STATE_CLOSING,
    STATE_SUSPENDED,
    STATE_WAITING,
    STATE_STOPPED
};

static enum state state_of(const struct session *s) {
    static const enum state states[] = {
        [IDLE] = STATE_IDLE,       [CONNECTING] = STATE_CONNECTING,  [ONLINE] = STATE_ONLINE,
        [CLOSING] = STATE_CLOSING, [DISCOVERING] = STATE_CONNECTING, [DRAINING] = STATE_CLOSING,
        [WAITING] = STATE_WAITING};
    if (s->phase == IDLE && (s->stopping || s->reason != NULL))
        return STATE_STOPPED;
    if (s->phase == ONLINE && s->stream_over)
        return STATE_CLOSING;
    /* The bot is online all the same: what it says is kept. */
    return session_is_suspended(s) ? STATE_SUSPENDED : states[s->phase];
}

static void keep_first(void *ctx, struct str bytes, int64_t wall_ms) {
    int64_t *first = ctx;
    (void)bytes;
    if (*first == 0)
        *first = wall_ms;
}

static double for_seconds(const struct session *s, bool is_connected) {
    int64_t since = is_connected ? s->online_since_ms : s->detached_ms;
    return since == 0 ? -1 : (double)(session_now_ms(s) - since) / 1000;
}

void session_look(const struct session *s, struct session_facts *facts) {
    int64_t first = 0;
    enum state state = state_of(s);
    const struct stream_reason *r = session_reason(s);
    sm_each_live(s->sm, keep_first, &first);
    *facts = (struct session_facts){
        .state = session_state_names[state],
        .is_connected = state == STATE_ONLINE,
        .for_s = for_seconds(s, state == STATE_ONLINE),
        .unacked = sm_live_count(s->sm) + sm_old_count(s->sm),
        .unacked_s = first != 0 ? (double)(wall_ms() - first) / 1000 : 0,
        .acked_s = s->counts != NULL && s->counts->acked_ms != 0
                       ? (double)(session_now_ms(s) - s->counts->acked_ms) / 1000
                       : -1,
        .jid = session_jid(s),
        .reason = r->text[0] ? r->text : r->condition,
        .counts = s->counts,
    };
    if (facts->unacked_s < 0) /* the clock was set back */
        facts->unacked_s = 0;
}
