/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, const void *bytes, size_t len) {
    const unsigned char *p = bytes;
    char *to = buf_reserve(out, (len + 2) / 3 * 4);
    size_t n = 0;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        v |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
        v |= i + 2 < len ? p[i + 2] : 0;
        to[n++] = alphabet[v >> 18];
        to[n++] = alphabet[v >> 12 & 63];
        to[n++] = i + 1 < len ? alphabet[v >> 6 & 63] : '=';
        to[n++] = i + 2 < len ? alphabet[v & 63] : '=';
    }
    buf_commit(out, n);
}

static int value(char c) {
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* Four characters to 1-3 bytes; `pad` of them are '='. Bits that padding leaves over must be zero (3.5). */
static int quad(const char *in, int pad, char *out) {
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int x = i < 4 - pad ? value(in[i]) : 0;
        if (x < 0)
            return -1;
        v = v << 6 | (uint32_t)x;
    }
    if (pad > 0 && (v & ((1u << (8 * pad)) - 1)) != 0)
        return -1;
    out[0] = (char)(v >> 16);
    out[1] = (char)(v >> 8);
    out[2] = (char)v;
    return 0;
}

int base64_decode(struct buf *out, const char *text, size_t len) {
    if (len % 4 != 0)
        return -1;
    char *to = buf_reserve(out, len / 4 * 3);
    size_t n = 0;
    for (size_t i = 0; i < len; i += 4) {
        int pad = 0;
        char three[3];
        if (i + 4 == len)
            pad = text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
        if (quad(text + i, pad, three) < 0) {
            buf_commit(out, 0); /* what was written behind the end is no part of it */
            return -1;
        }
        memcpy(to + n, three, (size_t)(3 - pad));
        n += (size_t)(3 - pad);
    }
    buf_commit(out, n);
    return 0;
}
