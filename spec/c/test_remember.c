/* SPDX-License-Identifier: MIT */
/* What is remembered comes back in the next process, whatever bytes it is of, and wherever the last one died.
 */
#include "check.h"
#include "store/remember.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];

static struct str text(const char *s) {
    return s != NULL ? str_of(s) : STR_NONE;
}

static struct remember *open_it(void) {
    struct err err = ERR_INIT;
    struct remember *r = remember_new(folder, "bot-library", &err);
    CHECK_STR(err.text, "");
    return r;
}

static void put(struct remember *r, const char *key, const char *value) {
    struct err err = ERR_INIT;
    CHECK_INT(remember_put(r, text(key), text(value), &err), 0);
    CHECK_STR(err.text, "");
}

static const char *path(void) {
    static char out[96];
    snprintf(out, sizeof(out), "%s/bot-library.state", folder);
    return out;
}

static long file_len(void) {
    FILE *f = fopen(path(), "r");
    if (f == NULL)
        return -1;
    fseek(f, 0, SEEK_END);
    long len = ftell(f);
    fclose(f);
    return len;
}

static void write_file(const char *mode, const char *content) {
    FILE *f = fopen(path(), mode);
    fputs(content, f);
    fclose(f);
}

static void comes_back(void) {
    static const char odd[] = "a\\b\tc\nd\re\\t\\\\";
    struct remember *r = open_it();
    CHECK(remember_get(r, text("archive")).s == NULL);
    put(r, "archive", "1");
    put(r, "archive", "2");
    put(r, odd, odd);
    put(r, "gone", "x");
    put(r, "gone", NULL);
    put(r, "never", NULL);
    put(r, "empty", "");
    CHECK_STR(remember_get(r, text("archive")).s, "2");
    remember_free(r);
    r = open_it();
    CHECK_STR(remember_get(r, text("archive")).s, "2");
    CHECK_STR(remember_get(r, text(odd)).s, odd);
    CHECK_STR(remember_get(r, text("empty")).s, "");
    CHECK(remember_get(r, text("gone")).s == NULL);
    CHECK_INT(remember_put(r, text("zero"), (struct str){"a\0b", 3}, NULL), 0);
    remember_free(r);
    r = open_it();
    CHECK_INT(remember_get(r, text("zero")).len, 3);
    CHECK(memcmp(remember_get(r, text("zero")).s, "a\0b", 3) == 0);
    remember_free(r);
}

static void half_a_line_is_nothing(void) {
    write_file("w", "a\t1\nb\t2\nc\t3");
    struct remember *r = open_it();
    CHECK_STR(remember_get(r, text("b")).s, "2");
    CHECK(remember_get(r, text("c")).s == NULL);
    put(r, "d", "4");
    remember_free(r);
    r = open_it();
    CHECK_STR(remember_get(r, text("a")).s, "1");
    CHECK_STR(remember_get(r, text("d")).s, "4");
    CHECK(remember_get(r, text("c")).s == NULL);
    remember_free(r);
    write_file("w", "\n\t\n\\\n\\x\t\\\na\t1\t2\n");
    r = open_it();
    CHECK_STR(remember_get(r, text("a")).s, "1\t2");
    CHECK_STR(remember_get(r, text("\\x")).s, "\\");
    remember_free(r);
}

static void does_not_grow(void) {
    char value[32];
    struct remember *r = open_it();
    for (int i = 0; i < 5000; i++) {
        snprintf(value, sizeof(value), "value %d", i);
        put(r, "same", value);
    }
    CHECK(file_len() < 20000);
    remember_free(r);
    r = open_it();
    CHECK_STR(remember_get(r, text("same")).s, "value 4999");
    remember_free(r);
}

static void is_bounded(void) {
    struct err err = ERR_INIT;
    char key[REMEMBER_KEY_MAX + 2];
    struct remember *r = remember_new(NULL, "bot", NULL);
    memset(key, 'k', sizeof(key));
    CHECK_INT(remember_put(r, (struct str){key, REMEMBER_KEY_MAX + 1}, text("v"), &err), -1);
    CHECK(strstr(err.text, "too much") != NULL);
    for (int i = 0; i < REMEMBER_COUNT_MAX; i++) {
        snprintf(key, sizeof(key), "%d", i);
        put(r, key, "v");
    }
    CHECK_INT(remember_put(r, text("more"), text("v"), &err), -1);
    CHECK_INT(remember_put(r, text("7"), text("w"), &err), 0);
    char *big = calloc(1, REMEMBER_VALUE_MAX + 1);
    CHECK_INT(remember_put(r, text("7"), (struct str){big, REMEMBER_VALUE_MAX + 1}, &err), -1);
    int stored = 0;
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof(key), "%d", i);
        stored += remember_put(r, text(key), (struct str){big, REMEMBER_VALUE_MAX}, &err) == 0;
    }
    CHECK_INT(stored, 15);
    CHECK_STR(remember_get(r, text("100")).s, "v");
    free(big);
    remember_free(r);
}

static void one_process_at_a_time(void) {
    struct err err = ERR_INIT;
    struct remember *r = open_it(), *other = remember_new(folder, "bot-library", &err);
    CHECK(strstr(err.text, "held by another process") != NULL);
    put(other, "a", "only in memory");
    CHECK_STR(remember_get(other, text("a")).s, "only in memory");
    remember_free(other);
    CHECK(remember_get(r, text("never there")).s == NULL);
    remember_free(r);
}

static void is_looked_at_without_being_held(void) {
    struct remember *seen = remember_peek(folder, "nobody");
    char lock[96];
    CHECK(remember_get(seen, text("a")).s == NULL);
    remember_free(seen);
    snprintf(lock, sizeof(lock), "%s/nobody.lock", folder);
    CHECK(access(lock, F_OK) != 0);
    struct remember *r = open_it();
    put(r, "a", "of now");
    seen = remember_peek(folder, "bot-library");
    CHECK_STR(remember_get(seen, text("a")).s, "of now");
    CHECK_INT(remember_put(seen, text("a"), text("b"), NULL), 0); /* for nobody else */
    put(r, "b", "goes on");
    remember_free(r);
    r = open_it(); /* who looks does not hold it */
    CHECK_STR(remember_get(r, text("a")).s, "of now");
    CHECK_STR(remember_get(r, text("b")).s, "goes on");
    remember_free(r);
    remember_free(seen);
}

int main(void) {
    char base[] = "/tmp/couplet-test-XXXXXX", command[96];
    CHECK(mkdtemp(base) != NULL);
    snprintf(folder, sizeof(folder), "%s/state", base);
    RUN(comes_back);
    RUN(half_a_line_is_nothing);
    RUN(does_not_grow);
    RUN(is_bounded);
    RUN(one_process_at_a_time);
    RUN(is_looked_at_without_being_held);
    snprintf(command, sizeof(command), "rm -r %s", base);
    CHECK_INT(system(command), 0);
    return check_done();
}
