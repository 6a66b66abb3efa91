/* SPDX-License-Identifier: MIT */
#include "lua/json_string.h"

#include "base/utf8.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

int json_wrong(const struct json_reader *r, const char *what) {
    int line = 1, column = 1;
    for (const char *s = r->begin; s < r->at; s++) {
        column = *s == '\n' ? 1 : column + 1;
        line += *s == '\n';
    }
    return luaL_error(r->L, "line %d, column %d: %s", line, column, what);
}

/* Where the quote is that ends it; r->at is behind the one that begins it. */
static const char *string_end(struct json_reader *r, bool *is_plain) {
    bool is_ascii = true;
    const char *s = r->at;
    *is_plain = true;
    for (; s < r->end && *s != '"'; s++) {
        unsigned char c = (unsigned char)*s;
        is_ascii &= c < 0x80;
        if (c == '\\') {
            *is_plain = false;
            s++;
        } else if (c < 0x20) {
            r->at = s;
            json_wrong(r, "a control character in a string");
        }
    }
    if (s >= r->end)
        json_wrong(r, "this string does not end");
    if (!is_ascii && !utf8_is_valid(r->at, (size_t)(s - r->at)))
        json_wrong(r, "this string is not UTF-8");
    return s;
}

/* Four hexadecimal digits; r->at moves on. */
static unsigned hex4(struct json_reader *r) {
    unsigned n = 0;
    for (int i = 0; i < 4; i++) {
        char c = r->at < r->end ? *r->at : '\0';
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            json_wrong(r, "four hexadecimal digits are expected");
        n = n << 4 | (unsigned)digit;
        r->at++;
    }
    return n;
}

/* What follows "\u", of two surrogates both (RFC 8259 7). */
static unsigned long code_point(struct json_reader *r) {
    unsigned high = hex4(r), low;
    if (high < 0xD800 || high > 0xDFFF)
        return high;
    if (high > 0xDBFF || r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
        return (unsigned long)json_wrong(r, "one half of a character");
    r->at += 2;
    low = hex4(r);
    if (low < 0xDC00 || low > 0xDFFF)
        return (unsigned long)json_wrong(r, "one half of a character");
    return 0x10000 + ((unsigned long)(high - 0xD800) << 10) + (low - 0xDC00);
}

static char *put_utf8(char *to, unsigned long c) {
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    *to++ = (char)(lead[more] | c >> (6 * more));
    while (more-- > 0)
        *to++ = (char)(0x80 | (c >> (6 * more) & 0x3F));
    return to;
}

static char *put_escaped(struct json_reader *r, char *to) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = *r->at;
    const char *known = c != '\0' ? strchr(letters, c) : NULL;
    if (c != 'u' && known == NULL)
        json_wrong(r, "no such escape");
    r->at++;
    if (c == 'u')
        return put_utf8(to, code_point(r));
    *to++ = meant[known - letters];
    return to;
}

/* No escape is shorter than what it stands for. */
static void push_unescaped(struct json_reader *r, const char *end) {
    luaL_Buffer b;
    char *to = luaL_buffinitsize(r->L, &b, (size_t)(end - r->at)), *begin = to;
    while (r->at < end) {
        if (*r->at != '\\') {
            *to++ = *r->at++;
        } else {
            r->at++;
            to = put_escaped(r, to);
        }
    }
    luaL_pushresultsize(&b, (size_t)(to - begin));
}

void json_push_string(struct json_reader *r) {
    bool is_plain;
    r->at++;
    const char *end = string_end(r, &is_plain);
    if (is_plain)
        lua_pushlstring(r->L, r->at, (size_t)(end - r->at));
    else
        push_unescaped(r, end);
    r->at = end + 1;
}
