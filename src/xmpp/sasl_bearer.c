/* SPDX-License-Identifier: MIT */
/*
 * OAUTHBEARER (RFC 7628): a token that somebody else has issued. It says nothing of who we are, for the token
 * does (no authzid, RFC 6120 6.3.8), and nothing of the host, which only HTTP would need.
 *
 *   ->  n,,^Aauth=Bearer TOKEN^A^A
 *   <-  success, or a challenge {"status": "invalid_token", …}  ->  ^A  <-  failure      (3.2.3)
 */
#include "xmpp/sasl_kind.h"

#include "base/mem.h"

enum { STATUS_MAX = 64 };

struct bearer {
    const char *token; /* borrowed */
    bool has_failed;
    char status[STATUS_MAX + 1];
};

static void *bearer_begin(const struct sasl_mechanism *m, const struct sasl_identity *who) {
    struct bearer *b = mem_new(struct bearer);
    (void)m;
    b->token = who->password;
    return b;
}

/* b64token (RFC 6750 2.1), which can neither end the header nor begin another. */
static bool is_token(const char *text) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    size_t len = strspn(text, letters);
    return len > 0 && text[len + strspn(text + len, "=")] == '\0';
}

static int bearer_first(void *state, struct buf *out, struct err *err) {
    const struct bearer *b = state;
    if (b->token == NULL || b->token[0] == '\0')
        return err_set(err, "the token is empty");
    if (!is_token(b->token))
        return err_set(err, "the token holds characters that no token has (RFC 6750 2.1)");
    buf_lit(out, "n,,\x01"
                 "auth=Bearer ");
    buf_adds(out, b->token);
    buf_lit(out, "\x01\x01");
    return 0;
}

/* Behind blanks and this character; NULL when it is not there. */
static const char *skip_to(const char *at, const char *end, char c) {
    while (at < end && strchr(" \t\r\n", *at) != NULL)
        at++;
    return at < end && *at == c ? at + 1 : NULL;
}

/* The value of "status" in the JSON text, as far as it is a plain word; it is only shown to people. */
static void read_status(struct bearer *b, struct str json) {
    static const char key[] = "\"status\"";
    const char *end = json.s + json.len, *at = memmem(json.s, json.len, key, sizeof(key) - 1);
    at = at != NULL ? skip_to(at + sizeof(key) - 1, end, ':') : NULL;
    at = at != NULL ? skip_to(at, end, '"') : NULL;
    for (size_t n = 0; at != NULL && at < end && n < STATUS_MAX; at++) {
        bool is_word = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                       (*at >= '0' && *at <= '9') || strchr("_-. ", *at) != NULL;
        if (!is_word || *at == '\0')
            return;
        b->status[n++] = *at;
    }
}

static int bearer_challenge(void *state, struct str in, struct buf *out, struct err *err) {
    struct bearer *b = state;
    if (b->has_failed)
        return err_set(err, "a challenge too many");
    b->has_failed = true;
    if (in.len > 0)
        read_status(b, in);
    buf_addc(out, '\x01');
    return 0;
}

static int bearer_success(void *state, struct str in, struct err *err) {
    const struct bearer *b = state;
    if (b->has_failed)
        return err_set(err, "success after the token was refused");
    return in.len == 0 ? 0 : err_set(err, "additional data, which OAUTHBEARER does not have");
}

static struct str bearer_note(const void *state) {
    return str_of(((const struct bearer *)state)->status);
}

const struct sasl_kind sasl_bearer = {bearer_begin,   mem_free, bearer_first, bearer_challenge,
                                      bearer_success, NULL,     NULL,         bearer_note};
