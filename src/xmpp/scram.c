/* SPDX-License-Identifier: MIT */
/*
 * The names are those of RFC 5802 3: SaltedPassword, ClientKey, StoredKey, AuthMessage, ServerSignature.
 * Hashing is libcrypto's; signatures are compared in constant time; keys are wiped as soon as they were used.
 */
#include "xmpp/scram.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/random.h"
#include "xmpp/prep.h"
#include "xmpp/scram_message.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

enum { NONCE_BYTES = 24, KEY_MAX = 32 };

enum stage { FRESH, WANTS_SERVER_FIRST, WANTS_SERVER_FINAL, VERIFIED, BROKEN };

struct scram {
    const EVP_MD *md;
    size_t key_len;
    const char *user, *password; /* borrowed */
    char *prepared;              /* owned, secret; the password after SASLprep, until it was used */
    char *nonce;                 /* owned; the client's */
    char *first_bare;            /* owned; client-first-message-bare */
    unsigned char server_signature[KEY_MAX];
    enum stage stage;
};

struct scram *scram_new(enum scram_hash hash, const char *user, const char *password, const char *nonce) {
    struct scram *s = mem_new(struct scram);
    s->md = hash == SCRAM_SHA_256 ? EVP_sha256() : EVP_sha1();
    s->key_len = (size_t)EVP_MD_get_size(s->md);
    assert(s->key_len <= KEY_MAX);
    s->user = user;
    s->password = password;
    s->nonce = mem_strdup(nonce);
    return s;
}

void scram_free(struct scram *s) {
    if (s == NULL)
        return;
    mem_free_secret(s->prepared);
    mem_free(s->nonce);
    mem_free(s->first_bare);
    mem_wipe(s, sizeof(*s));
    mem_free(s);
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

int scram_first(struct scram *s, struct buf *out, struct err *err) {
    assert(s->stage == FRESH);
    s->prepared = prep_sasl(s->password, "the password", err);
    char *user = s->prepared != NULL ? prep_sasl(s->user, "the user name", err) : NULL;
    if (user == NULL)
        return -1;
    if (s->nonce == NULL)
        s->nonce = make_nonce();
    struct buf bare = BUF_INIT;
    buf_lit(&bare, "n=");
    add_saslname(&bare, user);
    buf_addf(&bare, ",r=%s", s->nonce);
    s->first_bare = buf_detach(&bare);
    mem_free_secret(user);
    buf_addf(out, "n,,%s", s->first_bare); /* gs2-header: no channel binding, no authzid (RFC 5802 6) */
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

/* Hi(Normalize(password), salt, i) is PBKDF2 (RFC 5802 2.2). */
static void salted_password(struct scram *s, const struct scram_server_first *m, unsigned char *out) {
    int ok =
        PKCS5_PBKDF2_HMAC(s->prepared, (int)strlen(s->prepared), (const unsigned char *)buf_data(&m->salt),
                          (int)buf_len(&m->salt), (int)m->iterations, s->md, (int)s->key_len, out);
    if (ok != 1)
        abort();
    mem_free_secret(s->prepared);
    s->prepared = NULL;
}

/* ClientProof = ClientKey XOR HMAC(H(ClientKey), AuthMessage). */
static void client_proof(const struct scram *s, const unsigned char *salted, struct str auth_message,
                         unsigned char *proof) {
    unsigned char stored_key[KEY_MAX], signature[KEY_MAX];
    hmac(s, salted, STR_LIT("Client Key"), proof);
    if (EVP_Digest(proof, s->key_len, stored_key, NULL, s->md, NULL) != 1)
        abort();
    hmac(s, stored_key, auth_message, signature);
    for (size_t i = 0; i < s->key_len; i++)
        proof[i] ^= signature[i];
    mem_wipe(stored_key, sizeof(stored_key));
}

static void server_signature(struct scram *s, const unsigned char *salted, struct str auth_message) {
    unsigned char server_key[KEY_MAX];
    hmac(s, salted, STR_LIT("Server Key"), server_key);
    hmac(s, server_key, auth_message, s->server_signature);
    mem_wipe(server_key, sizeof(server_key));
}

/* ---- the exchange ---- */

/* client-final-message (RFC 5802 7). "biws" is the base64 of the gs2-header "n,,". */
static void answer(struct scram *s, struct str in, const struct scram_server_first *m, struct buf *out) {
    unsigned char salted[KEY_MAX], proof[KEY_MAX];
    salted_password(s, m, salted);
    struct buf auth = BUF_INIT;
    buf_addf(&auth, "%s,", s->first_bare);
    buf_add(&auth, in.s, in.len);
    buf_lit(&auth, ",");
    size_t final_at = buf_len(&auth);
    buf_addf(&auth, "c=biws,r=%.*s", (int)m->nonce.len, m->nonce.s);
    struct str auth_message = {buf_data(&auth), buf_len(&auth)};
    client_proof(s, salted, auth_message, proof);
    server_signature(s, salted, auth_message);
    buf_add(out, auth_message.s + final_at, auth_message.len - final_at);
    buf_lit(out, ",p=");
    base64_encode(out, proof, s->key_len);
    buf_finish(&auth);
    mem_wipe(salted, sizeof(salted));
}

static int on_server_first(struct scram *s, struct str in, struct buf *out, struct err *err) {
    struct scram_server_first m = {.salt = BUF_INIT};
    int r = scram_read_server_first(in, str_of(s->nonce), &m, err);
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
