/* SPDX-License-Identifier: MIT */
/* The mechanisms HT-SHA-256-*, and which token is good for what. */
#include "xmpp/fast.h"

#include "base/mem.h"
#include "xmpp/sasl_kind.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_LEN = 32 };

/* ---- the mechanism ---- */

struct ht {
    const char *name, *user;
    unsigned char initiator[HASH_LEN], responder[HASH_LEN];
    bool is_proven;
};

static void hash(const char *token, const char *who, struct str binding, unsigned char out[HASH_LEN]) {
    struct buf text = BUF_INIT;
    unsigned int len = 0;
    buf_adds(&text, who);
    buf_add(&text, binding.s, binding.len);
    if (HMAC(EVP_sha256(), token, (int)strlen(token), (const unsigned char *)buf_data(&text), buf_len(&text),
             out, &len) == NULL ||
        len != HASH_LEN)
        abort(); /* a hash that cannot be computed is no condition that a bot could live with */
    buf_finish(&text);
}

static void *ht_begin(const struct sasl_mechanism *m, const struct sasl_identity *who) {
    struct ht *h = mem_new(struct ht);
    h->name = m->name;
    h->user = who->user;
    hash(who->password, "Initiator", who->binding, h->initiator);
    hash(who->password, "Responder", who->binding, h->responder);
    return h;
}

static void ht_end(void *state) {
    mem_wipe(state, sizeof(struct ht));
    mem_free(state);
}

static int ht_first(void *state, struct buf *out, struct err *err) {
    const struct ht *h = state;
    (void)err;
    buf_adds(out, h->user);
    buf_addc(out, '\0');
    buf_add(out, h->initiator, HASH_LEN);
    return 0;
}

static int ht_challenge(void *state, struct str in, struct buf *out, struct err *err) {
    const struct ht *h = state;
    (void)in, (void)out;
    return err_set(err, "a challenge, which %s does not have", h->name);
}

static int ht_success(void *state, struct str in, struct err *err) {
    struct ht *h = state;
    if (in.s == NULL)
        return err_set(err, "success without the server's proof");
    if (in.len != HASH_LEN || CRYPTO_memcmp(in.s, h->responder, HASH_LEN) != 0)
        return err_set(err, "the server's proof is wrong: it does not know the token");
    h->is_proven = true;
    return 0;
}

static bool ht_is_proven(const void *state) {
    return ((const struct ht *)state)->is_proven;
}

static const struct sasl_kind ht = {ht_begin,   ht_end,       ht_first, ht_challenge,
                                    ht_success, ht_is_proven, NULL,     NULL};

/* The best first. The first three are bound. */
static const struct {
    struct sasl_mechanism mechanism;
    const char *binding;
} table[] = {
    {{"HT-SHA-256-EXPR", SASL_TOKEN | SASL_BINDS | SASL_TLS_ONLY, SASL_BOUND, &ht, 0}, "tls-exporter"},
    {{"HT-SHA-256-ENDP", SASL_TOKEN | SASL_BINDS | SASL_TLS_ONLY, SASL_BOUND, &ht, 0},
     "tls-server-end-point"},
    {{"HT-SHA-256-UNIQ", SASL_TOKEN | SASL_BINDS | SASL_TLS_ONLY, SASL_BOUND, &ht, 0}, "tls-unique"},
    {{"HT-SHA-256-NONE", SASL_TOKEN | SASL_TLS_ONLY, SASL_HASHED, &ht, 0}, NULL},
};

int fast_rank(struct str name) {
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (str_is(name, table[i].mechanism.name))
            return (int)i + 1;
    return 0;
}

bool fast_is_token(const struct sasl_mechanism *m) {
    return m->kind == &ht;
}

/* ---- the rules ---- */

static bool binds(const char *name) {
    int i = name != NULL ? sasl_mechanism_index(str_of(name)) : -1;
    return i >= 0 && (sasl_mechanism_at((size_t)i)->flags & SASL_BINDS) != 0;
}

/* Has a bound login worked, or does the owner want nothing else? */
static bool must_bind(const struct choice *c) {
    if (c->current.binding != NULL || binds(memory_strongest(c->memory)))
        return true;
    if (c->allowed == NULL)
        return false;
    for (char **name = c->allowed; *name != NULL; name++)
        if (!binds(*name))
            return false;
    return true;
}

const struct sasl_mechanism *fast_mechanism(const struct choice *c, struct str name, struct str *binding) {
    int rank = fast_rank(name);
    *binding = STR_NONE;
    if (rank == 0 || !c->is_secured || c->memory == NULL)
        return NULL;
    if (table[rank - 1].binding == NULL)
        return must_bind(c) ? NULL : &table[rank - 1].mechanism;
    for (size_t i = 0; i < c->binding_count; i++)
        if (strcmp(c->bindings[i].type, table[rank - 1].binding) == 0) {
            *binding = c->bindings[i].data;
            return &table[rank - 1].mechanism;
        }
    return NULL;
}

const struct sasl_mechanism *fast_ready(const struct choice *c, int64_t wall_s, struct memory_token *token,
                                        struct str *binding) {
    if (c->memory == NULL || !memory_find_token(c->memory, token))
        return NULL;
    if (wall_s >= token->expires_s) {
        memory_drop_token(c->memory);
        return NULL;
    }
    return fast_mechanism(c, str_of(token->mechanism), binding);
}

/* ---- times ---- */

/* `count` digits; -1: they are none. */
static int digits(const char *at, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9')
            return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

/* Days since 1970-01-01 in the calendar of today; a year that begins in March has its leap day at the end. */
static int64_t days(int year, int month, int day) {
    int64_t y = month > 2 ? year : year - 1;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return 365 * y + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

/* "Z", "+01:00": seconds to take away. */
static bool read_zone(const char *at, size_t len, int64_t *out) {
    *out = 0;
    if (len == 1 && at[0] == 'Z')
        return true;
    if (len != 6 || (at[0] != '+' && at[0] != '-') || at[3] != ':')
        return false;
    int hours = digits(at + 1, 2), minutes = digits(at + 4, 2);
    *out = (hours * 60 + minutes) * (at[0] == '-' ? -60 : 60);
    return hours >= 0 && hours <= 14 && minutes >= 0 && minutes <= 59;
}

int fast_read_time(struct str text, int64_t *seconds) {
    enum { PLAIN_LEN = 19 }; /* 2026-03-12T14:36:15 */
    const char *t = text.s;
    int64_t zone;
    if (t == NULL || text.len <= PLAIN_LEN || t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' ||
        t[16] != ':')
        return -1;
    int year = digits(t, 4), month = digits(t + 5, 2), day = digits(t + 8, 2), hour = digits(t + 11, 2),
        minute = digits(t + 14, 2), second = digits(t + 17, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 24 ||
        minute < 0 || minute > 59 || second < 0 || second > 60)
        return -1;
    size_t at = PLAIN_LEN;
    if (t[at] == '.')
        for (at++; at < text.len && t[at] >= '0' && t[at] <= '9';)
            at++;
    if (!read_zone(t + at, text.len - at, &zone))
        return -1;
    *seconds = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone;
    return 0;
}
