/* SPDX-License-Identifier: MIT */
/* Each change is an operation on the database; the message leaves its lane at once and is kept among those
 * that leave until the disk knows, so that outbox_refresh does not take it for a new one. */
#include "store/outbox_internal.h"

#include "base/mem.h"
#include "store/sqlite.h"

struct change { /* of one message */
    struct database_op op;
    struct outbox *o;
    struct outbox_message *m; /* leaving; NULL: it stays in its lane */
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

static struct change *change_new(struct outbox *o,
                                 int (*run)(struct database_op *, struct sqlite_conn *, struct err *),
                                 void (*done)(struct database_op *, const struct err *)) {
    struct change *c = mem_new(struct change);
    c->op.run = run;
    c->op.done = done;
    c->o = o;
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
    outbox_message_free(m);
}

/* A disk that is full now may have room later; what has left is not sent again meanwhile. */
static void on_left(struct database_op *op, const struct err *failed) {
    struct change *c = (struct change *)op;
    struct outbox *o = c->o;
    if (failed != NULL && !c->is_stuck)
        log_error(o->log, o->bot, "the outbox is not up to date on disk for now: %s", failed->text);
    bool lives = outbox_settle(o);
    if (lives && failed != NULL && c->m != NULL) {
        c->is_stuck = true;
        c->next = o->stuck;
        o->stuck = c;
        return;
    }
    if (lives && c->m != NULL) {
        o->dead += c->reason != NULL; /* on disk; now, so that a load of before has not counted it */
        has_left(o, c->m);
    }
    change_free(c);
}

static void leave(struct outbox *o, struct outbox_message *m) {
    outbox_take_out(o, m);
    m->next = o->leaving;
    o->leaving = m;
}

void outbox_release(struct outbox *o, struct outbox_message *m) {
    struct change *c = change_new(o, run_delete, on_left);
    c->seq = m->seq;
    c->m = m;
    o->delivered++;
    leave(o, m);
    submit(c);
}

void outbox_fail(struct outbox *o, struct outbox_message *m, const char *reason, bool retry) {
    struct change *c = change_new(o, run_fail, on_left);
    c->seq = m->seq;
    c->tries = ++m->tries;
    c->reason = mem_strdup(reason);
    c->m = retry ? NULL : m;
    o->retried += retry;
    if (retry)
        outbox_return(m);
    else
        leave(o, m);
    submit(c);
}

void outbox_write_stuck(struct outbox *o) {
    struct change *stuck = o->stuck;
    o->stuck = NULL;
    for (struct change *next; stuck != NULL; stuck = next) {
        next = stuck->next;
        submit(stuck);
    }
}

void outbox_free_stuck(struct outbox *o) {
    while (o->stuck != NULL) {
        struct change *c = o->stuck;
        o->stuck = c->next;
        change_free(c);
    }
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
        err_set(err, "a message with the id '%s' " OUTBOX_KNOWN, a->m->id);
    return -1;
}

static void on_added(struct database_op *op, const struct err *failed) {
    struct outbox_adding *a = (struct outbox_adding *)op;
    struct outbox *o = a->o;
    bool lives = outbox_settle(o);
    if (lives && failed == NULL) {
        o->accepted++;
        outbox_put(o, str_of(a->to), a->m);
    } else {
        outbox_message_free(a->m);
    }
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
    a->m->event = letter->event;
    a->done = done;
    a->ctx = ctx;
    o->pending++;
    database_submit(o->db, &a->op);
    return a;
}

void outbox_forget(struct outbox_adding *a) {
    a->done = NULL;
}
