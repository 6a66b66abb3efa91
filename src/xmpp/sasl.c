/* SPDX-License-Identifier: MIT */
#include "xmpp/sasl.h"

#include "base/mem.h"
#include "xmpp/scram.h"

/* ---- SCRAM ---- */

static void *scram_begin(const struct sasl_mechanism *m, const struct sasl_identity *who) {
    return scram_new((enum scram_hash)m->variant, who->user, who->password, who->nonce);
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

/* ---- PLAIN (RFC 4616): NUL user NUL password. The server prepares them, if it wants to (RFC 4616 2). ----
 */

static void *plain_begin(const struct sasl_mechanism *m, const struct sasl_identity *who) {
    (void)m;
    struct sasl_identity *copy = mem_new(struct sasl_identity);
    *copy = *who;
    return copy;
}

static int plain_first(void *state, struct buf *out, struct err *err) {
    const struct sasl_identity *who = state;
    if (who->password[0] == '\0')
        return err_set(err, "the password is empty");
    buf_addc(out, '\0');
    buf_adds(out, who->user);
    buf_addc(out, '\0');
    buf_adds(out, who->password);
    return 0;
}

static int plain_challenge(void *state, struct str in, struct buf *out, struct err *err) {
    (void)state, (void)in, (void)out;
    return err_set(err, "a challenge, which PLAIN does not have");
}

static int plain_success(void *state, struct str in, struct err *err) {
    (void)state;
    return in.len == 0 ? 0 : err_set(err, "additional data, which PLAIN does not have");
}

/* ---- the table ---- */

static const struct sasl_mechanism table[] = {
    {"SCRAM-SHA-256", false, scram_begin, scram_end, scram_say_first, scram_on_challenge, scram_on_success,
     SCRAM_SHA_256},
    {"SCRAM-SHA-1", false, scram_begin, scram_end, scram_say_first, scram_on_challenge, scram_on_success,
     SCRAM_SHA_1},
    {"PLAIN", true, plain_begin, mem_free, plain_first, plain_challenge, plain_success, 0},
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
    s->state = m->begin(m, who);
    return s;
}

void sasl_free(struct sasl *s) {
    if (s == NULL)
        return;
    s->mechanism->end(s->state);
    mem_free(s);
}

const struct sasl_mechanism *sasl_mechanism(const struct sasl *s) {
    return s->mechanism;
}

int sasl_first(struct sasl *s, struct buf *out, struct err *err) {
    return s->mechanism->first(s->state, out, err);
}

int sasl_challenge(struct sasl *s, struct str in, struct buf *out, struct err *err) {
    return s->mechanism->challenge(s->state, in, out, err);
}

int sasl_success(struct sasl *s, struct str in, struct err *err) {
    return s->mechanism->success(s->state, in, err);
}
