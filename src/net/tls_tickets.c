/* SPDX-License-Identifier: MIT */
/*
 * A session is copied before it is kept: OpenSSL marks its own as spent when a connection is cut, which is
 * just when it is wanted.
 */
#include "net/tls_tickets.h"

#include "base/mem.h"

#include <limits.h>
#include <string.h>

static void drop(struct tickets *t, size_t at) {
    mem_free(t->list[at].key);
    SSL_SESSION_free(t->list[at].session);
    t->count--;
    memmove(&t->list[at], &t->list[at + 1], (t->count - at) * sizeof(*t->list));
}

static size_t count_of(const struct tickets *t, const char *key, size_t *oldest) {
    size_t count = 0;
    for (size_t i = t->count; i > 0; i--) {
        if (strcmp(t->list[i - 1].key, key) != 0)
            continue;
        count++;
        *oldest = i - 1;
    }
    return count;
}

static void make_room(struct tickets *t, const char *key) {
    size_t oldest = 0;
    if (count_of(t, key, &oldest) >= TICKETS_OF_KEY)
        drop(t, oldest);
    else if (t->count == TICKETS_MOST)
        drop(t, 0);
}

/* As the server wishes (0: it says nothing). */
static long life_s(SSL_SESSION *session) {
    unsigned long hint = SSL_SESSION_has_ticket(session) ? SSL_SESSION_get_ticket_lifetime_hint(session) : 0;
    long life = hint > 0 && hint < LONG_MAX ? (long)hint : SSL_SESSION_get_timeout(session);
    return life < TICKET_S ? life : TICKET_S;
}

static void add(struct tickets *t, const char *key, SSL_SESSION *session, time_t good_until,
                time_t usable_till) {
    make_room(t, key);
    t->list = mem_array(t->list, t->count + 1, sizeof(*t->list));
    t->list[t->count++] = (struct ticket){mem_strdup(key), session, good_until, usable_till};
}

static bool is_shunned(const struct tickets *t, const char *key, time_t now) {
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].session == NULL && now < t->list[i].usable_till && strcmp(t->list[i].key, key) == 0)
            return true;
    return false;
}

void tickets_put(struct tickets *t, const char *key, SSL_SESSION *session, time_t good_until, time_t now) {
    if (!SSL_SESSION_is_resumable(session) || is_shunned(t, key, now))
        return;
    SSL_SESSION *copy = SSL_SESSION_dup(session);
    if (copy != NULL)
        add(t, key, copy, good_until, now + life_s(session));
}

bool tickets_take(struct tickets *t, const char *key, time_t now, SSL_SESSION **session_out,
                  time_t *good_until) {
    if (is_shunned(t, key, now))
        return false;
    for (size_t i = t->count; i > 0; i--) {
        struct ticket one = t->list[i - 1];
        if (strcmp(one.key, key) != 0)
            continue;
        bool good = one.session != NULL && now < one.usable_till && now < one.good_until;
        if (good) {
            SSL_SESSION_up_ref(one.session);
            *session_out = one.session;
            *good_until = one.good_until;
        }
        drop(t, i - 1);
        if (good)
            return true;
    }
    return false;
}

void tickets_forget(struct tickets *t, const char *key) {
    for (size_t i = t->count; i > 0; i--)
        if (strcmp(t->list[i - 1].key, key) == 0 && t->list[i - 1].session != NULL)
            drop(t, i - 1);
}

void tickets_shun(struct tickets *t, const char *key, time_t now) {
    tickets_forget(t, key);
    add(t, key, NULL, 0, now + TICKET_S);
}

void tickets_finish(struct tickets *t) {
    while (t->count > 0)
        drop(t, t->count - 1);
    mem_free(t->list);
    t->list = NULL;
}
