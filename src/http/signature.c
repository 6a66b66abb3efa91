/* SPDX-License-Identifier: MIT */
#include "http/signature.h"

#include "base/base64.h"
#include "base/buf.h"

#include <openssl/crypto.h>
#include <string.h>

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex(struct str text, const unsigned char due[SIGNATURE_LEN]) {
    enum { DIGITS = 2 * SIGNATURE_LEN, PREFIX_MOST = 8 };
    unsigned char shown[SIGNATURE_LEN];
    if (text.len < DIGITS || text.len > DIGITS + PREFIX_MOST)
        return false;
    size_t at = text.len - DIGITS;
    if (at > 0 && text.s[at - 1] != '=')
        return false;
    for (size_t i = 0; i < SIGNATURE_LEN; i++) {
        int high = hex(text.s[at + 2 * i]), low = hex(text.s[at + 2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        shown[i] = (unsigned char)(high * 16 + low);
    }
    return CRYPTO_memcmp(shown, due, sizeof(shown)) == 0;
}

/* One of a list: "v1,BASE64". */
static bool is_v1(struct str one, const unsigned char due[SIGNATURE_LEN]) {
    enum { CHARS = (SIGNATURE_LEN + 2) / 3 * 4 };
    struct buf shown = BUF_INIT;
    if (one.len != 3 + CHARS || memcmp(one.s, "v1,", 3) != 0)
        return false;
    bool is_it = base64_decode(&shown, one.s + 3, CHARS) == 0 && buf_len(&shown) == SIGNATURE_LEN &&
                 CRYPTO_memcmp(buf_data(&shown), due, SIGNATURE_LEN) == 0;
    buf_finish(&shown);
    return is_it;
}

static bool is_in_list(struct str list, const unsigned char due[SIGNATURE_LEN]) {
    bool is_it = false;
    for (size_t at = 0; at < list.len;) {
        const char *end = memchr(list.s + at, ' ', list.len - at);
        size_t len = end != NULL ? (size_t)(end - list.s) - at : list.len - at;
        is_it |= is_v1((struct str){list.s + at, len}, due);
        at += len + 1;
    }
    return is_it;
}

bool signature_is(enum signature_form form, struct str header, const unsigned char due[SIGNATURE_LEN]) {
    if (header.s == NULL)
        return false;
    return form == SIGNATURE_STANDARD ? is_in_list(header, due) : is_hex(header, due);
}
