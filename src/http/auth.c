/* SPDX-License-Identifier: MIT */
#include "http/auth.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/whsec.h"
#include "http/signature.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

enum { SEEN_MOST = 1 << 18 };

struct auth {
    enum auth_kind kind;
    struct buf key;                             /* of hmac */
    unsigned char digest[SHA256_DIGEST_LENGTH]; /* of the secret, or of user:password */
    char *header, *timestamp_header, *id_header, *signs;
    bool is_standard;
    int64_t window_s;
    struct seen *seen;
};

static void digest_of(struct str text, unsigned char out[SHA256_DIGEST_LENGTH]) {
    SHA256((const unsigned char *)text.s, text.len, out);
}

static void digest_pair(const char *user, const char *password, unsigned char out[SHA256_DIGEST_LENGTH]) {
    struct buf b = BUF_INIT;
    buf_reserve(&b, strlen(user) + strlen(password) + 2); /* never moved: no copy stays behind */
    buf_adds(&b, user);
    buf_addc(&b, ':');
    buf_adds(&b, password);
    digest_of((struct str){buf_data(&b), buf_len(&b)}, out);
    mem_wipe(b.data, b.cap);
    buf_finish(&b);
}

static void set_key(struct auth *a, const char *secret) {
    size_t len = strlen(secret);
    buf_reserve(&a->key, len); /* never moved: no copy stays behind */
    if (!a->is_standard)
        buf_add(&a->key, secret, len);
    else if (whsec_decode(&a->key, secret) < 0)
        assert(!"the configuration has let a secret through that is none");
}

struct auth *auth_new(const struct auth_options *o) {
    struct auth *a = mem_new(struct auth);
    a->kind = o->kind;
    a->header = mem_strdup(o->header);
    a->timestamp_header = mem_strdup(o->timestamp_header);
    a->id_header = mem_strdup(o->id_header);
    a->signs = mem_strdup(o->signs);
    a->window_s = o->window_s;
    a->is_standard = o->is_standard;
    if (o->kind == AUTH_BASIC)
        digest_pair(o->user, o->secret, a->digest);
    else if (o->kind == AUTH_HMAC)
        set_key(a, o->secret);
    else if (o->kind != AUTH_NONE)
        digest_of(str_of(o->secret), a->digest);
    if (o->kind == AUTH_HMAC)
        a->seen = seen_new(SEEN_MOST);
    return a;
}

void auth_free(struct auth *a) {
    if (a == NULL)
        return;
    mem_wipe(a->key.data, a->key.cap);
    buf_finish(&a->key);
    mem_free(a->header);
    mem_free(a->timestamp_header);
    mem_free(a->id_header);
    mem_free(a->signs);
    seen_free(a->seen);
    mem_wipe(a, sizeof(*a));
    mem_free(a);
}

const char *auth_header(const struct auth *a) {
    return a->header;
}

const char *auth_timestamp_header(const struct auth *a) {
    return a->timestamp_header;
}

const char *auth_id_header(const struct auth *a) {
    return a->id_header;
}

/* Of tokens and signatures no registered scheme speaks, and one has to be named. */
const char *auth_challenge(const struct auth *a) {
    return a->kind == AUTH_BASIC    ? "Basic realm=\"couplet\", charset=\"UTF-8\""
           : a->kind == AUTH_BEARER ? "Bearer realm=\"couplet\""
           : a->kind == AUTH_HMAC   ? "Signature realm=\"couplet\""
                                    : "Token realm=\"couplet\"";
}

/* ---- secrets ---- */

static bool is_secret(const struct auth *a, struct str shown) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    digest_of(shown, digest);
    return CRYPTO_memcmp(digest, a->digest, sizeof(digest)) == 0;
}

/* What stands behind "Scheme " (RFC 9110 11.4: in any case, then blanks); .s NULL: it is another scheme. */
static struct str after_scheme(struct str value, const char *scheme) {
    size_t len = strlen(scheme);
    if (value.s == NULL || value.len <= len || strncasecmp(value.s, scheme, len) != 0 || value.s[len] != ' ')
        return STR_NONE;
    while (len < value.len && value.s[len] == ' ')
        len++;
    return (struct str){value.s + len, value.len - len};
}

static enum auth_verdict check_basic(const struct auth *a, struct str shown) {
    struct buf pair = BUF_INIT;
    if (shown.s == NULL)
        return AUTH_ABSENT;
    buf_reserve(&pair, shown.len + 1);
    bool good = base64_decode(&pair, shown.s, shown.len) == 0 &&
                is_secret(a, (struct str){buf_data(&pair), buf_len(&pair)});
    mem_wipe(pair.data, pair.cap);
    buf_finish(&pair);
    return good ? AUTH_GOOD : AUTH_WRONG;
}

/* ---- signatures ---- */

/* Seconds since 1970; -1: it is no such number. */
static int64_t read_time(struct str text) {
    int64_t time = 0;
    if (text.s == NULL || text.len == 0 || text.len > 12)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] < '0' || text.s[i] > '9')
            return -1;
        time = time * 10 + (text.s[i] - '0');
    }
    return time;
}

static bool is_in_time(const struct auth *a, const struct auth_claim *claim, int64_t now_s) {
    int64_t time = read_time(claim->timestamp);
    return time >= 0 && time >= now_s - a->window_s && time <= now_s + a->window_s;
}

/* {body}, {timestamp} and {id} of `signs`, filled in. */
static void add_signed(const struct auth *a, const struct auth_claim *claim, struct str body,
                       struct buf *out) {
    const struct {
        const char *name;
        struct str value;
    } fields[] = {{"{body}", body}, {"{timestamp}", claim->timestamp}, {"{id}", claim->id}};
    for (const char *s = a->signs; *s != '\0';) {
        size_t i = 0;
        while (i < 3 && strncmp(s, fields[i].name, strlen(fields[i].name)) != 0)
            i++;
        if (i == 3) {
            buf_addc(out, *s++);
            continue;
        }
        buf_add(out, fields[i].value.s, fields[i].value.len);
        s += strlen(fields[i].name);
    }
}

/* due: what the signature has to be. */
static bool is_signed(const struct auth *a, const struct auth_claim *claim, struct str body,
                      unsigned char due[SIGNATURE_LEN]) {
    struct buf text = BUF_INIT;
    unsigned len = 0;
    if (a->signs != NULL) {
        add_signed(a, claim, body, &text);
        body = (struct str){buf_data(&text), buf_len(&text)};
    }
    bool done = HMAC(EVP_sha256(), buf_data(&a->key), (int)buf_len(&a->key), (const unsigned char *)body.s,
                     body.len, due, &len) != NULL;
    buf_finish(&text);
    return done && signature_is(a->is_standard ? SIGNATURE_STANDARD : SIGNATURE_HEX, claim->header, due);
}

/* A timestamp may be as far ahead as behind: remembered until it is behind by a window. */
static void make_mark(const struct auth *a, const struct auth_claim *claim,
                      const unsigned char signature[SIGNATURE_LEN], int64_t now_s, struct auth_mark *mark) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    bool is_dated = a->timestamp_header != NULL;
    mark->expires_s = (is_dated ? read_time(claim->timestamp) : now_s) + a->window_s + 1;
    memcpy(mark->keys[0], signature, SEEN_KEY_LEN);
    mark->count = 1;
    if (a->is_standard || claim->id.s == NULL || claim->id.len == 0)
        return;
    digest_of(claim->id, digest);
    memcpy(mark->keys[mark->count++], digest, SEEN_KEY_LEN);
}

static bool is_replay(const struct auth *a, const struct auth_mark *mark, int64_t now_s) {
    for (size_t i = 0; i < mark->count; i++)
        if (seen_has(a->seen, mark->keys[i], now_s))
            return true;
    /* of what was forgotten too early we cannot know, but by its time */
    return a->timestamp_header != NULL && mark->expires_s <= seen_forgotten_s(a->seen);
}

/* ---- the verdict ---- */

enum auth_verdict auth_check_head(const struct auth *a, const struct auth_claim *claim, int64_t now_s) {
    struct str shown;
    switch (a->kind) {
    case AUTH_NONE:
        return AUTH_GOOD;
    case AUTH_BEARER:
        shown = after_scheme(claim->authorization, "Bearer");
        return shown.s == NULL ? AUTH_ABSENT : is_secret(a, shown) ? AUTH_GOOD : AUTH_WRONG;
    case AUTH_BASIC:
        return check_basic(a, after_scheme(claim->authorization, "Basic"));
    case AUTH_TOKEN:
        return claim->header.s == NULL ? AUTH_ABSENT : is_secret(a, claim->header) ? AUTH_GOOD : AUTH_WRONG;
    case AUTH_HMAC:
        break;
    }
    if (claim->header.s == NULL)
        return AUTH_ABSENT;
    return a->timestamp_header != NULL && !is_in_time(a, claim, now_s) ? AUTH_STALE : AUTH_GOOD;
}

enum auth_verdict auth_check_body(const struct auth *a, const struct auth_claim *claim, struct str body,
                                  int64_t now_s, struct auth_mark *mark) {
    unsigned char signature[SIGNATURE_LEN];
    mark->count = 0;
    if (a->kind != AUTH_HMAC)
        return AUTH_GOOD;
    if (!is_signed(a, claim, body, signature))
        return AUTH_WRONG;
    if (a->timestamp_header != NULL && !is_in_time(a, claim, now_s))
        return AUTH_STALE; /* it took that long to come */
    make_mark(a, claim, signature, now_s, mark);
    return is_replay(a, mark, now_s) ? AUTH_REPLAY : AUTH_GOOD;
}

void auth_remember(struct auth *a, const struct auth_mark *mark, int64_t now_s) {
    for (size_t i = 0; i < mark->count; i++)
        seen_add(a->seen, mark->keys[i], mark->expires_s, now_s);
}

void auth_recall(struct auth *a, const unsigned char key[SEEN_KEY_LEN], int64_t expires_s, int64_t now_s) {
    if (a->seen != NULL)
        seen_add(a->seen, key, expires_s, now_s);
}

void auth_forget(struct auth *a, const struct auth_mark *mark) {
    for (size_t i = 0; i < mark->count; i++)
        seen_drop(a->seen, mark->keys[i]);
}
