/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <string.h>

enum { WORD = 8 };

size_t utf8_decode(const char *p, const char *end, uint32_t *cp) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = (unsigned char)*p;
    size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (len == 0 || (size_t)(end - p) < len)
        return 0;
    uint32_t v = len == 1 ? c : c & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)p[i];
        if ((next & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (next & 0x3f);
    }
    if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
        return 0;
    *cp = v;
    return len;
}

bool utf8_is_valid(const char *s, size_t len) {
    const char *end = s + len;
    uint32_t cp;
    while (s < end) {
        size_t n = (unsigned char)*s < 0x80 ? 1 : utf8_decode(s, end, &cp);
        if (n == 0)
            return false;
        s += n;
    }
    return true;
}

static bool is_xml_char(uint32_t cp) {
    return (cp >= 0x20 || cp == '\t' || cp == '\n' || cp == '\r') && cp != 0xfffe && cp != 0xffff;
}

/* Eight bytes at once: none is a control character or beyond ASCII. */
static bool is_plain_word(const char *p) {
    const uint64_t ones = 0x0101010101010101u, highs = ones * 0x80;
    uint64_t x;
    memcpy(&x, p, WORD);
    return (((x - ones * 0x20) | x) & highs) == 0;
}

size_t utf8_xml_span(const char *s, size_t len) {
    const char *p = s, *end = s + len;
    uint32_t cp;
    while (p < end) {
        if (end - p >= WORD && is_plain_word(p)) {
            p += WORD;
            continue;
        }
        if ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80) {
            p++;
            continue;
        }
        size_t n = utf8_decode(p, end, &cp);
        if (n == 0 || !is_xml_char(cp))
            break;
        p += n;
    }
    return (size_t)(p - s);
}
