/* SPDX-License-Identifier: MIT */
/* Each change is an operation on the database; the message leaves its lane at once and is kept among those
 * that leave until the disk knows, so that outbox_refresh does not take it for a new one. */
#include "store/outbox.h"

#include "base/mem.h"
#include "store/sqlite.h"

#include <stdlib.h>

enum { NEAR = 256 }; /* from the head of a lane: more are not out at the same time */

struct outbox {
    struct database *db;
    struct log *log;
    char *bot;
    struct outbox_lane *lanes;
    struct outbox_message *leaving;
    struct change *stuck; /* what the disk did not take */
    size_t count, bytes;
    size_t pending; /* operations */
    bool is_freed, is_refreshing;
    void (*on_change)(void *ctx);
    void *ctx;
    int64_t data_version; /* the thread's: of the last load */
};

/* ---- lanes ---- */

static void message_free(struct outbox_message *m) {
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

/* At its place by seq, which is nearly always the end. */
static void put(struct outbox *o, struct outbox_lane *lane, struct outbox_message *m) {
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

/* The lane may go. */
static void take_out(struct outbox *o, struct outbox_message *m) {
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

struct outbox_message *outbox_find(struct outbox *o, int64_t seq) {
    for (struct outbox_lane *lane = o->lanes; lane != NULL; lane = lane->next) {
        struct outbox_message *m = lane->first;
        while (m != NULL && m->seq < seq)
            m = m->next;
        if (m != NULL && m->seq == seq)
            return m;
    }
    return NULL;
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

/* ---- operations ---- */

struct change { /* of one message, or of all */
    struct database_op op;
    struct outbox *o;
    struct outbox_message *m; /* leaving; NULL: it stays in its lane */
    struct outbox_message *rows, **last_row;
    int64_t seq;
    int tries;
    char *reason;
    struct change *next; /* of the stuck ones */
    bool is_stuck;
};

static void change_free(struct change *c) {
    mem_free(c->reason);
    mem_free(c);
}

static void destroy(struct outbox *o) {
    while (o->lanes != NULL) {
        struct outbox_message *m = o->lanes->first;
        take_out(o, m);
        message_free(m);
    }
    for (struct outbox_message *m = o->leaving, *next; m != NULL; m = next) {
        next = m->next;
        message_free(m);
    }
    while (o->stuck != NULL) {
        struct change *c = o->stuck;
        o->stuck = c->next;
        change_free(c);
    }
    mem_free(o->bot);
    mem_free(o);
}

/* False: the outbox is gone. */
static bool settle(struct outbox *o) {
    o->pending--;
    if (!o->is_freed)
        return true;
    if (o->pending == 0)
        destroy(o);
    return false;
}

static struct change *change_new(struct outbox *o,
                                 int (*run)(struct database_op *, struct sqlite_conn *, struct err *),
                                 void (*done)(struct database_op *, const struct err *)) {
    struct change *c = mem_new(struct change);
    c->op.run = run;
    c->op.done = done;
    c->o = o;
    c->last_row = &c->rows;
    return c;
}

static void submit(struct change *c) {
    c->o->pending++;
    database_submit(c->o->db, &c->op);
}

/* ---- leaving ---- */

static int run_delete(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    sqlite3_stmt *s = sqlite_want(c, "DELETE FROM outbox WHERE seq = ?1", err);
    if (s == NULL)
        return -1;
    sqlite_bind_int(c, s, 1, ((struct change *)op)->seq);
    return sqlite_do(c, s, err);
}

static int run_fail(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    struct change *ch = (struct change *)op;
    sqlite3_stmt *s = sqlite_want(
        c, "UPDATE outbox SET tries = ?2, reason = ?3, state = ?4 WHERE seq = ?1 AND state = 'waiting'", err);
    if (s == NULL)
        return -1;
    sqlite_bind_int(c, s, 1, ch->seq);
    sqlite_bind_int(c, s, 2, ch->tries);
    sqlite_bind_str(c, s, 3, str_of(ch->reason));
    sqlite_bind_str(c, s, 4, ch->m != NULL ? STR_LIT("dead") : STR_LIT("waiting"));
    return sqlite_do(c, s, err);
}

static void has_left(struct outbox *o, struct outbox_message *m) {
    struct outbox_message **at = &o->leaving;
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    message_free(m);
}

/* A disk that is full now may have room later; what has left is not sent again meanwhile. */
static void on_left(struct database_op *op, const struct err *failed) {
    struct change *c = (struct change *)op;
    struct outbox *o = c->o;
    if (failed != NULL && !c->is_stuck)
        log_error(o->log, o->bot, "the outbox is not up to date on disk for now: %s", failed->text);
    bool lives = settle(o);
    if (lives && failed != NULL && c->m != NULL) {
        c->is_stuck = true;
        c->next = o->stuck;
        o->stuck = c;
        return;
    }
    if (lives && c->m != NULL)
        has_left(o, c->m);
    change_free(c);
}

static void leave(struct outbox *o, struct outbox_message *m) {
    take_out(o, m);
    m->next = o->leaving;
    o->leaving = m;
}

void outbox_release(struct outbox *o, struct outbox_message *m) {
    struct change *c = change_new(o, run_delete, on_left);
    c->seq = m->seq;
    c->m = m;
    leave(o, m);
    submit(c);
}

void outbox_fail(struct outbox *o, struct outbox_message *m, const char *reason, bool retry) {
    struct change *c = change_new(o, run_fail, on_left);
    c->seq = m->seq;
    c->tries = ++m->tries;
    c->reason = mem_strdup(reason);
    c->m = retry ? NULL : m;
    if (retry)
        outbox_return(m);
    else
        leave(o, m);
    submit(c);
}

/* ---- adding ---- */

struct outbox_adding {
    struct database_op op;
    struct outbox *o;
    struct outbox_message *m; /* owned */
    char *to;                 /* owned */
    outbox_added *done;
    void *ctx;
};

static int run_add(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    struct outbox_adding *a = (struct outbox_adding *)op;
    sqlite3_stmt *s =
        sqlite_want(c,
                    "INSERT INTO outbox (bot, destination, id, kind, stanza, made, expires) VALUES "
                    "(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(a->o->bot));
    sqlite_bind_str(c, s, 2, str_of(a->to));
    sqlite_bind_str(c, s, 3, str_of(a->m->id));
    sqlite_bind_int(c, s, 4, a->m->kind);
    sqlite_bind_bytes(c, s, 5, a->m->stanza);
    sqlite_bind_int(c, s, 6, a->m->made_ms);
    sqlite_bind_int(c, s, 7, a->m->expires_ms);
    if (sqlite_do(c, s, err) == 0) {
        a->m->seq = c->f.last_insert_rowid(c->db);
        return 0;
    }
    if ((c->code & 0xff) == SQLITE_CONSTRAINT)
        err_set(err, "a message with the id '%s' is in the outbox already", a->m->id);
    return -1;
}

static void on_added(struct database_op *op, const struct err *failed) {
    struct outbox_adding *a = (struct outbox_adding *)op;
    struct outbox *o = a->o;
    bool lives = settle(o);
    if (lives && failed == NULL)
        put(o, lane_for(o, str_of(a->to)), a->m);
    else
        message_free(a->m);
    if (lives && a->done != NULL)
        a->done(a->ctx, failed);
    if (lives && failed == NULL && o->on_change != NULL)
        o->on_change(o->ctx);
    mem_free(a->to);
    mem_free(a);
}

struct outbox_adding *outbox_add(struct outbox *o, const struct outbox_letter *letter, outbox_added *done,
                                 void *ctx, struct err *err) {
    if (o->count >= OUTBOX_COUNT_MAX || o->bytes + letter->stanza.len > OUTBOX_BYTES_MAX) {
        err_set(err, "the outbox is full: %zu messages wait", o->count);
        return NULL;
    }
    struct outbox_adding *a = mem_new(struct outbox_adding);
    a->op.run = run_add;
    a->op.done = on_added;
    a->o = o;
    a->to = mem_strndup(letter->to.s, letter->to.len);
    a->m = mem_new(struct outbox_message);
    a->m->id = mem_strndup(letter->id.s, letter->id.len);
    a->m->stanza = (struct str){mem_strndup(letter->stanza.s, letter->stanza.len), letter->stanza.len};
    a->m->kind = letter->kind;
    a->m->made_ms = letter->made_ms;
    a->m->expires_ms = letter->expires_ms;
    a->done = done;
    a->ctx = ctx;
    o->pending++;
    database_submit(o->db, &a->op);
    return a;
}

void outbox_forget(struct outbox_adding *a) {
    a->done = NULL;
}

/* ---- from the disk ---- */

static struct str own(struct str s) {
    return (struct str){mem_strndup(s.s, s.len), s.len};
}

/* On its way from the thread to its lane. */
struct row {
    struct outbox_message m; /* first */
    char *to;
    bool is_dropped;
};

static void add_row(struct change *ch, struct sqlite_conn *c, sqlite3_stmt *s) {
    struct row *r = mem_new(struct row);
    struct str id = sqlite_str(c, s, 2);
    r->m.seq = sqlite_int(c, s, 0);
    r->to = (char *)(uintptr_t)own(sqlite_str(c, s, 1)).s;
    r->m.id = mem_strndup(id.s, id.len);
    int64_t kind = sqlite_int(c, s, 3);
    r->m.kind = kind == OUTBOX_ROOM || kind == OUTBOX_OCCUPANT ? (enum outbox_kind)kind : OUTBOX_DIRECT;
    r->m.stanza = own(sqlite_str(c, s, 4));
    r->m.made_ms = sqlite_int(c, s, 5);
    r->m.expires_ms = sqlite_int(c, s, 6);
    r->m.tries = (int)sqlite_int(c, s, 7);
    r->is_dropped = str_is(sqlite_str(c, s, 8), "dropped");
    *ch->last_row = &r->m;
    ch->last_row = &r->m.next;
}

static int64_t read_version(struct sqlite_conn *c, struct err *err) {
    sqlite3_stmt *s = sqlite_want(c, "PRAGMA data_version", err);
    if (s == NULL || sqlite_next(c, s, err) != 1)
        return -1;
    int64_t version = sqlite_int(c, s, 0);
    sqlite_done(c, s);
    return version;
}

static void drop_rows(struct change *ch) {
    for (struct outbox_message *m = ch->rows, *next; m != NULL; m = next) {
        next = m->next;
        mem_free(((struct row *)m)->to);
        message_free(m);
    }
    ch->rows = NULL;
    ch->last_row = &ch->rows;
}

static int read_rows(struct change *ch, struct sqlite_conn *c, struct err *err) {
    int r;
    sqlite3_stmt *s =
        sqlite_want(c,
                    "SELECT seq, destination, id, kind, stanza, made, expires, tries, state FROM outbox "
                    "WHERE bot = ?1 AND state IN ('waiting', 'dropped') ORDER BY seq",
                    err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(ch->o->bot));
    while ((r = sqlite_next(c, s, err)) == 1)
        add_row(ch, c, s);
    return r;
}

/* Costs nothing while nobody else has written. */
static int run_load(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    struct change *ch = (struct change *)op;
    drop_rows(ch); /* of a first run in vain */
    int64_t version = read_version(c, err);
    if (version < 0)
        return -1;
    if (version == ch->o->data_version)
        return 0;
    ch->o->data_version = version;
    if (read_rows(ch, c, err) < 0)
        return -1;
    sqlite3_stmt *s = sqlite_want(c, "DELETE FROM outbox WHERE bot = ?1 AND state = 'dropped'", err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(ch->o->bot));
    return sqlite_do(c, s, err);
}

static bool is_leaving(const struct outbox *o, int64_t seq) {
    const struct outbox_message *m = o->leaving;
    while (m != NULL && m->seq != seq)
        m = m->next;
    return m != NULL;
}

static void take_row(struct outbox *o, struct row *r) {
    struct outbox_message *known = outbox_find(o, r->m.seq);
    struct outbox_lane *lane;
    char *to = r->to;
    if (known != NULL && r->is_dropped) {
        take_out(o, known);
        message_free(known);
    }
    if (known != NULL || r->is_dropped || is_leaving(o, r->m.seq)) {
        message_free(&r->m);
    } else {
        lane = lane_for(o, str_of(to));
        r->m.next = NULL;
        put(o, lane, &r->m);
    }
    mem_free(to);
}

static void take_rows(struct change *ch) {
    for (struct outbox_message *m = ch->rows, *next; m != NULL; m = next) {
        next = m->next;
        take_row(ch->o, (struct row *)m);
    }
    ch->rows = NULL;
}

static void on_loaded(struct database_op *op, const struct err *failed) {
    struct change *ch = (struct change *)op;
    struct outbox *o = ch->o;
    bool lives = settle(o);
    if (lives && failed == NULL && ch->rows != NULL) {
        take_rows(ch);
        if (o->on_change != NULL)
            o->on_change(o->ctx);
    }
    if (lives)
        o->is_refreshing = false;
    drop_rows(ch);
    change_free(ch);
}

int outbox_load(struct outbox *o, struct err *err) {
    if (!database_exists(o->db))
        return 0;
    struct change *ch = change_new(o, run_load, on_loaded);
    int r = database_wait(o->db, &ch->op, err);
    if (r == 0)
        take_rows(ch);
    drop_rows(ch);
    change_free(ch);
    return r;
}

void outbox_refresh(struct outbox *o) {
    struct change *stuck = o->stuck;
    o->stuck = NULL;
    for (struct change *next; stuck != NULL; stuck = next) {
        next = stuck->next;
        submit(stuck);
    }
    if (o->is_refreshing)
        return;
    o->is_refreshing = true;
    submit(change_new(o, run_load, on_loaded));
}

/* ---- birth and death ---- */

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
