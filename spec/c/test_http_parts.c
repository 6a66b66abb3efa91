/* SPDX-License-Identifier: MIT */
/* What the HTTP server is made of: paths and queries, what was seen, how often, problems. */
#include "http/problem.h"
#include "http/rate.h"
#include "http/seen.h"
#include "http/target.h"

#include "check.h"

#include <stdio.h>

/* ---- targets ---- */

static void paths(void) {
    static const struct {
        const char *text, *path; /* NULL: it is none */
    } rows[] = {
        {"/", "/"},
        {"/a/b", "/a/b"},
        {"/a?x=/../", "/a"},
        {"/%61%2e%62", "/a.b"},
        {"/a..b/...", "/a..b/..."},
        {"/%C3%A4", "/\xc3\xa4"},
        {"/a%20b", "/a b"},
        {"//a", "//a"},
        {"", NULL},
        {"a", NULL},
        {"?a", NULL},
        {"*", NULL},
        {"http://h/a", NULL},
        {"/.", NULL},
        {"/..", NULL},
        {"/a/../b", NULL},
        {"/a/./b", NULL},
        {"/%2e%2E/b", NULL},
        {"/a%2fb", NULL},
        {"/a%5cb", NULL},
        {"/a%00", NULL},
        {"/a%0a", NULL},
        {"/a%7f", NULL},
        {"/a%", NULL},
        {"/a%4", NULL},
        {"/a%4g", NULL},
        {"/a%ff", NULL},
        {"/a%c0%ae", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        struct target t;
        int r = target_parse(&t, str_of(rows[i].text), &err);
        if ((r == 0) != (rows[i].path != NULL) || (r == 0 && !str_is(t.path, rows[i].path)))
            printf("# %s\n", rows[i].text);
        CHECK(r == 0 ? rows[i].path != NULL && str_is(t.path, rows[i].path) : rows[i].path == NULL);
        target_finish(&t);
        CHECK(t.memory == NULL && t.path.len == 0 &&
              t.path.s == NULL); /* nothing of it is looked at any more */
    }
}

static void queries(void) {
    static const char text[] = "a=b%20c&d=1+2&e&=f&&g=%zz&h=%";
    static const char *const want[] = {"a", "b c", "d", "1 2", "e", "", "", "f", "g", "%zz", "h", "%"};
    struct target_field fields[TARGET_FIELDS_MOST];
    char memory[sizeof(text)];
    size_t count = target_fields(str_of(text), memory, fields, TARGET_FIELDS_MOST);
    CHECK_INT(count, 6);
    for (size_t i = 0; i < count; i++) {
        CHECK(str_is(fields[i].name, want[2 * i]));
        CHECK(str_is(fields[i].value, want[2 * i + 1]));
    }
    CHECK_INT(target_fields(str_of("a&b&c"), memory, fields, 2), 2);
    CHECK_INT(target_fields(STR_NONE, memory, fields, 2), 0);
    struct target t;
    CHECK_INT(target_parse(&t, str_of("/a?"), NULL), 0);
    CHECK(t.query.s != NULL && t.query.len == 0);
    target_finish(&t);
}

static void long_targets(void) {
    static char text[TARGET_MOST + 2];
    struct target t;
    memset(text, 'a', sizeof(text) - 1);
    text[0] = '/';
    CHECK_INT(target_parse(&t, str_of(text), NULL), -1);
    target_finish(&t);
    text[TARGET_MOST] = '\0';
    CHECK_INT(target_parse(&t, str_of(text), NULL), 0);
    target_finish(&t);
}

/* ---- what was seen ---- */

static const unsigned char *key(unsigned n) {
    static unsigned char bytes[SEEN_KEY_LEN];
    unsigned spread = n * 2654435761u;
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, &spread, sizeof(spread));
    memcpy(bytes + 8, &n, sizeof(n));
    return bytes;
}

static void remembers(void) {
    struct seen *s = seen_new(1024);
    CHECK(!seen_has(s, key(1), 0));
    for (unsigned i = 0; i < 1000; i++)
        seen_add(s, key(i), 100 + i, 50);
    CHECK_INT(seen_count(s), 1000);
    CHECK(seen_has(s, key(0), 99) && !seen_has(s, key(0), 100) && seen_has(s, key(999), 1000));
    seen_add(s, key(0), 500, 50);  /* later */
    seen_add(s, key(999), 60, 50); /* not earlier */
    CHECK(seen_has(s, key(0), 400) && seen_has(s, key(999), 1000));
    seen_drop(s, key(7));
    seen_drop(s, key(7));
    CHECK(!seen_has(s, key(7), 50) && seen_has(s, key(8), 50));
    CHECK_INT(seen_count(s), 999);
    CHECK_INT(seen_forgotten_s(s), 0);
    seen_free(s);
}

static void is_bounded(void) {
    struct seen *s = seen_new(64);
    for (unsigned i = 0; i < 1000; i++)
        seen_add(s, key(i), 100, 50);
    CHECK_INT(seen_count(s), 64);
    CHECK(!seen_has(s, key(0), 50) && !seen_has(s, key(935), 50) && seen_has(s, key(936), 50));
    CHECK_INT(seen_forgotten_s(s), 100);
    seen_free(s);
    s = seen_new(64);
    for (unsigned i = 0; i < 1000; i++) /* what has expired makes room */
        seen_add(s, key(i), 10 + i, i);
    CHECK(seen_count(s) <= 64);
    CHECK_INT(seen_forgotten_s(s), 0);
    seen_free(s);
}

/* ---- how often ---- */

static struct cidr address(const char *text) {
    struct cidr c;
    CHECK_INT(cidr_parse(&c, text, NULL), 0);
    return c;
}

static void rates(void) {
    struct rate *r = rate_new(3, 1000);
    struct cidr a = address("192.0.2.1"), b = address("192.0.2.2");
    for (int i = 0; i < 3; i++)
        CHECK_INT(rate_take(r, &a, 5000), 0);
    int64_t wait = rate_take(r, &a, 5000);
    CHECK(wait > 0 && wait <= 334);
    CHECK_INT(rate_take(r, &b, 5000), 0);
    CHECK_INT(rate_take(r, &a, 5000 + wait), 0);
    CHECK(rate_take(r, &a, 5000 + wait) > 0);
    CHECK_INT(rate_take(r, &a, 9000), 0);
    struct cidr six = address("2001:db8::1"), same = address("2001:db8::2"),
                other = address("2001:db8:0:1::1");
    for (int i = 0; i < 3; i++)
        CHECK_INT(rate_take(r, &six, 5000), 0);
    CHECK(rate_take(r, &same, 5000) > 0); /* of one line */
    CHECK_INT(rate_take(r, &other, 5000), 0);
    rate_free(r);
}

static void many_sources(void) {
    struct rate *r = rate_new(1, 1000);
    struct cidr a = address("10.0.0.0");
    for (unsigned i = 0; i < 100000; i++) {
        memcpy(a.bytes, &i, 4);
        CHECK_INT(rate_take(r, &a, 5000), 0);
    }
    rate_free(r);
}

/* ---- problems ---- */

static void problems(void) {
    struct buf b = BUF_INIT;
    problem_write(&b, 404, STR_NONE);
    CHECK_STR(buf_data(&b), "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404}\n");
    buf_clear(&b);
    problem_write(&b, 599, str_of("a \"b\" \\ \n\x01 \xff \xc3\xa4"));
    CHECK_STR(buf_data(&b),
              "{\"type\":\"about:blank\",\"title\":\"Error\",\"status\":599,\"detail\":\"a \\\"b\\\" \\\\ "
              "     \xc3\xa4\"}\n");
    buf_finish(&b);
}

int main(void) {
    RUN(paths);
    RUN(queries);
    RUN(long_targets);
    RUN(remembers);
    RUN(is_bounded);
    RUN(rates);
    RUN(many_sources);
    RUN(problems);
    return check_done();
}
