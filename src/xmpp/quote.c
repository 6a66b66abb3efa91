/* SPDX-License-Identifier: MIT */
/*
 * A peer's words end up in logs and terminals. They stay short and keep their letters; what could move the
 * cursor, begin a line or turn the direction of the text becomes a blank.
 */
#include "xmpp/machine.h"

#include "base/utf8.h"

enum { MORE_LEN = 3 /* "…" */, END_LEN = 2 /* quote and NUL */ };

static bool is_disruptive(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* Copies the character at `at`, cleaned; returns the bytes read. */
static size_t copy_char(char *out, size_t *len, const char *at, const char *end) {
    uint32_t c;
    size_t n = utf8_decode(at, end, &c);
    if (n == 0 || is_disruptive(c)) {
        out[(*len)++] = ' ';
        return n > 0 ? n : 1;
    }
    memcpy(out + *len, at, n);
    *len += n;
    return n;
}

static struct str trimmed(struct str text) {
    while (text.len > 0 && (unsigned char)text.s[0] <= ' ')
        text.s++, text.len--;
    while (text.len > 0 && (unsigned char)text.s[text.len - 1] <= ' ')
        text.len--;
    return text;
}

const char *quote_text(char out[QUOTE_LEN], struct str text) {
    size_t len = 0;
    out[0] = '\0';
    text = trimmed(text);
    if (text.len == 0)
        return out;
    memcpy(out, ": \"", len = 3);
    for (const char *at = text.s, *end = text.s + text.len; at < end;) {
        if (len + 4 + MORE_LEN + END_LEN > QUOTE_LEN) {
            memcpy(out + len, "…", MORE_LEN);
            len += MORE_LEN;
            break;
        }
        at += copy_char(out, &len, at, end);
    }
    memcpy(out + len, "\"", 2);
    return out;
}

const char *quote_condition(char out[CONDITION_LEN], struct str name) {
    bool ok = name.s != NULL && name.len > 0 && name.len < CONDITION_LEN;
    for (size_t i = 0; ok && i < name.len; i++)
        ok = (name.s[i] >= 'a' && name.s[i] <= 'z') || (i > 0 && name.s[i] == '-');
    if (!ok)
        name = STR_LIT("undefined-condition");
    memcpy(out, name.s, name.len);
    out[name.len] = '\0';
    return out;
}
