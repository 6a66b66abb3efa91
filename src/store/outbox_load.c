/* SPDX-License-Identifier: MIT */
#include "store/outbox_internal.h"

#include "base/mem.h"
#include "store/sqlite.h"

struct load {
    struct database_op op; /* first */
    struct outbox *o;
    struct outbox_message *rows, **last_row;
    bool is_read;
    int64_t version; /* of the file, as it was read */
    size_t dead;     /* letters */
};

static struct str own(struct str s) {
    return (struct str){mem_strndup(s.s, s.len), s.len};
}

/* On its way from the thread to its lane. */
struct row {
    struct outbox_message m; /* first */
    char *to;
    bool is_dropped;
};

static void add_row(struct load *l, struct sqlite_conn *c, sqlite3_stmt *s) {
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
    *l->last_row = &r->m;
    l->last_row = &r->m.next;
}

static int64_t read_version(struct sqlite_conn *c, struct err *err) {
    sqlite3_stmt *s = sqlite_want(c, "PRAGMA data_version", err);
    if (s == NULL || sqlite_next(c, s, err) != 1)
        return -1;
    int64_t version = sqlite_int(c, s, 0);
    sqlite_done(c, s);
    return version;
}

static void drop_rows(struct load *l) {
    for (struct outbox_message *m = l->rows, *next; m != NULL; m = next) {
        next = m->next;
        mem_free(((struct row *)m)->to);
        outbox_message_free(m);
    }
    l->rows = NULL;
    l->last_row = &l->rows;
}

static int read_rows(struct load *l, struct sqlite_conn *c, struct err *err) {
    int r;
    sqlite3_stmt *s =
        sqlite_want(c,
                    "SELECT seq, destination, id, kind, stanza, made, expires, tries, state FROM outbox "
                    "WHERE bot = ?1 AND state IN ('waiting', 'dropped') ORDER BY seq",
                    err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(l->o->bot));
    while ((r = sqlite_next(c, s, err)) == 1)
        add_row(l, c, s);
    return r;
}

static int count_dead(struct load *l, struct sqlite_conn *c, struct err *err) {
    sqlite3_stmt *s = sqlite_want(c, "SELECT COUNT(*) FROM outbox WHERE bot = ?1 AND state = 'dead'", err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(l->o->bot));
    if (sqlite_next(c, s, err) != 1)
        return -1;
    l->dead = (size_t)sqlite_int(c, s, 0);
    sqlite_done(c, s);
    return 0;
}

/* Costs nothing while nobody else has written. */
static int run_load(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    struct load *l = (struct load *)op;
    drop_rows(l); /* of a first run in vain */
    l->is_read = false;
    l->version = read_version(c, err);
    if (l->version < 0)
        return -1;
    if (l->version == l->o->data_version)
        return 0;
    if (read_rows(l, c, err) < 0 || count_dead(l, c, err) < 0)
        return -1;
    l->is_read = true;
    sqlite3_stmt *s = sqlite_want(c, "DELETE FROM outbox WHERE bot = ?1 AND state = 'dropped'", err);
    if (s == NULL)
        return -1;
    sqlite_bind_str(c, s, 1, str_of(l->o->bot));
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
    char *to = r->to;
    if (known != NULL && r->is_dropped) {
        outbox_take_out(o, known);
        outbox_message_free(known);
    }
    if (known != NULL || r->is_dropped || is_leaving(o, r->m.seq)) {
        outbox_message_free(&r->m);
    } else {
        outbox_put(o, str_of(to), &r->m);
    }
    mem_free(to);
}

static void take_rows(struct load *l) {
    l->o->data_version = l->version;
    if (l->is_read)
        l->o->dead = l->dead;
    for (struct outbox_message *m = l->rows, *next; m != NULL; m = next) {
        next = m->next;
        take_row(l->o, (struct row *)m);
    }
    l->rows = NULL;
}

static void on_loaded(struct database_op *op, const struct err *failed) {
    struct load *l = (struct load *)op;
    struct outbox *o = l->o;
    bool lives = outbox_settle(o);
    if (lives && failed == NULL && l->is_read) {
        take_rows(l);
        if (o->on_change != NULL)
            o->on_change(o->ctx);
    }
    if (lives)
        o->is_refreshing = false;
    drop_rows(l);
    mem_free(l);
}

static struct load *load_new(struct outbox *o) {
    struct load *l = mem_new(struct load);
    l->op.run = run_load;
    l->op.done = on_loaded;
    l->o = o;
    l->last_row = &l->rows;
    return l;
}

int outbox_load(struct outbox *o, struct err *err) {
    if (!database_exists(o->db))
        return 0;
    struct load *l = load_new(o);
    int r = database_wait(o->db, &l->op, err);
    if (r == 0)
        take_rows(l);
    drop_rows(l);
    mem_free(l);
    return r;
}

void outbox_refresh(struct outbox *o) {
    outbox_write_stuck(o);
    if (o->is_refreshing)
        return;
    o->is_refreshing = true;
    struct load *l = load_new(o);
    o->pending++;
    database_submit(o->db, &l->op);
}
