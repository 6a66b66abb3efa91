/* SPDX-License-Identifier: MIT */
/*
 * scan: what most texts are is told without Lua's patterns (require "couplet.core.scan"): nearly all that
 * comes from outside is well already, and a pattern costs some fifty instructions a byte.
 *
 * These functions only ever say "yes, for certain": false means that somebody has to look closely
 * (couplet.clean, couplet.xml), never that a text is bad. Nothing is changed here but by percent.
 */
#include "base/utf8.h"
#include "lua/open.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Characters of two and more bytes that are seen, and turn nothing around; no list of all of them. */
static const struct {
    uint32_t first, last;
} seen[] = {{0xA1, 0xAC},     {0xAE, 0x5FF},    {0x2010, 0x2027},
            {0x2030, 0x205E}, {0x2070, 0xD7FF}, {0x1F000, 0x1FAFF}};

static bool is_seen(uint32_t cp) {
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
        if (cp >= seen[i].first && cp <= seen[i].last)
            return true;
    return false;
}

static bool is_printable(char c) {
    return c >= 0x20 && c < 0x7f;
}

static bool is_clean(const char *at, const char *end, bool has_lines) {
    uint32_t cp;
    while (at < end) {
        if (is_printable(*at) || (has_lines && (*at == '\n' || *at == '\t'))) {
            at++;
            continue;
        }
        size_t n = (unsigned char)*at >= 0x80 ? utf8_decode(at, end, &cp) : 0;
        if (n == 0 || !is_seen(cp))
            return false;
        at += n;
    }
    return true;
}

/* is_clean(text, has_lines) -> boolean: UTF-8 without controls (has_lines: but tab and line feed) and hidden
 * characters. */
static int l_is_clean(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_pushboolean(L, is_clean(text, text + len, lua_toboolean(L, 2)));
    return 1;
}

/* is_line(text) -> boolean: clean, one line, and no blank at either end. */
static int l_is_line(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    bool has_blank = len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
    lua_pushboolean(L, !has_blank && is_clean(text, text + len, false));
    return 1;
}

/* is_url(text) -> boolean: printable ASCII, http or https, a host, nobody's name before it. */
static int l_is_url(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    size_t scheme = strncasecmp(text, "https://", 8) == 0 ? 8 : strncasecmp(text, "http://", 7) == 0 ? 7 : 0;
    size_t host = scheme > 0 ? strcspn(text + scheme, "/?#") : 0;
    bool is_url = host > 0 && memchr(text + scheme, '@', host) == NULL;
    for (size_t i = scheme; is_url && i < len; i++)
        is_url = is_printable(text[i]) && memchr(" <>\"`\\", text[i], 6) == NULL;
    lua_pushboolean(L, is_url);
    return 1;
}

static bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* percent(text) -> text: all but the unreserved characters of RFC 3986 2.3 as %XX */
static int l_percent(lua_State *L) {
    static const char digits[] = "0123456789ABCDEF";
    luaL_Buffer out;
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, len <= 1 << 24, 1, "this is too long");
    char *to = luaL_buffinitsize(L, &out, len * 3), *at = to;
    for (size_t i = 0; i < len; i++) {
        if (is_unreserved(text[i])) {
            *at++ = text[i];
            continue;
        }
        *at++ = '%';
        *at++ = digits[(unsigned char)text[i] >> 4];
        *at++ = digits[(unsigned char)text[i] & 15];
    }
    luaL_pushresultsize(&out, (size_t)(at - to));
    return 1;
}

int open_core_scan(lua_State *L) {
    static const luaL_Reg functions[] = {{"is_clean", l_is_clean},
                                         {"is_line", l_is_line},
                                         {"is_url", l_is_url},
                                         {"percent", l_percent},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
