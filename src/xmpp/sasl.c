/* SPDX-License-Identifier: MIT */
/*
 * The table, and the verbs over it. The default list is what is safe for a server whose certificate was
 * verified. DIGEST-MD5 and CRAM-MD5 are not here and will not be (RFC 6331, RFC 8314): what they protect can
 * be guessed offline, and nobody proves himself.
 */
#include "xmpp/sasl_kind.h"

#include "base/mem.h"
#include "xmpp/scram.h"

/* ---- SCRAM ---- */

static void *scram_begin(const struct sasl_mechanism *m, const struct sasl_identity *who) {
    struct scram_options o = {.hash = (enum scram_hash)m->variant,
                              .user = who->user,
                              .password = who->password,
                              .nonce = who->nonce,
                              .gs2 = who->gs2,
                              .binding_type = who->binding_type,
                              .binding = who->binding,
                              .offers = who->offers,
                              .needs_hash = who->needs_hash,
                              .memory = who->memory};
    return scram_new(&o);
}

static void scram_end(void *state) {
    scram_free(state);
}

static int scram_say_first(void *state, struct buf *out, struct err *err) {
    return scram_first(state, out, err);
}

static int scram_on_challenge(void *state, struct str in, struct buf *out, struct err *err) {
    return scram_challenge(state, in, out, err);
}

static int scram_on_success(void *state, struct str in, struct err *err) {
    return scram_success(state, in, err);
}

static bool scram_is_proven(const void *state) {
    return scram_is_verified(state);
}

static bool scram_vouches(const void *state) {
    return scram_has_hash(state);
}

const struct sasl_kind sasl_scram = {scram_begin,      scram_end,       scram_say_first, scram_on_challenge,
                                     scram_on_success, scram_is_proven, scram_vouches,   NULL};

/* ---- the table ---- */

enum {
    HASHED = SASL_DEFAULT | SASL_PASSWORD,
    BOUND = HASHED | SASL_BINDS,
    TOKEN = SASL_TOKEN | SASL_SHOWS | SASL_TLS_ONLY,
};

static const struct sasl_mechanism table[] = {
    {"EXTERNAL", SASL_DEFAULT | SASL_CERTIFICATE, SASL_HASHED, &sasl_external, 0},
    {"SCRAM-SHA-512-PLUS", BOUND, SASL_BOUND + 3, &sasl_scram, SCRAM_SHA_512},
    {"SCRAM-SHA3-512-PLUS", BOUND, SASL_BOUND + 2, &sasl_scram, SCRAM_SHA3_512},
    {"SCRAM-SHA-256-PLUS", BOUND, SASL_BOUND + 1, &sasl_scram, SCRAM_SHA_256},
    {"SCRAM-SHA-1-PLUS", BOUND, SASL_BOUND, &sasl_scram, SCRAM_SHA_1},
    {"SCRAM-SHA-512", HASHED, SASL_HASHED + 3, &sasl_scram, SCRAM_SHA_512},
    {"SCRAM-SHA3-512", HASHED, SASL_HASHED + 2, &sasl_scram, SCRAM_SHA3_512},
    {"SCRAM-SHA-256", HASHED, SASL_HASHED + 1, &sasl_scram, SCRAM_SHA_256},
    {"SCRAM-SHA-1", HASHED, SASL_HASHED, &sasl_scram, SCRAM_SHA_1},
    {"OAUTHBEARER", TOKEN, SASL_SHOWN, &sasl_bearer, 0},
    {"X-OAUTH2", TOKEN, SASL_SHOWN, &sasl_plain, 0},
    {"PLAIN", HASHED | SASL_SHOWS, SASL_SHOWN, &sasl_plain, 0},
    {"ANONYMOUS", 0, SASL_SHOWN, &sasl_anonymous, 0},
};

enum { TABLE_LEN = sizeof(table) / sizeof(table[0]) };

const struct sasl_mechanism *sasl_mechanism_at(size_t index) {
    return index < TABLE_LEN ? &table[index] : NULL;
}

int sasl_mechanism_index(struct str name) {
    for (int i = 0; i < TABLE_LEN; i++)
        if (str_is(name, table[i].name))
            return i;
    return -1;
}

/* ---- one exchange ---- */

struct sasl {
    const struct sasl_mechanism *mechanism;
    void *state; /* owned */
};

struct sasl *sasl_new(const struct sasl_mechanism *m, const struct sasl_identity *who) {
    struct sasl *s = mem_new(struct sasl);
    s->mechanism = m;
    s->state = m->kind->begin(m, who);
    return s;
}

void sasl_free(struct sasl *s) {
    if (s == NULL)
        return;
    s->mechanism->kind->end(s->state);
    mem_free(s);
}

const struct sasl_mechanism *sasl_mechanism(const struct sasl *s) {
    return s->mechanism;
}

int sasl_first(struct sasl *s, struct buf *out, struct err *err) {
    return s->mechanism->kind->first(s->state, out, err);
}

int sasl_challenge(struct sasl *s, struct str in, struct buf *out, struct err *err) {
    return s->mechanism->kind->challenge(s->state, in, out, err);
}

int sasl_success(struct sasl *s, struct str in, struct err *err) {
    return s->mechanism->kind->success(s->state, in, err);
}

bool sasl_is_proven(const struct sasl *s) {
    return s->mechanism->kind->is_proven == NULL || s->mechanism->kind->is_proven(s->state);
}

bool sasl_has_hash(const struct sasl *s) {
    return s->mechanism->kind->has_hash != NULL && s->mechanism->kind->has_hash(s->state);
}

struct str sasl_note(const struct sasl *s) {
    return s->mechanism->kind->note != NULL ? s->mechanism->kind->note(s->state) : STR_LIT("");
}
