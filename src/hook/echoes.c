/* SPDX-License-Identifier: MIT */
#include "hook/echoes.h"

#include "base/mem.h"
#include "base/random.h"

struct peer {
    uint64_t hash;
    int64_t said_ms;  /* of our last answer; -1: it was echoed already */
    int64_t used_ms;  /* when anything was said last, by either */
    int64_t since_ms; /* of the first echo of this row */
    int64_t deaf_ms;  /* until then */
    unsigned count;
};

struct echoes {
    struct peer *peers; /* owned; as many as there were at most */
    size_t count;
    uint64_t seed; /* nobody can make two addresses look alike */
};

struct echoes *echoes_new(void) {
    struct echoes *e = mem_new(struct echoes);
    random_bytes(&e->seed, sizeof(e->seed));
    return e;
}

void echoes_free(struct echoes *e) {
    if (e == NULL)
        return;
    mem_free(e->peers);
    mem_free(e);
}

/* FNV-1a, seeded. */
static uint64_t hash_of(const struct echoes *e, struct str peer) {
    uint64_t h = e->seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < peer.len; i++)
        h = (h ^ (unsigned char)peer.s[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

static struct peer *find(struct echoes *e, uint64_t hash) {
    for (size_t i = 0; i < e->count; i++)
        if (e->peers[i].hash == hash)
            return &e->peers[i];
    return NULL;
}

/* A free place, or that of the idlest. */
static struct peer *make(struct echoes *e, uint64_t hash) {
    struct peer *p;
    if (e->count < ECHOES_PEERS) {
        e->peers = mem_array(e->peers, e->count + 1, sizeof(*e->peers));
        p = &e->peers[e->count++];
    } else {
        p = e->peers;
        for (size_t i = 1; i < e->count; i++)
            p = e->peers[i].used_ms < p->used_ms ? &e->peers[i] : p;
    }
    *p = (struct peer){.hash = hash, .said_ms = -1};
    return p;
}

void echoes_said(struct echoes *e, struct str peer, int64_t now_ms) {
    uint64_t hash = hash_of(e, peer);
    struct peer *p = find(e, hash);
    p = p != NULL ? p : make(e, hash);
    p->said_ms = p->used_ms = now_ms;
}

enum echoes_verdict echoes_heard(struct echoes *e, struct str peer, int64_t now_ms, int64_t *since_ms) {
    struct peer *p = find(e, hash_of(e, peer));
    if (p == NULL)
        return ECHOES_LISTEN;
    int64_t idle_ms = now_ms - p->used_ms;
    p->used_ms = now_ms;
    if (now_ms < p->deaf_ms)
        return ECHOES_DEAF;
    if (idle_ms > ECHOES_MOMENT_MS)
        p->count = 0;
    if (p->said_ms < 0 || now_ms == p->said_ms || now_ms - p->said_ms > ECHOES_MOMENT_MS)
        return ECHOES_LISTEN;
    p->said_ms = -1;
    if (p->count++ == 0)
        p->since_ms = now_ms;
    if (p->count < ECHOES_MOST)
        return ECHOES_LISTEN;
    p->count = 0;
    p->deaf_ms = now_ms + ECHOES_DEAF_MS;
    if (since_ms != NULL)
        *since_ms = p->since_ms;
    return ECHOES_STOP;
}
