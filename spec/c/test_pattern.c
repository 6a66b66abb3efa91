/* SPDX-License-Identifier: MIT */
/*
 * Patterns: a table of cases worth reading, and a comparison with the real string.match, which this program
 * has inside itself: each case of the table, and many patterns made of a fixed seed.
 */
#include "check.h"
#include "base/mem.h"
#include "hook/pattern.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdlib.h>

/* The captures as text, "[a] [@3]" (a position), or "nil". */
static void show(char *out, size_t size, bool found, const struct pattern_match *m) {
    size_t len = 0;
    out[0] = '\0';
    if (!found)
        snprintf(out, size, "nil");
    for (int i = 0; found && i < (m->count ? m->count : 1) && len < size; i++) {
        struct str c = m->count ? m->captures[i] : m->whole;
        len += (size_t)(c.s ? snprintf(out + len, size - len, "%s[%.*s]", i ? " " : "", (int)c.len, c.s)
                            : snprintf(out + len, size - len, "%s[@%zu]", i ? " " : "", c.len));
    }
}

static const char *ours(const char *pattern, struct str text) {
    static char out[4096];
    struct pattern_match m;
    bool found = pattern_find(pattern, text, &m);
    show(out, sizeof(out), found, &m);
    return out;
}

/* The same from Lua, or its error message without the place. */
static const char *oracle(lua_State *L, const char *pattern, struct str text, bool *raised) {
    static char out[4096];
    struct pattern_match m = {0};
    lua_settop(L, 0);
    lua_getglobal(L, "string");
    lua_getfield(L, -1, "match");
    lua_pushlstring(L, text.s, text.len);
    lua_pushstring(L, pattern);
    *raised = lua_pcall(L, 2, LUA_MULTRET, 0) != LUA_OK;
    if (*raised) {
        snprintf(out, sizeof(out), "%s", lua_tostring(L, -1));
        return out;
    }
    m.count = lua_gettop(L) - 1;
    for (int i = 0; i < m.count; i++) {
        struct str *c = &m.captures[i];
        if (lua_type(L, i + 2) == LUA_TNUMBER)
            *c = (struct str){NULL, (size_t)lua_tointeger(L, i + 2)};
        else
            c->s = lua_tolstring(L, i + 2, &c->len);
    }
    show(out, sizeof(out), !lua_isnil(L, 2), &m);
    return out;
}

static const struct {
    const char *pattern, *text, *result;
} table[] = {
    {"", "", "[]"},
    {"", "abc", "[]"},
    {"hello", "well hello there", "[hello]"},
    {"^hello", "hello", "[hello]"},
    {"^hello", "well hello", "nil"},
    {"hello$", "well hello", "[hello]"},
    {"hello$", "hello!", "nil"},
    {"^hello$", "hello", "[hello]"},
    {"^$", "", "[]"},
    {"$", "abc", "[]"},
    {"a$b", "xa$by", "[a$b]"},
    {"$*x", "$$x", "[$$x]"},
    {"^^", "^", "[^]"},
    {"a^", "a^", "[a^]"},
    {".", "", "nil"},
    {"a.c", "a\nc", "[a\nc]"},
    {"OPS%-(%d+)", "see OPS-123, please", "[123]"},
    {"^!roll (%d+)d(%d+)$", "!roll 2d20", "[2] [20]"},
    {"^!roll (%d+)d(%d+)$", "!roll 2d20 ", "nil"},
    {"^(%w+)%s*=%s*(.-)%s*$", "key =  some value  ", "[key] [some value]"},
    {"%a+", "12ab34", "[ab]"},
    {"%A+", "ab12cd", "[12]"},
    {"%d%D", "1a", "[1a]"},
    {"%l+%u+", "abCD", "[abCD]"},
    {"%L%U", "Ab", "[Ab]"},
    {"%s+", "a \t\n\v\f\rb", "[ \t\n\v\f\r]"},
    {"%S+", "  x ", "[x]"},
    {"%p+", "a!?.b", "[!?.]"},
    {"%P+", "!a!", "[a]"},
    {"%x+", "xyz09afAFg", "[09afAF]"},
    {"%X", "ag", "[g]"},
    {"%g+", " a~ ", "[a~]"},
    {"%G", "a b", "[ ]"},
    {"%c", "a\tb", "[\t]"},
    {"%C+", "\001ab\177", "[ab]"},
    {"%W+", "a-_b", "[-_]"},
    {"%w+", "-a1_", "[a1]"},
    {"%%", "100%", "[%]"},
    {"%.", "a.b", "[.]"},
    {"%q", "aq", "[q]"},
    {"%Q", "aqQ", "[Q]"},
    {"[abc]+", "xxcabyy", "[cab]"},
    {"[^abc]+", "abxyca", "[xy]"},
    {"[]]", "a]", "[]]"},
    {"[^]]", "]a", "[a]"},
    {"[]-a]+", "^_`ab]", "[^_`a]"},
    {"[a-]+", "b-a-", "[-a-]"},
    {"[-a]+", "b-a-", "[-a-]"},
    {"[a-c-]+", "x-b-", "[-b-]"},
    {"[z-a]", "mz-a", "nil"},
    {"[%a-z]+", "09-z", "[-z]"},
    {"[%a_][%w_]*", "9 _x1 ", "[_x1]"},
    {"[%]]", "]", "[]]"},
    {"[a%-z]+", "b-za", "[-za]"},
    {"[%^a]", "^", "[^]"},
    {"[a^]+", "b^a", "[^a]"},
    {"[a-%%]", "]", "[]]"},
    {"[[:alpha:]+", "x:[", "[:[]"},
    {"[.]", "a.", "[.]"},
    {"[$]", "a$", "[$]"},
    {"a*", "aaab", "[aaa]"},
    {"a*", "baaa", "[]"},
    {"a+", "baaa", "[aaa]"},
    {"a-", "aaa", "[]"},
    {"a-b", "aaab", "[aaab]"},
    {"^a-$", "aaa", "[aaa]"},
    {"^(a-)(a*)$", "aaa", "[] [aaa]"},
    {"^(a*)(a-)$", "aaa", "[aaa] []"},
    {"^(a?)(a?)(a?)a$", "aa", "[a] [] []"},
    {"colou?r", "a color", "[color]"},
    {"colou?r", "a colour", "[colour]"},
    {"a?a?aa", "aa", "[aa]"},
    {"*", "a*", "[*]"},
    {"^*", "*a", "[*]"},
    {"+a", "b+a", "[+a]"},
    {"(*)", "*", "[*]"},
    {"%d*%.?%d+", "pi is 3.14", "[3.14]"},
    {".*b", "abab", "[abab]"},
    {".-b", "abab", "[ab]"},
    {"<(.-)>", "<a><b>", "[a]"},
    {"()", "abc", "[@1]"},
    {"()b()", "abc", "[@2] [@3]"},
    {"a()", "ba", "[@3]"},
    {"((a)(b))", "xab", "[ab] [a] [b]"},
    {"(a(b(c)))", "abc", "[abc] [bc] [c]"},
    {"(a*(.)%w(%s*))", "THE (aaab  ) X", "[TH] [T] []"},
    {"(.)%1", "hello", "[l]"},
    {"([\"'])(.-)%1", "say \"it's\" now", "[\"] [it's]"},
    {"(%w+) %1", "is this the the end", "[the]"},
    {"(a*)%1$", "aaaa", "[aa]"},
    {"(a-)%1b", "aab", "[a]"},
    {"()%1", "aa", "nil"},
    {"%b()", "f(a(b)c)d", "[(a(b)c)]"},
    {"%b()", "f(a(b", "nil"},
    {"%b()", "((a)", "[(a)]"},
    {"%bxx", "axbxc", "[xbx]"},
    {"%b()*", "(a)*", "[(a)*]"},
    {"%f[%w]%w+", "  two words", "[two]"},
    {"%f[%a]%a+%f[%A]", "1abc 2", "[abc]"},
    {"THE%f[%W]", "the THE", "[THE]"},
    {"%f[%W]", "ab", "[]"},
    {"%f[^%z]a", "a", "[a]"},
    {"^%s*@?echo[:,]%s*(.*)$", "  @echo: hi", "[hi]"},
    {"\xc3\xa4+", "h\xc3\xa4", "[\xc3\xa4]"},
    {"[\xc3][\xa4]", "h\xc3\xa4", "[\xc3\xa4]"},
    {"%a", "\xc3\xa4", "nil"},
    {"[\x80-\xff]+",
     "a\xc3\xa4"
     "b",
     "[\xc3\xa4]"},
    {"a.-b.-c", "a b a c", "[a b a c]"},
    {"^.-%s(%S+)$", "the last word", "[word]"},
};

static void cases(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct err err = ERR_INIT;
        bool raised;
        CHECK_INT(pattern_check(table[i].pattern, &err), 0);
        CHECK_STR(ours(table[i].pattern, str_of(table[i].text)), table[i].result);
        CHECK_STR(oracle(L, table[i].pattern, str_of(table[i].text), &raised), table[i].result);
        if (check_bad) {
            printf("# pattern %s, text %s\n", table[i].pattern, table[i].text);
            break;
        }
    }
    lua_close(L);
}

/* A zero byte in the text, which XML cannot hold but Lua strings can. */
static void zero_bytes(void) {
    struct pattern_match m;
    CHECK(pattern_find("%z", (struct str){"a\0b", 3}, &m));
    CHECK_INT(m.whole.len, 1);
    CHECK(pattern_find("a.b", (struct str){"a\0b", 3}, NULL));
    CHECK(pattern_find("[^a]b$", (struct str){"a\0b", 3}, NULL));
    CHECK(pattern_find("", STR_NONE, &m));
    CHECK_INT(m.count, 0);
    CHECK(!pattern_find("x", STR_NONE, &m));
}

/* Each with a text that leads Lua to the same mistake. */
static const struct {
    const char *pattern, *text, *message;
} bad[] = {
    {"%", "", "malformed pattern (ends with '%')"},
    {"a%", "a", "malformed pattern (ends with '%')"},
    {"[", "", "malformed pattern (missing ']')"},
    {"[]", "", "malformed pattern (missing ']')"},
    {"[^]", "", "malformed pattern (missing ']')"},
    {"[^", "", "malformed pattern (missing ']')"},
    {"[%", "", "malformed pattern (missing ']')"},
    {"[%]", "", "malformed pattern (missing ']')"},
    {"[a-", "", "malformed pattern (missing ']')"},
    {"x[a", "x", "malformed pattern (missing ']')"},
    {"%f", "", "missing '[' after '%f' in pattern"},
    {"%fa", "", "missing '[' after '%f' in pattern"},
    {"%f[a", "", "malformed pattern (missing ']')"},
    {"%b", "", "malformed pattern (missing arguments to '%b')"},
    {"%bx", "", "malformed pattern (missing arguments to '%b')"},
    {"(", "", "unfinished capture"},
    {"(a", "a", "unfinished capture"},
    {"((a)", "a", "unfinished capture"},
    {")", "", "invalid pattern capture"},
    {"a)", "a", "invalid pattern capture"},
    {"(a))", "a", "invalid pattern capture"},
    {"())", "", "invalid pattern capture"},
    {"%1", "", "invalid capture index %1"},
    {"%0", "", "invalid capture index %0"},
    {"(a)%2", "a", "invalid capture index %2"},
    {"(a%1)", "a", "invalid capture index %1"},
    {"((a)%1)", "a", "invalid capture index %1"},
};

static void refused(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;
        bool raised;
        CHECK_INT(pattern_check(bad[i].pattern, &err), -1);
        CHECK_STR(err.text, bad[i].message);
        CHECK_HAS(oracle(L, bad[i].pattern, str_of(bad[i].text), &raised), bad[i].message);
        CHECK(raised);
    }
    lua_close(L);
}

static char *repeat(const char *what, size_t count, const char *end) {
    size_t len = strlen(what);
    char *s = mem_alloc(len * count + strlen(end) + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(s + i * len, what, len);
    strcpy(s + len * count, end);
    return s;
}

static void limits(void) {
    static const struct {
        const char *what;
        size_t good;
        const char *message;
    } rows[] = {{"()", 32, "too many captures"},
                {"(a)", 32, "too many captures"},
                {"a?", PATTERN_COMPLEX - 1, "pattern too complex"},
                {"[a-z]-", PATTERN_COMPLEX - 1, "pattern too complex"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        char *good = repeat(rows[i].what, rows[i].good, ""),
             *worse = repeat(rows[i].what, rows[i].good + 1, "");
        char *text = repeat("a", 400, "");
        CHECK_INT(pattern_check(good, &err), 0);
        CHECK(pattern_find(good, str_of(text), NULL));
        CHECK_INT(pattern_check(worse, &err), -1);
        CHECK_STR(err.text, rows[i].message);
        mem_free(good);
        mem_free(worse);
        mem_free(text);
    }
}

/* Patterns that take string.match years on such texts: the steps run out, and the answer is no. A long text
 * alone is no reason to give up. */
static void steps(void) {
    char *evil[] = {repeat(".*", 20, "x"), repeat("a?", 60, "b"), repeat(".-", 20, "x"),
                    repeat("(.*)", 10, "%1x")};
    char *text = repeat("a", 5000, ""), *tail = repeat(" ", 200000, "end");
    for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
        CHECK_INT(pattern_check(evil[i], NULL), 0);
        CHECK(!pattern_find(evil[i], str_of(text), NULL));
        mem_free(evil[i]);
    }
    CHECK(pattern_find("^%s*end$", str_of(tail), NULL));
    CHECK(pattern_find("^(.-)end$", str_of(tail), NULL));
    CHECK(pattern_find("^(.*)d$", str_of(tail), NULL));
    mem_free(text);
    mem_free(tail);
}

static uint32_t seed = 20120704;

static uint32_t any(uint32_t below) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static void make(char *out, size_t max, const char *const *parts, uint32_t count) {
    out[0] = '\0';
    for (uint32_t n = any(8); n > 0; n--) {
        const char *part = parts[any(count)];
        if (strlen(out) + strlen(part) < max)
            strcat(out, part);
    }
}

static const char *const pattern_parts[] = {
    "a",     "b",      "a",      "%a", ".",    "(",     ")",    "()",   "(a)",    "(.-)",   "*",    "+",
    "-",     "?",      "[",      "]",  "[ab]", "[^a]",  "[a-c", "%",    "%1",     "%2",     "%b()", "%bab",
    "%f",    "%f[a]",  "%f[^a]", "^",  "$",    "[]",    "[^]]", "[%a]", "%w+",    "%s-",    "%A",   "[a-",
    "(b*)",  "%f[%z]", "%d",     "-",  "%-",   "[%w-]", "%p",   "[-%]", "[a-%%]", "(a*)%1", "%x?",  "%g*",
    "[^%s]", "\xc3",   "!",      "%z", "%q",   "[^^]",  "[$-]", "%b"};
static const char *const text_parts[] = {"a", "b", "ab", "c", "(",        ")", "aa", "-",
                                         " ", "1", "]",  "%", "\xc3\xa4", "!", "^$"};

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof((list)[0])))

static void same_as_lua(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    int good = 0, found = 0;
    for (int i = 0; i < 60000 && !check_bad; i++) {
        char pattern[64], text[64];
        make(pattern, sizeof(pattern), pattern_parts, COUNT(pattern_parts));
        bool is_good = pattern_check(pattern, NULL) == 0;
        good += is_good;
        for (int j = 0; j < 8 && !check_bad; j++) {
            bool raised;
            make(text, sizeof(text), text_parts, COUNT(text_parts));
            const char *want = oracle(L, pattern, str_of(text), &raised);
            CHECK(!raised || !is_good);
            if (is_good && !raised) {
                const char *got = ours(pattern, str_of(text));
                CHECK_STR(got, want);
                found += strcmp(got, "nil") != 0;
            }
            if (check_bad)
                printf("# pattern %s, text %s, Lua says %s\n", pattern, text, want);
        }
    }
    CHECK(good > 10000 && found > 10000);
    lua_close(L);
}

/* What pattern_literal says must be in each text that matches, at its start when it says so. */
static void literals_hold(void) {
    int known = 0;
    for (int i = 0; i < 40000 && !check_bad; i++) {
        char pattern[64], text[64], run[64];
        bool at_start;
        make(pattern, sizeof(pattern), pattern_parts, COUNT(pattern_parts));
        if (pattern_check(pattern, NULL) < 0)
            continue;
        size_t len = pattern_literal(pattern, run, &at_start);
        for (int j = 0; j < 8 && len > 0; j++) {
            make(text, sizeof(text), text_parts, COUNT(text_parts));
            if (!pattern_find(pattern, str_of(text), NULL))
                continue;
            const char *at = memmem(text, strlen(text), run, len);
            CHECK(at != NULL && (!at_start || memcmp(text, run, len) == 0));
            if (check_bad)
                printf("# pattern %s, text %s, run %.*s\n", pattern, text, (int)len, run);
            known++;
        }
    }
    CHECK(known > 1000);
}

static void literals(void) {
    static const struct {
        const char *pattern, *run;
        bool at_start;
    } rows[] = {
        {"^hello", "hello", true},
        {"hello", "hello", false},
        {"^!roll (%d+)d(%d+)", "!roll ", true},
        {"OPS%-(%d+)", "OPS-", false},
        {"^OPS%-(%d+)", "OPS-", true},
        {"%d+ bottles of", " bottles of", false},
        {"^(deploy)%s", "deploy", true},
        {"^colou?r", "colo", true},
        {"colo-r", "col", false},
        {"a+bc", "bc", false},
        {"xa+b", "xa", false},
        {"^a*bcd", "bcd", false},
        {"^ab%d+cdef", "ab", true},
        {"%bab", "", false},
        {".*", "", false},
        {"", "", false},
        {"^", "", false},
        {"^abc$", "abc", true},
        {"%f[%w]word", "word", false},
        {"^()ab()", "ab", true},
        {"[a]b", "b", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char run[64];
        bool at_start;
        size_t len = pattern_literal(rows[i].pattern, run, &at_start);
        run[len] = '\0';
        CHECK_STR(run, rows[i].run);
        CHECK_INT(at_start, rows[i].at_start);
    }
}

int main(void) {
    RUN(cases);
    RUN(zero_bytes);
    RUN(refused);
    RUN(limits);
    RUN(steps);
    RUN(same_as_lua);
    RUN(literals);
    RUN(literals_hold);
    return check_done();
}
