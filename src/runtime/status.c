/* SPDX-License-Identifier: MIT */
#include "runtime/status.h"

#include "base/json_write.h"
#include "base/log.h"
#include "runtime/health.h"
#include "runtime/internal.h"
#include "runtime/look.h"

#include <inttypes.h>
#include <unistd.h>

static void add_int(struct buf *out, const char *name, uint64_t value) {
    json_put_name(out, name);
    buf_addf(out, "%" PRIu64, value);
}

static void add_seconds(struct buf *out, const char *name, double value) {
    json_put_name(out, name);
    if (value < 0)
        buf_adds(out, "null");
    else
        buf_addf(out, "%.1f", value);
}

static void add_bool(struct buf *out, const char *name, bool value) {
    json_put_name(out, name);
    buf_adds(out, value ? "true" : "false");
}

static void add_text(struct buf *out, const char *name, const char *text) {
    json_put(out, name, text != NULL && text[0] != '\0' ? str_of(text) : STR_NONE);
}

static void open_item(struct buf *out, size_t i) {
    buf_adds(out, i > 0 ? ",{" : "{");
}

static void add_rooms(struct buf *out, const struct look_bot *b) {
    json_put_name(out, "rooms");
    buf_addc(out, '[');
    for (size_t i = 0; i < b->room_count; i++) {
        const struct look_room *room = &b->rooms[i];
        open_item(out, i);
        add_text(out, "jid", room->jid);
        add_text(out, "nick", room->nick);
        add_text(out, "state", hook_room_state_names[room->state]);
        add_text(out, "reason", room->reason);
        add_seconds(out, "for", room->for_s);
        add_bool(out, "configured", room->is_configured);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

static void add_outbox(struct buf *out, const struct look *look, const struct look_bot *b) {
    const struct outbox_facts *o = &b->outbox;
    json_put_name(out, "outbox");
    if (!look->has_database) {
        buf_adds(out, "null");
        return;
    }
    buf_addc(out, '{');
    add_int(out, "waiting", o->count);
    add_int(out, "bytes", o->bytes);
    add_seconds(out, "oldest", o->oldest_ms > 0 ? look->now_s - (double)o->oldest_ms / 1000 : -1);
    add_int(out, "dead", o->dead);
    add_int(out, "accepted", o->accepted);
    add_int(out, "delivered", o->delivered);
    buf_addc(out, '}');
}

static void add_call(struct buf *out, const struct call_stats *s) {
    uint64_t killed = s->ends[CALL_TIME] + s->ends[CALL_INSTRUCTIONS] + s->ends[CALL_MEMORY];
    add_text(out, "call", s->label);
    add_int(out, "runs", calls_all(s));
    add_int(out, "failed", s->ends[CALL_FAILED]);
    add_int(out, "killed", killed);
    add_seconds(out, "seconds", (double)s->ns / 1e9);
}

static void add_calls(struct buf *out, const struct calls *calls) {
    size_t n = 0;
    json_put_name(out, "calls");
    buf_addc(out, '[');
    for (size_t slot = 0; calls != NULL && slot < CALLS_SLOTS; slot++) {
        for (const struct call_stats *s = calls->slots[slot]; s != NULL; s = s->next) {
            open_item(out, n++);
            add_call(out, s);
            buf_addc(out, '}');
        }
    }
    buf_addc(out, ']');
}

static void add_counts(struct buf *out, const struct session_counts *c) {
    if (c == NULL)
        return;
    add_int(out, "sessions", c->fresh);
    add_int(out, "resumptions", c->resumed);
    add_int(out, "losses", c->losses);
    add_int(out, "messages_in", c->in[COUNT_MESSAGE]);
    add_int(out, "messages_out", c->out[COUNT_MESSAGE]);
}

static void add_bot(struct buf *out, const struct look *look, const struct look_bot *b) {
    const struct session_facts *s = &b->session;
    add_text(out, "name", b->name);
    add_text(out, "jid", s->jid != NULL ? s->jid : b->jid);
    add_text(out, "state", b->has_failed ? "failed" : b->has_ended ? "ended" : s->state);
    add_bool(out, "connected", s->is_connected);
    add_seconds(out, "for", s->for_s);
    add_text(out, "reason", s->reason);
    add_counts(out, s->counts);
    add_int(out, "unacked", s->unacked);
    add_int(out, "handlers", b->runs);
    add_rooms(out, b);
    add_outbox(out, look, b);
    add_calls(out, b->calls);
}

static void add_states(struct buf *out, const struct look *look) {
    json_put_name(out, "lua_states");
    buf_addc(out, '[');
    for (size_t i = 0; i < look->state_count; i++) {
        open_item(out, i);
        add_text(out, "name", look->states[i].name);
        add_int(out, "memory", look->states[i].used);
        add_int(out, "limit", look->states[i].cap);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

static void add_process(struct buf *out, const struct look_process *p) {
    json_put_name(out, "process");
    buf_addc(out, '{');
    add_int(out, "resident", (uint64_t)p->resident);
    add_seconds(out, "cpu", p->cpu_s);
    add_int(out, "open_files", p->open_files);
    buf_addc(out, '}');
}

void status_write(struct runtime *r, struct buf *out) {
    struct look look;
    look_take(r, &look);
    buf_addc(out, '{');
    add_text(out, "version", COUPLET_VERSION);
    add_text(out, "config", r->config->path);
    add_int(out, "pid", (uint64_t)getpid());
    add_seconds(out, "for", look.for_s);
    add_bool(out, "stopping", r->stopping);
    if (look.has_database)
        add_text(out, "storage_trouble", look.database.trouble.text);
    json_put_name(out, "bots");
    buf_addc(out, '[');
    for (size_t i = 0; i < look.bot_count; i++) {
        open_item(out, i);
        add_bot(out, &look, &look.bots[i]);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
    add_states(out, &look);
    add_process(out, &look.process);
    json_put_name(out, "problems");
    health_problems(&look, &health_defaults, out);
    buf_addc(out, '}');
    look_finish(&look);
}
