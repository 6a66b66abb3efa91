/* SPDX-License-Identifier: MIT */
#include "lua/loops.h"

#include "base/jid.h"
#include "hook/echoes.h"
#include "lua/features.h"

/* An occupant in a room of ours, else the account. */
static struct str peer_of(const struct bot *b, struct str from) {
    struct str bare = jid_bare_view(from);
    return hook_rooms_get(b->self.rooms, bare) != NULL ? from : bare;
}

void loops_answered(struct bot *b, struct str from) {
    if (from.s == NULL)
        return;
    if (b->echoes == NULL)
        b->echoes = echoes_new();
    echoes_said(b->echoes, peer_of(b, from), loop_now_ms(b->script->loop));
}

void loops_sends(struct bot *b, lua_State *L, struct str to) {
    const struct run *r = script_of(L)->current;
    if (r != NULL && r->bot == b && r->origin.event == HOOK_MESSAGE && r->origin.from.s != NULL &&
        to.s != NULL && str_eq(jid_bare_view(to), jid_bare_view(r->origin.from)))
        loops_answered(b, r->origin.from);
}

static void tell(const struct bot *b, struct str peer, int64_t took_ms) {
    log_warn(b->script->log, bot_name(b),
             "%.*s seems to be a bot that answers ours: %d times in %.1f s a message came within %d s of our "
             "answer. It is "
             "not listened to for %d min (features: { loop_guard: false } lets such a talk go on)",
             (int)(peer.len < 200 ? peer.len : 200), peer.s, ECHOES_MOST, (double)took_ms / 1000,
             ECHOES_MOMENT_MS / 1000, ECHOES_DEAF_MS / 60000);
}

bool loops_stop(struct bot *b, const struct hook_facts *f) {
    int64_t now_ms = loop_now_ms(b->script->loop), since_ms = 0;
    if (b->echoes == NULL || f->event != HOOK_MESSAGE || f->flags != 0 || f->body.s == NULL ||
        f->from.s == NULL)
        return false;
    struct str peer = peer_of(b, f->from);
    enum echoes_verdict verdict = echoes_heard(b->echoes, peer, now_ms, &since_ms);
    if (verdict == ECHOES_LISTEN || (b->features & features_bit(b->script->features, "loop_guard")) == 0)
        return false;
    if (verdict == ECHOES_STOP)
        tell(b, peer, now_ms - since_ms);
    return true;
}
