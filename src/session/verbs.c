/* SPDX-License-Identifier: MIT */
/* verbs: what the owner asks of a session while it lives: how it is, what goes out, requests. */
#include "session/internal.h"

#include "base/mem.h"
#include "base/wall.h"
#include "xmpp/memory.h"

enum { OUT_KEEP = 4096 };

void session_set_password(struct session *s, const char *password) {
    mem_free_secret(s->password);
    s->password = mem_strdup(password);
    memory_drop_token(s->known); /* the server may know it no more, or should not */
}

bool session_is_online(const struct session *s) {
    return session_is_here(s) || session_is_suspended(s);
}

bool session_is_resumed(const struct session *s) {
    return s->is_resumed;
}

const char *session_lang(const struct session *s) {
    return s->stream != NULL ? stream_peer_lang(s->stream) : NULL;
}

const char *session_jid(const struct session *s) {
    return session_is_online(s) ? s->jid : NULL;
}

struct buf *session_out(struct session *s) {
    if (sm_is_full(s->sm))
        return NULL;
    return session_is_here(s) ? stream_stanza_out(s->stream) : session_is_suspended(s) ? &s->parked : NULL;
}

/* The last one of what is written there. */
void session_count_out(struct session *s, const struct buf *out, size_t from) {
    if (s->counts != NULL)
        session_count(s->counts->out, buf_data(out) + from, buf_len(out) - from);
}

void session_sent(struct session *s, size_t from) {
    if (session_is_here(s)) {
        session_count_out(s, stream_out(s->stream), from);
        stream_sent(s->stream, from, session_now_ms(s));
        session_after_stream(s);
        return;
    }
    session_at_turn_end(s);
    session_count_out(s, &s->parked, from);
    sm_sent(s->sm, buf_data(&s->parked) + from, buf_len(&s->parked) - from, wall_ms());
    buf_release(&s->parked, OUT_KEEP);
}

void session_sent_marked(struct session *s, size_t from, uint64_t mark) {
    session_sent(s, from);
    sm_mark(s->sm, mark);
}

void session_each_mark(const struct session *s, void (*fn)(void *ctx, uint64_t mark), void *ctx) {
    sm_each_mark(s->sm, fn, ctx);
}

void session_hurry(struct session *s, bool is_hurried) {
    if (!session_is_here(s))
        return;
    stream_hurry(s->stream, is_hurried);
    session_after_stream(s);
}

bool session_set_active(struct session *s, bool is_active) {
    s->is_inactive = !is_active;
    if (!session_is_here(s))
        return true; /* said when the stream is there */
    stream_set_active(s->stream, is_active);
    session_after_stream(s);
    return stream_has_csi(s->stream);
}

uint64_t session_iq(struct session *s, struct str id, struct str from, struct str to, double timeout,
                    iq_done *done, void *ctx) {
    uint64_t handle =
        iq_add_from(s->iqs, id, from, to, session_now_ms(s) + (int64_t)(timeout * 1000), done, ctx);
    session_set_timer(s, &s->iq_timer, iq_deadline_ms(s->iqs));
    return handle;
}

void session_iq_cancel(struct session *s, uint64_t handle) {
    iq_cancel(s->iqs, handle);
}
