/* SPDX-License-Identifier: MIT */
/* The ground that everything stands on: strings, buffers, the arena, base64, UTF-8, random ids, errors, the
 * log. */
#include "check.h"

#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- str, mem ---- */

static void strings(void) {
    CHECK(str_eq(STR_NONE, STR_NONE) && str_eq(STR_LIT("a"), str_of("a")));
    CHECK(!str_eq(STR_LIT("a"), STR_LIT("b")) && !str_eq(STR_LIT("a"), STR_LIT("ab")));
    CHECK(!str_eq(STR_NONE, STR_LIT("")) && str_eq(STR_LIT(""), STR_LIT("")));
    CHECK(str_is(STR_LIT("abc"), "abc") && !str_is(STR_LIT("abc"), "ab") && !str_is(STR_NONE, ""));
    CHECK(str_of(NULL).s == NULL && str_of(NULL).len == 0);
    char *copy = mem_strndup("abcdef", 3);
    CHECK_STR(copy, "abc");
    CHECK(mem_strdup(NULL) == NULL);
    mem_wipe(copy, 3);
    CHECK(copy[0] == '\0' && copy[1] == '\0' && copy[2] == '\0');
    mem_free(copy);
    mem_free(NULL);
    mem_free_secret(NULL);
    mem_free_secret(mem_strdup("secret"));
    unsigned char *zeros = mem_alloc0(16);
    CHECK(zeros[0] == 0 && zeros[15] == 0);
    zeros = mem_array(zeros, 8, 8);
    mem_free(zeros);
    mem_free(mem_alloc(0));
}

/* ---- buf ---- */

static void buf_adds_and_consumes(void) {
    struct buf b = BUF_INIT;
    CHECK_STR(buf_data(&b), "");
    CHECK_INT(buf_len(&b), 0);
    buf_adds(&b, "one ");
    buf_addc(&b, 't');
    buf_lit(&b, "wo");
    buf_addf(&b, " %d-%s", 3, "three");
    buf_add(&b, "\0x", 2);
    CHECK_INT(buf_len(&b), 17);
    CHECK_STR(buf_data(&b), "one two 3-three");
    CHECK(buf_data(&b)[17] == '\0');
    buf_consume(&b, 4);
    CHECK_STR(buf_data(&b), "two 3-three");
    buf_consume(&b, buf_len(&b));
    CHECK_INT(buf_len(&b), 0);
    CHECK_INT(b.start, 0);
    buf_add(&b, NULL, 0);
    CHECK_STR(buf_data(&b), "");
    buf_finish(&b);
    CHECK(b.data == NULL && b.cap == 0);
}

/* As a queue: what is consumed does not pile up. */
static void buf_is_a_queue(void) {
    struct buf b = BUF_INIT;
    unsigned in = 0, out = 0;
    for (int round = 0; round < 10000; round++) {
        for (int i = 0; i < 7; i++)
            buf_addc(&b, (char)('a' + in++ % 26));
        for (int i = 0; i < 7 - (round % 50 == 0); i++) {
            CHECK_INT(buf_data(&b)[0], 'a' + out++ % 26);
            buf_consume(&b, 1);
        }
    }
    CHECK_INT(buf_len(&b), in - out);
    CHECK(b.cap < 2048);
    buf_finish(&b);
}

static void buf_reserves(void) {
    struct buf b = BUF_INIT;
    buf_adds(&b, "x");
    memcpy(buf_reserve(&b, 5000), "yz", 2);
    buf_commit(&b, 2);
    CHECK_STR(buf_data(&b), "xyz");
    CHECK(b.cap >= 5002);
    buf_consume(&b, 1);
    char *s = buf_detach(&b);
    CHECK_STR(s, "yz");
    CHECK(b.data == NULL && buf_len(&b) == 0);
    mem_free(s);
    s = buf_detach(&b);
    CHECK_STR(s, "");
    mem_free(s);
}

static void buf_releases(void) {
    struct buf b = BUF_INIT;
    buf_adds(&b, "small");
    buf_release(&b, 1000);
    CHECK(b.data != NULL && buf_len(&b) == 0);
    buf_reserve(&b, 2000);
    buf_release(&b, 1000);
    CHECK(b.data == NULL);
    buf_adds(&b, "again");
    buf_clear(&b);
    CHECK_STR(buf_data(&b), "");
    CHECK(b.data != NULL);
    buf_finish(&b);
}

/* ---- arena ---- */

static void arena_gives_and_takes_back(void) {
    struct arena a;
    arena_init(&a);
    for (int round = 0; round < 3; round++) {
        unsigned char *parts[200];
        for (size_t i = 0; i < 200; i++) {
            parts[i] = arena_alloc(&a, i * 7 + 1);
            CHECK((uintptr_t)parts[i] % _Alignof(max_align_t) == 0);
            memset(parts[i], (int)i, i * 7 + 1);
        }
        for (size_t i = 0; i < 200; i++)
            for (size_t k = 0; k <= i * 7; k++)
                if (parts[i][k] != i)
                    check_bad = 1;
        CHECK(a.used >= 139300);
        arena_reset(&a);
        CHECK_INT(a.used, 0);
    }
    CHECK_STR(arena_strndup(&a, "abcdef", 3), "abc");
    CHECK_STR(arena_strndup(&a, "", 0), "");
    memset(arena_alloc(&a, 100000), 1, 100000);
    arena_finish(&a);
    arena_finish(&a);
    CHECK(a.chunk == NULL);
    arena_reset(&a);
}

/* The same memory is used again after a reset. */
static void arena_keeps_its_first_chunk(void) {
    struct arena a;
    arena_init(&a);
    void *first = arena_alloc(&a, 16);
    arena_alloc(&a, 50000);
    arena_reset(&a);
    CHECK(arena_alloc(&a, 16) == first);
    arena_finish(&a);
}

static void arena_extends(void) {
    struct arena a;
    arena_init(&a);
    char *text = arena_alloc(&a, 1), *start = text;
    text[0] = 'a';
    for (size_t len = 1; len < 3000; len++) {
        text = arena_extend(&a, text, len, len + 1);
        text[len] = (char)('a' + len % 26);
    }
    CHECK(text == start); /* nothing came between: in place */
    arena_alloc(&a, 1);
    for (size_t len = 3000; len < 20000; len++) {
        text = arena_extend(&a, text, len, len + 1);
        text[len] = (char)('a' + len % 26);
    }
    CHECK(text != start);
    for (size_t i = 0; i < 20000; i++)
        if (text[i] != (char)('a' + i % 26))
            check_bad = 1;
    arena_finish(&a);
}

/* ---- base64 ---- */

/* RFC 4648 section 10. */
static void base64_vectors(void) {
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+"},
    };
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct buf out = BUF_INIT, back = BUF_INIT;
        base64_encode(&out, vectors[i][0], strlen(vectors[i][0]));
        CHECK_STR(buf_data(&out), vectors[i][1]);
        CHECK_INT(base64_decode(&back, vectors[i][1], strlen(vectors[i][1])), 0);
        CHECK_STR(buf_data(&back), vectors[i][0]);
        buf_finish(&out);
        buf_finish(&back);
    }
}

static void base64_all_bytes(void) {
    unsigned char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)i;
    for (size_t len = 0; len <= 256; len++) {
        struct buf out = BUF_INIT, back = BUF_INIT;
        base64_encode(&out, bytes, len);
        CHECK_INT(base64_decode(&back, buf_data(&out), buf_len(&out)), 0);
        CHECK(buf_len(&back) == len && memcmp(buf_data(&back), bytes, len) == 0);
        buf_finish(&out);
        buf_finish(&back);
    }
}

/* RFC 6120 13.9.1: nothing foreign, nothing misplaced; RFC 4648 3.5: no bits left over. */
static void base64_is_strict(void) {
    static const char *const bad[] = {
        "Z",        "Zg",       "Zg=",  "Zg===", "Z===",  "====",    "=",        "Zg==Zg==",
        "Zm8=Zg==", "Zm9=",     "Zh==", "Zm9v ", " Zm9v", "Zm9v\n",  "Zm\n9v==", "Zm9-",
        "Zm9_",     "Zm9v====", "Zm=v", "=m9v",  "Z=9v",  "Zm9\x80",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf out = BUF_INIT;
        buf_adds(&out, "kept");
        if (base64_decode(&out, bad[i], strlen(bad[i])) != -1)
            printf("# taken: %s\n", bad[i]);
        CHECK_INT(base64_decode(&out, bad[i], strlen(bad[i])), -1);
        CHECK_STR(buf_data(&out), "kept");
        buf_finish(&out);
    }
    struct buf out = BUF_INIT;
    CHECK_INT(base64_decode(&out, "Zm\0v", 4), -1);
    buf_finish(&out);
}

/* ---- utf8 ---- */

static size_t encode(uint32_t c, char *to) {
    if (c < 0x80)
        return (size_t)sprintf(to, "%c", (int)c);
    if (c < 0x800)
        return (size_t)sprintf(to, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
    if (c < 0x10000)
        return (size_t)sprintf(to, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
    return (size_t)sprintf(to, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 63), 0x80 | (c >> 6 & 63),
                           0x80 | (c & 63));
}

static void utf8_every_character(void) {
    for (uint32_t c = 1; c < 0x110400; c++) {
        char s[8];
        uint32_t got = 0;
        size_t len = encode(c, s);
        bool is_char = c < 0x110000 && (c < 0xd800 || c > 0xdfff);
        bool is_xml = is_char && (c >= 0x20 || c == 9 || c == 10 || c == 13) && c != 0xfffe && c != 0xffff;
        if (utf8_decode(s, s + len, &got) != (is_char ? len : 0) || (is_char && got != c) ||
            utf8_is_valid(s, len) != is_char || (utf8_xml_span(s, len) == len) != is_xml) {
            printf("# U+%04X\n", c);
            check_bad = 1;
            return;
        }
        for (size_t cut = 1; cut < len; cut++)
            CHECK(!utf8_is_valid(s, cut));
    }
}

/* All of two bytes, and all continuations of the lead bytes that have exceptions. */
static void utf8_all_sequences(void) {
    unsigned valid[5] = {0};
    for (unsigned v = 0; v < 0x10000; v++) {
        char s[2] = {(char)(v >> 8), (char)v};
        uint32_t cp;
        valid[2] += utf8_decode(s, s + 2, &cp) == 2;
    }
    CHECK_INT(valid[2], 0x800 - 0x80);
    for (unsigned v = 0xe00000; v < 0xf00000; v++) {
        char s[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};
        uint32_t cp;
        valid[3] += utf8_decode(s, s + 3, &cp) == 3;
    }
    CHECK_INT(valid[3], 0x10000 - 0x800 - 0x800);
}

static void utf8_span_stops_at_the_first(void) {
    char s[64];
    for (size_t at = 0; at < 40; at++) {
        static const char bad[] = {1, 0x1f, (char)0x80, (char)0xff, (char)0xc3};
        for (size_t i = 0; i < sizeof(bad); i++) {
            memset(s, 'x', sizeof(s));
            s[at] = bad[i];
            CHECK_INT(utf8_xml_span(s, 48), at);
        }
    }
    CHECK_INT(utf8_xml_span("", 0), 0);
    CHECK(utf8_is_valid("", 0));
    CHECK_INT(utf8_xml_span("ab\xc3\xa9", 3), 2); /* cut */
}

/* ---- random ---- */

static int by_text(const void *a, const void *b) {
    return memcmp(a, b, RANDOM_ID_LEN);
}

static void ids_are_random(void) {
    enum { COUNT = 5000 };
    static char ids[COUNT][RANDOM_ID_LEN + 1];
    unsigned used[256] = {0};
    for (int i = 0; i < COUNT; i++) {
        random_id(ids[i]);
        CHECK_INT(strlen(ids[i]), RANDOM_ID_LEN);
        for (int k = 0; k < RANDOM_ID_LEN; k++)
            used[(unsigned char)ids[i][k]]++;
    }
    int kinds = 0;
    for (int c = 0; c < 256; c++) {
        kinds += used[c] > 0;
        /* 100,000 characters, 64 kinds: 1,562 each; this is 14 standard deviations off */
        CHECK(used[c] == 0 || (used[c] > 1000 && used[c] < 2200));
        CHECK(used[c] == 0 ||
              (c != 0 &&
               strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", c) != NULL));
    }
    CHECK_INT(kinds, 64);
    qsort(ids, COUNT, sizeof(ids[0]), by_text);
    for (int i = 1; i < COUNT; i++)
        CHECK(memcmp(ids[i - 1], ids[i], RANDOM_ID_LEN) != 0);
}

static void random_numbers(void) {
    unsigned seen[3] = {0};
    for (int i = 0; i < 3000; i++)
        seen[random_below(3)]++;
    CHECK(seen[0] > 700 && seen[1] > 700 && seen[2] > 700);
    CHECK_INT(random_below(1), 0);
    unsigned char big[1000] = {0}, zero[1000] = {0};
    random_bytes(big, sizeof(big));
    CHECK(memcmp(big, zero, sizeof(big)) != 0);
    CHECK(memcmp(big, big + 500, 500) != 0);
}

/* ---- err ---- */

static void errors(void) {
    struct err e = ERR_INIT;
    CHECK_STR(e.text, "");
    CHECK_INT(err_set(&e, "no %s on %d", "answer", 5), -1);
    CHECK_STR(e.text, "no answer on 5");
    CHECK_INT(err_context(&e, "bot %s", "ops"), -1);
    CHECK_STR(e.text, "bot ops: no answer on 5");
    CHECK_INT(err_set(NULL, "x"), -1);
    CHECK_INT(err_context(NULL, "x"), -1);
    char text[2000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    err_set(&e, "%s", text);
    CHECK_INT(strlen(e.text), sizeof(e.text) - 1);
    err_context(&e, "%s", text);
    CHECK_INT(strlen(e.text), sizeof(e.text) - 1);
}

/* ---- log ---- */

static char dir[] = "/tmp/couplet-base-XXXXXX";
static char path[64];

/* What one line came out as, without its time. */
static const char *logged(bool json, const char *who, const char *text) {
    static char line[512];
    struct log log;
    struct err err = ERR_INIT;
    log_init(&log);
    log.json = json;
    unlink(path);
    CHECK_INT(log_open(&log, path, &err), 0);
    log_error(&log, who, "%s", text);
    log_finish(&log);
    FILE *f = fopen(path, "r");
    size_t len = f ? fread(line, 1, sizeof(line) - 1, f) : 0;
    line[len] = '\0';
    if (f != NULL)
        fclose(f);
    size_t skip = strlen("2026-11-21T05:00:00.123Z ") + (json ? strlen("{\"time\":\"\"") : 0);
    CHECK(len > skip);
    return line + (len > skip ? skip : 0);
}

static void log_lines(void) {
    CHECK_STR(logged(false, "ops", "online"), "error ops: online\n");
    CHECK_STR(logged(false, NULL, "started"), "error started\n");
    CHECK_STR(logged(true, "ops", "online"), "\"level\":\"error\",\"bot\":\"ops\",\"text\":\"online\"}\n");
    CHECK_STR(logged(true, NULL, ""), "\"level\":\"error\",\"text\":\"\"}\n");
}

/* Nobody who can send text can forge a line, or reach the terminal of who reads it. */
static void log_escapes(void) {
    CHECK_STR(logged(false, "a", "x\n2026-11-21T05:00:00.123Z error forged"),
              "error a: x\n    2026-11-21T05:00:00.123Z error forged\n");
    CHECK_STR(logged(false, "a\nb", "c"), "error a\n    b: c\n");
    CHECK_STR(logged(false, "a", "\x1b[2J\r\t\x7f\x07"), "error a: \\x1b[2J\\x0d    \\x7f\\x07\n");
    CHECK_STR(logged(false, "a",
                     "\xc2\x9b"
                     "2J\xc2\xa0"),
              "error a: \\x9b2J\xc2\xa0\n");
    CHECK_STR(logged(false, "a",
                     "\xe2\x80\xae"
                     "x\xe2\x80\xa8"),
              "error a: \\u202ex\\u2028\n");
    CHECK_STR(logged(false, "a", "\xc3(\xff"), "error a: \\xc3(\\xff\n");
    CHECK_STR(logged(false, "a", "\xc3\xa9 \xf0\x9f\x98\x80"), "error a: \xc3\xa9 \xf0\x9f\x98\x80\n");
    CHECK_STR(logged(true, "a\"", "\\ \n\t\x1b \"}\xc2\x85\xff\xe4\xbd\xa0"),
              "\"level\":\"error\",\"bot\":\"a\\\"\",\"text\":\"\\\\ \\n\\u0009\\u001b "
              "\\\"}\\u0085\\ufffd\xe4\xbd\xa0\"}\n");
}

static void log_levels(void) {
    struct log log;
    struct err err = ERR_INIT;
    struct stat st;
    CHECK_INT(log_level_parse("error"), LOG_ERROR);
    CHECK_INT(log_level_parse("trace"), LOG_TRACE);
    CHECK_INT(log_level_parse("Trace"), -1);
    CHECK_INT(log_level_parse(""), -1);
    CHECK_STR(log_level_name(LOG_WARN), "warn");
    log_init(&log);
    unlink(path);
    CHECK_INT(log_open(&log, path, &err), 0);
    log_debug(&log, NULL, "off");
    CHECK(stat(path, &st) == 0 && st.st_size == 0);
    CHECK_INT(st.st_mode & 07777 & ~0640u, 0);
    log_info(&log, NULL, "on");
    CHECK(stat(path, &st) == 0 && st.st_size > 0);
    CHECK_INT(log_open(&log, "/nonexistent/log", &err), -1);
    CHECK_HAS(err.text, "/nonexistent/log");
    log_finish(&log);
}

/* After a rotation the same path is another file. */
static void log_opens_anew(void) {
    struct log log;
    struct err err = ERR_INIT;
    struct stat st;
    char old[80];
    snprintf(old, sizeof(old), "%s.1", path);
    log_init(&log);
    CHECK_INT(log_open(&log, path, &err), 0);
    CHECK_INT(rename(path, old), 0);
    CHECK_INT(log_open(&log, log.path, &err), 0);
    log_info(&log, NULL, "in the new one");
    CHECK(stat(path, &st) == 0 && st.st_size > 0);
    log_finish(&log);
    unlink(old);
    unlink(path);
}

int main(void) {
    if (mkdtemp(dir) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/log", dir);
    RUN(strings);
    RUN(buf_adds_and_consumes);
    RUN(buf_is_a_queue);
    RUN(buf_reserves);
    RUN(buf_releases);
    RUN(arena_gives_and_takes_back);
    RUN(arena_keeps_its_first_chunk);
    RUN(arena_extends);
    RUN(base64_vectors);
    RUN(base64_all_bytes);
    RUN(base64_is_strict);
    RUN(utf8_every_character);
    RUN(utf8_all_sequences);
    RUN(utf8_span_stops_at_the_first);
    RUN(ids_are_random);
    RUN(random_numbers);
    RUN(errors);
    RUN(log_lines);
    RUN(log_escapes);
    RUN(log_levels);
    RUN(log_opens_anew);
    rmdir(dir);
    return check_done();
}
