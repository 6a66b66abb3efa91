/* SPDX-License-Identifier: MIT */
/* webhook_again: a request that comes again under the key of its sender's choice (Idempotency-Key): known
 * when it was done, or is under way. Where the process was killed in between, its handler runs again, and
 * what it says that was said then is not said twice; a message is known by what it says, to whom, and how
 * often that was said before. */
#include "base/mem.h"
#include "lua/webhook_asked.h"

static void link_keyed(struct webhooks *w, struct asked *a) {
    a->has_key = true;
    a->next = w->keyed;
    a->link = &w->keyed;
    if (a->next != NULL)
        a->next->link = &a->next;
    w->keyed = a;
}

bool asked_is_again(struct asked *a) {
    struct webhooks *w = a->all;
    const struct asked *other = w->keyed;
    if (!webhook_memory_key(a->request, a->key))
        return false;
    while (other != NULL && memcmp(other->key, a->key, SEEN_KEY_LEN) != 0)
        other = other->next;
    if (other != NULL) {
        asked_refuse(a, 503, STR_LIT("the same request is under way"));
        return true;
    }
    if (webhook_memory_is_done(w->memory, a->key)) {
        asked_repeat(a);
        return true;
    }
    link_keyed(w, a);
    return false;
}

/* ---- messages ---- */

/* Of the same message the second is another one than the first. */
static unsigned times_said(const struct asked *a, const unsigned char *digest) {
    unsigned n = 0;
    for (size_t i = 0; i < a->said_count; i++)
        n += memcmp(a->said[i], digest, SEEN_KEY_LEN) == 0;
    return n;
}

static void note_said(struct asked *a) {
    a->said = mem_array(a->said, a->said_count + 1, sizeof(*a->said));
    memcpy(a->said[a->said_count++], a->saying, SEEN_KEY_LEN);
}

static bool is_said(struct run *r, struct str message) {
    struct asked *a = r->done_ctx;
    webhook_memory_message_key(a->key, message, 0, a->saying);
    webhook_memory_message_key(a->key, message, times_said(a, a->saying), a->saying_nth);
    if (!webhook_memory_is_done(a->all->memory, a->saying_nth))
        return false;
    note_said(a);
    return true;
}

static void says(struct run *r) {
    struct asked *a = r->done_ctx;
    note_said(a);
    webhook_memory_do(a->all->memory, a->saying_nth, NULL, NULL);
}

static void returned(struct run *r, int n) {
    struct asked *a = r->done_ctx;
    if (r->refused || !asked_is_taken(r->co, lua_gettop(r->co) - n + 1, n))
        return;
    a->writes++;
    webhook_memory_do(a->all->memory, a->key, asked_written, a);
}

void asked_watch(struct asked *a, struct run *r) {
    if (!a->has_key)
        return;
    r->is_said = is_said;
    r->says = says;
    r->returned = returned;
}
