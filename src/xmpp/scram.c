/* SPDX-License-Identifier: MIT */
/*
 * The names are those of RFC 5802 3: SaltedPassword, ClientKey, StoredKey, AuthMessage, ServerSignature.
 * Hashing is libcrypto's; signatures are compared in constant time; keys are wiped, or kept in the account's
 * memory.
 * Implements: XEP-0474 0.5.0, RFC 5802, RFC 7677
 */
#include "xmpp/scram.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/random.h"
#include "xmpp/memory.h"
#include "xmpp/prep.h"
#include "xmpp/scram_message.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

enum { NONCE_BYTES = 24, KEY_MAX = 64 };

enum stage { FRESH, WANTS_SERVER_FIRST, WANTS_SERVER_FINAL, VERIFIED, BROKEN };

static const struct hash {
    const char *name;
    const EVP_MD *(*md)(void);
} hashes[] = {
    [SCRAM_SHA_1] = {"SCRAM-SHA-1", EVP_sha1},
    [SCRAM_SHA_256] = {"SCRAM-SHA-256", EVP_sha256},
    [SCRAM_SHA_512] = {"SCRAM-SHA-512", EVP_sha512},
    [SCRAM_SHA3_512] = {"SCRAM-SHA3-512", EVP_sha3_512},
};

struct keys {
    unsigned char client[KEY_MAX], server[KEY_MAX];
};

struct scram {
    struct scram_options o;
    const EVP_MD *md;
    size_t key_len;
    char *prepared;   /* owned, secret; the password after SASLprep, until it was used */
    char *nonce;      /* owned; the client's */
    char *gs2_header; /* owned */
    char *first_bare; /* owned; client-first-message-bare */
    unsigned char server_signature[KEY_MAX];
    enum stage stage;
    bool has_hash;
    /* for the memory, once the server has proven that they are right */
    bool is_computed;
    struct keys keys;
    struct buf salt;
    uint32_t iterations;
};

struct scram *scram_new(const struct scram_options *options) {
    struct scram *s = mem_new(struct scram);
    s->o = *options;
    s->md = hashes[options->hash].md();
    s->key_len = (size_t)EVP_MD_get_size(s->md);
    assert(s->key_len <= KEY_MAX);
    s->nonce = mem_strdup(options->nonce);
    return s;
}

void scram_free(struct scram *s) {
    if (s == NULL)
        return;
    mem_free_secret(s->prepared);
    mem_free(s->nonce);
    mem_free(s->gs2_header);
    mem_free(s->first_bare);
    buf_finish(&s->salt);
    mem_wipe(s, sizeof(*s));
    mem_free(s);
}

bool scram_has_hash(const struct scram *s) {
    return s->has_hash;
}

bool scram_is_verified(const struct scram *s) {
    return s->stage == VERIFIED;
}

static char *make_nonce(void) {
    unsigned char bytes[NONCE_BYTES];
    struct buf b = BUF_INIT;
    random_bytes(bytes, sizeof(bytes));
    base64_encode(&b, bytes, sizeof(bytes));
    return buf_detach(&b);
}

/* saslname: '=' and ',' are written as =3D and =2C (RFC 5802 5.1). */
static void add_saslname(struct buf *out, const char *name) {
    for (; *name != '\0'; name++) {
        if (*name == '=')
            buf_lit(out, "=3D");
        else if (*name == ',')
            buf_lit(out, "=2C");
        else
            buf_addc(out, *name);
    }
}

/* gs2-header (RFC 5802 7): how far we can bind, and no authzid (RFC 6120 6.3.8). */
static char *make_gs2_header(const struct scram_options *o) {
    struct buf b = BUF_INIT;
    if (o->gs2 == 'p')
        buf_addf(&b, "p=%s,,", o->binding_type);
    else
        buf_addf(&b, "%c,,", o->gs2 == 'y' ? 'y' : 'n');
    return buf_detach(&b);
}

int scram_first(struct scram *s, struct buf *out, struct err *err) {
    assert(s->stage == FRESH);
    s->prepared = prep_sasl(s->o.password, "the password", err);
    char *user = s->prepared != NULL ? prep_sasl(s->o.user, "the user name", err) : NULL;
    if (user == NULL)
        return -1;
    if (s->nonce == NULL)
        s->nonce = make_nonce();
    struct buf bare = BUF_INIT;
    buf_lit(&bare, "n=");
    add_saslname(&bare, user);
    buf_addf(&bare, ",r=%s", s->nonce);
    s->first_bare = buf_detach(&bare);
    s->gs2_header = make_gs2_header(&s->o);
    mem_free_secret(user);
    buf_addf(out, "%s%s", s->gs2_header, s->first_bare);
    s->stage = WANTS_SERVER_FIRST;
    return 0;
}

/* ---- keys ---- */

static void hmac(const struct scram *s, const unsigned char *key, struct str text, unsigned char *out) {
    unsigned int len = 0;
    unsigned char *done =
        HMAC(s->md, key, (int)s->key_len, (const unsigned char *)text.s, text.len, out, &len);
    if (done == NULL || len != s->key_len)
        abort(); /* a hash that cannot be computed is no condition that a bot could live with */
}

/* SaltedPassword = Hi(Normalize(password), salt, i), which is PBKDF2 (RFC 5802 2.2). */
static void compute_keys(struct scram *s, const struct scram_server_first *m) {
    unsigned char salted[KEY_MAX];
    int ok =
        PKCS5_PBKDF2_HMAC(s->prepared, (int)strlen(s->prepared), (const unsigned char *)buf_data(&m->salt),
                          (int)buf_len(&m->salt), (int)m->iterations, s->md, (int)s->key_len, salted);
    if (ok != 1)
        abort();
    hmac(s, salted, STR_LIT("Client Key"), s->keys.client);
    hmac(s, salted, STR_LIT("Server Key"), s->keys.server);
    mem_wipe(salted, sizeof(salted));
    s->is_computed = true;
}

static struct memory_keys which_keys(const struct scram *s, const struct buf *salt, uint32_t iterations) {
    return (struct memory_keys){.hash = hashes[s->o.hash].name,
                                .salt = {buf_data(salt), buf_len(salt)},
                                .iterations = iterations,
                                .password = s->o.password};
}

static void take_keys(struct scram *s, const struct scram_server_first *m) {
    struct memory_keys which = which_keys(s, &m->salt, m->iterations);
    if (s->o.memory == NULL ||
        !memory_find_keys(s->o.memory, &which, s->keys.client, s->keys.server, s->key_len))
        compute_keys(s, m);
    mem_free_secret(s->prepared);
    s->prepared = NULL;
    buf_add(&s->salt, buf_data(&m->salt), buf_len(&m->salt));
    s->iterations = m->iterations;
}

/* The server knows the same keys, so that they are worth keeping. */
static void keep_keys(struct scram *s) {
    struct memory_keys which = which_keys(s, &s->salt, s->iterations);
    if (s->o.memory != NULL && s->is_computed)
        memory_keep_keys(s->o.memory, &which, s->keys.client, s->keys.server, s->key_len);
    mem_wipe(&s->keys, sizeof(s->keys));
}

/* ClientProof = ClientKey XOR HMAC(H(ClientKey), AuthMessage). */
static void client_proof(const struct scram *s, struct str auth_message, unsigned char *proof) {
    unsigned char stored_key[KEY_MAX], signature[KEY_MAX];
    if (EVP_Digest(s->keys.client, s->key_len, stored_key, NULL, s->md, NULL) != 1)
        abort();
    hmac(s, stored_key, auth_message, signature);
    for (size_t i = 0; i < s->key_len; i++)
        proof[i] = s->keys.client[i] ^ signature[i];
    mem_wipe(stored_key, sizeof(stored_key));
}

/* ---- what the server offered (XEP-0474 6.2) ---- */

/* It tells what it offered in a message that both sides sign. Whoever changed the offers on their way would
 * have to change this, too, and the signatures would not fit. */
static int check_offers(struct scram *s, struct str told, struct err *err) {
    unsigned char digest[KEY_MAX];
    struct buf ours = BUF_INIT;
    if (told.s == NULL && s->o.needs_hash)
        return err_set(err, "it offers less than before, and does not vouch for that (XEP-0474)");
    if (told.s == NULL || s->o.offers.s == NULL)
        return 0;
    if (EVP_Digest(s->o.offers.s, s->o.offers.len, digest, NULL, s->md, NULL) != 1)
        abort();
    base64_encode(&ours, digest, s->key_len);
    s->has_hash = str_eq(told, (struct str){buf_data(&ours), buf_len(&ours)});
    buf_finish(&ours);
    return s->has_hash ? 0
                       : err_set(err, "what it offers was changed on its way to us (XEP-0474): somebody is "
                                      "in between");
}

/* ---- the exchange ---- */

/* cbind-input = gs2-header [cbind-data], in base64 (RFC 5802 7). */
static void add_cbind_input(const struct scram *s, struct buf *out) {
    struct buf input = BUF_INIT;
    buf_adds(&input, s->gs2_header);
    if (s->o.gs2 == 'p')
        buf_add(&input, s->o.binding.s, s->o.binding.len);
    base64_encode(out, buf_data(&input), buf_len(&input));
    buf_finish(&input);
}

/* client-final-message (RFC 5802 7). */
static void answer(struct scram *s, struct str in, const struct scram_server_first *m, struct buf *out) {
    unsigned char proof[KEY_MAX];
    take_keys(s, m);
    struct buf auth = BUF_INIT;
    buf_addf(&auth, "%s,", s->first_bare);
    buf_add(&auth, in.s, in.len);
    buf_lit(&auth, ",");
    size_t final_at = buf_len(&auth);
    buf_lit(&auth, "c=");
    add_cbind_input(s, &auth);
    buf_addf(&auth, ",r=%.*s", (int)m->nonce.len, m->nonce.s);
    struct str auth_message = {buf_data(&auth), buf_len(&auth)};
    client_proof(s, auth_message, proof);
    hmac(s, s->keys.server, auth_message, s->server_signature);
    buf_add(out, auth_message.s + final_at, auth_message.len - final_at);
    buf_lit(out, ",p=");
    base64_encode(out, proof, s->key_len);
    buf_finish(&auth);
}

static int on_server_first(struct scram *s, struct str in, struct buf *out, struct err *err) {
    struct scram_server_first m = {.salt = BUF_INIT};
    int r = scram_read_server_first(in, str_of(s->nonce), &m, err);
    if (r == 0)
        r = check_offers(s, m.offers_hash, err);
    if (r == 0)
        answer(s, in, &m, out);
    buf_finish(&m.salt);
    s->stage = r == 0 ? WANTS_SERVER_FINAL : BROKEN;
    return r;
}

static int on_server_final(struct scram *s, struct str in, struct err *err) {
    struct buf signature = BUF_INIT;
    int r = scram_read_server_final(in, &signature, err);
    if (r == 0 && (buf_len(&signature) != s->key_len ||
                   CRYPTO_memcmp(buf_data(&signature), s->server_signature, s->key_len) != 0))
        r = err_set(err, "the server's signature is wrong: it does not know the password");
    buf_finish(&signature);
    s->stage = r == 0 ? VERIFIED : BROKEN;
    if (r == 0)
        keep_keys(s);
    return r;
}

static int broken(struct scram *s, struct err *err, const char *what) {
    s->stage = BROKEN;
    return err_set(err, "%s", what);
}

int scram_challenge(struct scram *s, struct str in, struct buf *out, struct err *err) {
    switch (s->stage) {
    case WANTS_SERVER_FIRST:
        return on_server_first(s, in, out, err);
    case WANTS_SERVER_FINAL: /* some servers prove themselves in a last challenge (RFC 4422 3.6) */
        return on_server_final(s, in, err);
    default:
        return broken(s, err, "a challenge too many");
    }
}

int scram_success(struct scram *s, struct str in, struct err *err) {
    if (s->stage == VERIFIED && in.len == 0)
        return 0;
    if (s->stage != WANTS_SERVER_FINAL)
        return broken(s, err, "success before the exchange was complete");
    if (in.s == NULL) /* RFC 5802 5: without the signature anybody could have said success */
        return broken(s, err, "success without the server's signature");
    return on_server_final(s, in, err);
}
