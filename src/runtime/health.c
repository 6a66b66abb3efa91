/* SPDX-License-Identifier: MIT */
#include "runtime/health.h"

#include "base/json_write.h"

const struct health_limits health_defaults = {.grace_s = 30, .oldest_s = 300};

struct checkup {
    const struct look *look;
    const struct health_limits *limits;
    struct buf *out;
    size_t count;
};

static void tell(struct checkup *c, const char *what, const char *bot, const char *room, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void tell(struct checkup *c, const char *what, const char *bot, const char *room, const char *fmt,
                 ...) {
    struct buf text = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    buf_adds(c->out, c->count++ == 0 ? "{" : ",{");
    json_put(c->out, "what", str_of(what));
    if (bot != NULL)
        json_put(c->out, "bot", str_of(bot));
    if (room != NULL)
        json_put(c->out, "room", str_of(room));
    json_put(c->out, "text", (struct str){buf_data(&text), buf_len(&text)});
    buf_addc(c->out, '}');
    buf_finish(&text);
}

/* How long a bot is without its connection, since the start at the most. */
static double absent_s(const struct checkup *c, const struct look_bot *b) {
    return b->session.for_s < 0 ? c->look->for_s : b->session.for_s;
}

static void check_connection(struct checkup *c, const struct look_bot *b) {
    const char *why = b->session.reason[0] != '\0' ? b->session.reason : "it is not online";
    if (b->has_ended && b->has_failed)
        tell(c, "bot_ended", b->name, NULL, "gave up: %s", why);
    else if (!b->has_ended && !b->session.is_connected && absent_s(c, b) > c->limits->grace_s)
        tell(c, "bot_offline", b->name, NULL, "%s for %.0f s: %s", b->session.state, absent_s(c, b), why);
}

/* Who is entering has time; who was put out has not. */
static void check_rooms(struct checkup *c, const struct look_bot *b) {
    for (size_t i = 0; i < b->room_count; i++) {
        const struct look_room *r = &b->rooms[i];
        bool is_entering = r->state == ROOM_JOINING && r->for_s <= c->limits->grace_s;
        if (r->is_configured && r->state != ROOM_JOINED && !is_entering)
            tell(c, "room_not_joined", b->name, r->jid, "%s for %.0f s%s%s", hook_room_state_names[r->state],
                 r->for_s, r->reason ? ": " : "", r->reason ? r->reason : "");
    }
}

static void check_outbox(struct checkup *c, const struct look_bot *b) {
    double age = c->look->now_s - (double)b->outbox.oldest_ms / 1000;
    if (b->outbox.oldest_ms != 0 && age > c->limits->oldest_s)
        tell(c, "outbox_late", b->name, NULL, "%zu messages wait, the oldest for %.0f s", b->outbox.count,
             age);
}

/* The collector has done what it could: a run that wants more is stopped. */
static void check_memory(struct checkup *c) {
    for (size_t i = 0; i < c->look->state_count; i++) {
        const struct look_state *s = &c->look->states[i];
        if (s->cap > 0 && s->used >= s->cap - s->cap / 64)
            tell(c, "lua_memory", NULL, NULL, "the Lua state %s has no memory left: %zu of %zu bytes",
                 s->name, s->used, s->cap);
    }
}

static void check_storage(struct checkup *c) {
    enum { STUCK_MS = 30000 };
    const struct database_facts *d = &c->look->database;
    if (d->trouble.text[0] != '\0')
        tell(c, "storage", NULL, NULL, "%s", d->trouble.text);
    else if (d->busy_ms > STUCK_MS)
        tell(c, "storage", NULL, NULL, "one transaction takes %.0f s already", (double)d->busy_ms / 1000);
}

size_t health_problems(const struct look *look, const struct health_limits *limits, struct buf *out) {
    struct checkup c = {.look = look, .limits = limits, .out = out};
    buf_addc(out, '[');
    for (size_t i = 0; i < look->bot_count; i++) {
        const struct look_bot *b = &look->bots[i];
        check_connection(&c, b);
        if (!b->has_ended && b->session.is_connected)
            check_rooms(&c, b); /* else they are not the problem */
        check_outbox(&c, b);
    }
    check_memory(&c);
    if (look->has_database)
        check_storage(&c);
    buf_addc(out, ']');
    return c.count;
}

bool health_write(const struct look *look, const struct health_limits *limits, struct buf *out) {
    struct buf problems = BUF_INIT;
    bool is_well = health_problems(look, limits, &problems) == 0;
    if (is_well)
        buf_adds(out, "{\"status\":\"ok\"}\n");
    else
        buf_addf(out, "{\"status\":\"failing\",\"problems\":%s}\n", buf_data(&problems));
    buf_finish(&problems);
    return is_well;
}
