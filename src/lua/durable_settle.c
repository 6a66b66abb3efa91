/* SPDX-License-Identifier: MIT */
/* What nobody waits for: whoever answers for it (a webhook's 202) learns when it is on disk, too. */
#include "lua/durable_internal.h"

#include "base/mem.h"

static int run_nothing(struct database_op *op, struct sqlite_conn *c, struct err *err) {
    (void)op, (void)c, (void)err;
    return 0;
}

/* The database does one thing after the other: those before are on disk now, or were refused. */
static void on_settled(struct database_op *op, const struct err *failed) {
    struct settling *s = (struct settling *)op;
    if (s->bot != NULL) {
        *s->link = s->next;
        if (s->next != NULL)
            s->next->link = s->link;
        s->done(s->ctx, failed == NULL && s->bot->lost == s->lost);
    }
    mem_free(s);
}

static bool has_unwatched(const struct bot *b) {
    for (const struct sending *s = b->sendings; s != NULL; s = s->next)
        if (s->run == NULL)
            return true;
    return false;
}

unsigned durable_lost(const struct bot *b) {
    return b->lost;
}

bool durable_settle(struct bot *b, durable_settled *done, void *ctx) {
    if (!has_unwatched(b))
        return false;
    struct settling *s = mem_new(struct settling);
    s->op.run = run_nothing;
    s->op.done = on_settled;
    s->bot = b;
    s->lost = b->lost;
    s->done = done;
    s->ctx = ctx;
    s->next = b->settlings;
    s->link = &b->settlings;
    if (s->next != NULL)
        s->next->link = &s->next;
    b->settlings = s;
    database_submit(b->database, &s->op);
    return true;
}
