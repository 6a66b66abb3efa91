/* SPDX-License-Identifier: MIT */
/*
 * A cursor (`rest`) walks over attr-val *("," attr-val). rest.s == NULL: nothing follows; an empty rest with
 * .s != NULL is what a trailing comma leaves, and an error.
 */
#include "xmpp/scram_message.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "xmpp/scram.h"

/* attr-val = ALPHA "=" 1*value-char */
static bool take(struct str *rest, char *name, struct str *value) {
    if (rest->s == NULL || rest->len < 3 || rest->s[1] != '=')
        return false;
    char c = rest->s[0];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
        return false;
    const char *comma = memchr(rest->s, ',', rest->len);
    size_t len = comma != NULL ? (size_t)(comma - rest->s) : rest->len;
    *name = c;
    *value = (struct str){rest->s + 2, len - 2};
    *rest = comma != NULL ? (struct str){comma + 1, rest->len - len - 1} : STR_NONE;
    return len > 2;
}

static bool take_named(struct str *rest, char wanted, struct str *value) {
    char name;
    return take(rest, &name, value) && name == wanted;
}

/* RFC 5802 5.1: m= is for extensions that one must understand. We understand none, wherever it stands. */
static int check_mandatory(struct str in, struct err *err) {
    if (in.len >= 2 && memcmp(in.s, "m=", 2) == 0)
        return err_set(err, "the server demands a SCRAM extension that is not known");
    return 0;
}

/* All extensions are optional (RFC 5802 7), if they are extensions at all; one is known here. */
static int read_extensions(struct str rest, struct str *offers_hash, struct err *err) {
    char name;
    struct str value;
    while (rest.s != NULL) {
        if (check_mandatory(rest, err) != 0)
            return -1;
        if (!take(&rest, &name, &value))
            return err_set(err, "a SCRAM message that is malformed");
        if (name != 'h')
            continue;
        if (offers_hash->s != NULL)
            return err_set(err, "a SCRAM message that is malformed");
        *offers_hash = value;
    }
    return 0;
}

static int check_text(struct str in, struct err *err) {
    if (in.s == NULL || memchr(in.s, '\0', in.len) != NULL || !utf8_is_valid(in.s, in.len))
        return err_set(err, "a SCRAM message that is not text");
    return check_mandatory(in, err);
}

/* printable = %x21-2B / %x2D-7E */
static bool is_printable(struct str text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.s[i] < 0x21 || text.s[i] > 0x7e || text.s[i] == ',')
            return false;
    return true;
}

/* RFC 5802 5.1: ours first, then at least one character of the server's; else the answer was made for
 * somebody else, or would be the same each time. */
static int check_nonce(struct str nonce, struct str ours, struct err *err) {
    if (nonce.len < ours.len || memcmp(nonce.s, ours.s, ours.len) != 0)
        return err_set(err, "the server's nonce does not begin with ours");
    if (nonce.len == ours.len)
        return err_set(err, "the server added nothing to our nonce");
    if (!is_printable(nonce))
        return err_set(err, "the server's nonce has characters that are not allowed");
    return 0;
}

/* posit-number = %x31-39 *DIGIT; what is beyond all bounds is given as UINT32_MAX. 0: not a number. */
static uint32_t read_number(struct str text) {
    uint64_t n = 0;
    if (text.len == 0 || text.s[0] == '0')
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] < '0' || text.s[i] > '9')
            return 0;
        n = n * 10 + (uint64_t)(text.s[i] - '0');
        if (n > UINT32_MAX)
            n = UINT32_MAX;
    }
    return (uint32_t)n;
}

static const struct bound {
    uint32_t from, to; /* refused in this range */
    const char *why;
} bounds[] = {
    {0, 0, "the iteration count is not a number"},
    /* RFC 5802 5.1 and RFC 7677 4 want at least 4096. With a handful, whoever sees the proof (a server that
     * only pretends) would find the password by trying. */
    {1, SCRAM_ITERATIONS_MIN - 1, "the iteration count is below 4096, too few to protect the password"},
    /* Each one is work for us before the server has proven anything; a million are about half a second. */
    {SCRAM_ITERATIONS_MAX + 1, UINT32_MAX, "the iteration count is above 1000000, more than is computed"},
};

static int read_iterations(struct str text, uint32_t *out, struct err *err) {
    *out = read_number(text);
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
        if (*out >= bounds[i].from && *out <= bounds[i].to)
            return err_set(err, "%s", bounds[i].why);
    return 0;
}

int scram_read_server_first(struct str in, struct str client_nonce, struct scram_server_first *out,
                            struct err *err) {
    struct str rest = in, salt, count;
    if (check_text(in, err) != 0)
        return -1;
    if (!take_named(&rest, 'r', &out->nonce) || !take_named(&rest, 's', &salt) ||
        !take_named(&rest, 'i', &count))
        return err_set(err, "a SCRAM message that is malformed");
    if (check_nonce(out->nonce, client_nonce, err) != 0)
        return -1;
    if (base64_decode(&out->salt, salt.s, salt.len) != 0)
        return err_set(err, "the salt is not base64");
    if (read_iterations(count, &out->iterations, err) != 0)
        return -1;
    return read_extensions(rest, &out->offers_hash, err);
}

int scram_read_server_final(struct str in, struct buf *signature, struct err *err) {
    struct str rest = in, value, ignored = STR_NONE;
    char name;
    if (check_text(in, err) != 0)
        return -1;
    if (!take(&rest, &name, &value) || (name != 'v' && name != 'e'))
        return err_set(err, "a SCRAM message that is malformed");
    if (name == 'e') /* what it is does not matter: it is no signature (RFC 5802 7, server-error) */
        return err_set(err, "the server reports an error in place of its signature");
    if (base64_decode(signature, value.s, value.len) != 0)
        return err_set(err, "the server's signature is not base64");
    return read_extensions(rest, &ignored, err);
}
