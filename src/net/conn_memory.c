/* SPDX-License-Identifier: MIT */
/* A short list, the oldest blame first. Blame is forgotten after a while: the best target comes back. */
#include "net/conn_memory.h"

#include "base/mem.h"

#include <string.h>

enum { BLAMED_MOST = 16, BLAME_MS = 600000 };

struct blamed {
    char *host; /* owned */
    uint16_t port;
    bool direct_tls;
    int64_t until_ms;
};

struct conn_memory {
    struct blamed *list; /* owned; NULL until there is one: most accounts never blame anybody */
    size_t count;
};

struct conn_memory *conn_memory_new(void) {
    return mem_new(struct conn_memory);
}

static void forget(struct conn_memory *m, size_t i) {
    mem_free(m->list[i].host);
    m->count--;
    memmove(&m->list[i], &m->list[i + 1], (m->count - i) * sizeof(m->list[0]));
}

void conn_memory_free(struct conn_memory *m) {
    while (m != NULL && m->count > 0)
        forget(m, 0);
    if (m != NULL)
        mem_free(m->list);
    mem_free(m);
}

/* Its place; count when it is not blamed. */
static size_t find(const struct conn_memory *m, const struct srv_record *t) {
    size_t i = 0;
    while (i < m->count && !(m->list[i].port == t->port && m->list[i].direct_tls == t->direct_tls &&
                             strcmp(m->list[i].host, t->target) == 0))
        i++;
    return i;
}

void conn_memory_praise(struct conn_memory *m, const struct srv_record *target) {
    size_t i = m != NULL ? find(m, target) : 0;
    if (m != NULL && i < m->count)
        forget(m, i);
}

void conn_memory_blame(struct conn_memory *m, const struct srv_record *target, int64_t now_ms) {
    if (m == NULL)
        return;
    conn_memory_praise(m, target);
    if (m->list == NULL)
        m->list = mem_array(NULL, BLAMED_MOST, sizeof(*m->list));
    if (m->count == BLAMED_MOST)
        forget(m, 0);
    m->list[m->count++] = (struct blamed){.host = mem_strdup(target->target),
                                          .port = target->port,
                                          .direct_tls = target->direct_tls,
                                          .until_ms = now_ms + BLAME_MS};
}

/* 0: not blamed; else the later, the higher. */
static size_t rank(const struct conn_memory *m, const struct srv_record *target, int64_t now_ms) {
    size_t i = find(m, target);
    return i < m->count && now_ms < m->list[i].until_ms ? i + 1 : 0;
}

void conn_memory_order(const struct conn_memory *m, struct srv_record *list, size_t count, int64_t now_ms) {
    if (m == NULL || m->count == 0)
        return;
    for (size_t i = 1; i < count; i++) { /* a stable sort of a few */
        struct srv_record it = list[i];
        size_t at = i, its = rank(m, &it, now_ms);
        for (; at > 0 && rank(m, &list[at - 1], now_ms) > its; at--)
            list[at] = list[at - 1];
        list[at] = it;
    }
}
