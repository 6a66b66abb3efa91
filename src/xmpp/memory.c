/* SPDX-License-Identifier: MIT */
/*
 * The form on disk. A line is a key and words; what others wrote is checked before it becomes a word.
 *
 *   couplet-memory 1
 *   account BASE64
 *   worked SCRAM-SHA-256-PLUS [tls-exporter]
 *   strongest SCRAM-SHA-512-PLUS
 *   vouched
 *   agent UUID, inline N, token MECHANISM EXPIRES COUNT TOKEN     memory_token.c
 *
 * One row of `lines` reads each key; memory_write writes them.
 */
#include "xmpp/memory_internal.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/random.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#define FIRST_LINE "couplet-memory 1"

struct memory *memory_new(void) {
    struct memory *m = mem_new(struct memory);
    random_bytes(m->secret, sizeof(m->secret));
    return m;
}

void memory_free(struct memory *m) {
    if (m == NULL)
        return;
    memory_drop_keys(m);
    memory_drop_token(m);
    mem_free(m->account);
    mem_free(m->offers);
    mem_free(m->mechanism);
    mem_free(m->binding);
    mem_free(m->strongest);
    mem_wipe(m, sizeof(*m));
    mem_free(m);
}

void memory_belongs_to(struct memory *m, const char *account) {
    mem_free(m->account);
    m->account = mem_strdup(account);
}

/* ---- logins ---- */

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void keep(struct memory *m, char **field, const char *value) {
    if (same(*field, value))
        return;
    mem_free(*field);
    *field = mem_strdup(value);
    m->is_changed = true;
}

void memory_logged_in(struct memory *m, const char *mechanism, const char *binding, const char *strongest,
                      bool is_vouched) {
    keep(m, &m->mechanism, mechanism);
    keep(m, &m->binding, binding);
    keep(m, &m->strongest, strongest);
    m->is_changed |= m->is_vouched != is_vouched;
    m->is_vouched = is_vouched;
}

const char *memory_mechanism(const struct memory *m) {
    return m->mechanism;
}

const char *memory_binding(const struct memory *m) {
    return m->binding;
}

const char *memory_strongest(const struct memory *m) {
    return m->strongest;
}

bool memory_is_vouched(const struct memory *m) {
    return m->is_vouched;
}

void memory_keep_offers(struct memory *m, const char *offers) {
    mem_free(m->offers);
    m->offers = offers != NULL ? mem_strdup(offers) : NULL;
}

const char *memory_offers(const struct memory *m) {
    return m->offers;
}

/* ---- keys ---- */

static void digest_password(const struct memory *m, const char *password, unsigned char out[DIGEST_LEN]) {
    unsigned int len = 0;
    if (HMAC(EVP_sha256(), m->secret, sizeof(m->secret), (const unsigned char *)password, strlen(password),
             out, &len) == NULL ||
        len != DIGEST_LEN)
        abort(); /* a hash that cannot be computed is no condition that a bot could live with */
}

void memory_drop_keys(struct memory *m) {
    if (m->keys != NULL)
        mem_wipe(m->keys, sizeof(*m->keys));
    mem_free(m->keys);
    m->keys = NULL;
}

bool memory_find_keys(struct memory *m, const struct memory_keys *of, unsigned char *client_key,
                      unsigned char *server_key, size_t len) {
    const struct keys *k = m->keys;
    unsigned char digest[DIGEST_LEN];
    if (k == NULL)
        return false;
    digest_password(m, of->password, digest);
    if (CRYPTO_memcmp(digest, k->password, DIGEST_LEN) != 0) {
        memory_drop_keys(m);
        return false;
    }
    if (strcmp(k->hash, of->hash) != 0 || k->len != len || k->iterations != of->iterations ||
        !str_eq(of->salt, (struct str){(const char *)k->salt, k->salt_len}))
        return false;
    memcpy(client_key, k->client_key, len);
    memcpy(server_key, k->server_key, len);
    return true;
}

void memory_keep_keys(struct memory *m, const struct memory_keys *of, const unsigned char *client_key,
                      const unsigned char *server_key, size_t len) {
    assert(len <= MEMORY_KEY_MAX);
    memory_drop_keys(m);
    if (of->salt.len > MEMORY_SALT_MAX) /* no server's; computed each time */
        return;
    struct keys *k = mem_new(struct keys);
    k->hash = of->hash;
    k->iterations = of->iterations;
    k->salt_len = of->salt.len;
    k->len = len;
    memcpy(k->salt, of->salt.s, of->salt.len);
    memcpy(k->client_key, client_key, len);
    memcpy(k->server_key, server_key, len);
    digest_password(m, of->password, k->password);
    m->keys = k;
}

/* ---- on disk ---- */

void memory_write(struct memory *m, struct buf *out) {
    buf_lit(out, FIRST_LINE "\n");
    if (m->account != NULL) {
        buf_lit(out, "account ");
        base64_encode(out, m->account, strlen(m->account));
        buf_lit(out, "\n");
    }
    if (m->mechanism != NULL && m->binding != NULL)
        buf_addf(out, "worked %s %s\n", m->mechanism, m->binding);
    else if (m->mechanism != NULL)
        buf_addf(out, "worked %s\n", m->mechanism);
    if (m->strongest != NULL)
        buf_addf(out, "strongest %s\n", m->strongest);
    if (m->is_vouched)
        buf_lit(out, "vouched\n");
    memory_write_fast(m, out);
    m->is_changed = false;
}

static struct str take_line(struct str *rest) {
    const char *end = memchr(rest->s, '\n', rest->len);
    struct str line = {rest->s, end != NULL ? (size_t)(end - rest->s) : rest->len};
    size_t skip = line.len + (end != NULL);
    *rest = (struct str){rest->s + skip, rest->len - skip};
    return line;
}

struct str memory_word(struct str *line) {
    const char *blank = line->len > 0 ? memchr(line->s, ' ', line->len) : NULL;
    struct str word = {line->s, blank != NULL ? (size_t)(blank - line->s) : line->len};
    size_t skip = word.len + (blank != NULL);
    *line = (struct str){line->s + skip, line->len - skip};
    return word;
}

char *memory_name(struct str word) {
    if (word.len == 0 || word.len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.s[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '_'))
            return NULL;
    }
    return mem_strndup(word.s, word.len);
}

static bool read_name(char **field, struct str word) {
    mem_free(*field);
    *field = memory_name(word);
    return *field != NULL;
}

static bool read_worked(struct memory *m, struct str rest) {
    bool ok = read_name(&m->mechanism, memory_word(&rest));
    return ok && (rest.len == 0 || read_name(&m->binding, memory_word(&rest))) && rest.len == 0;
}

static bool read_strongest(struct memory *m, struct str rest) {
    return read_name(&m->strongest, memory_word(&rest)) && rest.len == 0;
}

static bool read_vouched(struct memory *m, struct str rest) {
    m->is_vouched = true;
    return rest.len == 0;
}

static const struct {
    const char *key;
    bool (*read)(struct memory *m, struct str rest);
} lines[] = {{"worked", read_worked},      {"strongest", read_strongest},   {"vouched", read_vouched},
             {"agent", memory_read_agent}, {"inline", memory_read_inlines}, {"token", memory_read_token}};

/* The second line, if there is one of this key. */
static bool is_other_account(const struct memory *m, struct str text) {
    static const char key[] = "account ";
    struct buf name = BUF_INIT;
    if (m->account == NULL || text.len < sizeof(key) - 1 || memcmp(text.s, key, sizeof(key) - 1) != 0)
        return false;
    struct str line = take_line(&text);
    int r = base64_decode(&name, line.s + sizeof(key) - 1, line.len - (sizeof(key) - 1));
    bool is_other = r != 0 || !str_is((struct str){buf_data(&name), buf_len(&name)}, m->account);
    buf_finish(&name);
    return is_other;
}

static bool read_line(struct memory *m, struct str line) {
    struct str key = memory_word(&line);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (str_is(key, lines[i].key))
            return lines[i].read(m, line);
    return true;
}

int memory_read(struct memory *m, struct str text, struct err *err) {
    if (!str_is(take_line(&text), FIRST_LINE))
        return err_set(err, "line 1: '" FIRST_LINE "' is expected");
    if (is_other_account(m, text))
        return err_set(err, "it is another account's");
    for (int number = 2; text.len > 0; number++) {
        struct str line = take_line(&text);
        if (!read_line(m, line))
            return err_set(err, "line %d is not complete, or damaged", number); /* it may hold a secret */
    }
    m->is_changed = false;
    return 0;
}

bool memory_is_changed(const struct memory *m) {
    return m->is_changed;
}
