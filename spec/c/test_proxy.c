/* SPDX-License-Identifier: MIT */
/* proxy: its URL, and what is said with one until it has connected: whole, byte by byte, and wrongly. */
#include "check.h"

#include "base/mem.h"
#include "net/proxy_talk.h"

static void expect_url(const char *text, const char *want) {
    struct proxy p;
    struct err err = ERR_INIT;
    char got[400];
    if (proxy_read(&p, text, &err) != 0) {
        CHECK_HAS(err.text, want);
        return;
    }
    snprintf(got, sizeof(got), "%d %s %u %s %s", (int)p.kind, p.host, (unsigned)p.port, p.user ? p.user : "-",
             p.password ? p.password : "-");
    CHECK_STR(got, want);
    proxy_finish(&p);
}

static void urls(void) {
    expect_url("socks5://proxy.example", "1 proxy.example 1080 - -");
    expect_url("SOCKS5://proxy.example:99/", "1 proxy.example 99 - -");
    expect_url("http://[::1]:3128", "2 ::1 3128 - -");
    expect_url("http://proxy.example", "2 proxy.example 8080 - -");
    expect_url("socks5://me:a%3Ab%40c%25@h", "1 h 1080 me a:b@c%");
    expect_url("socks5://me:p@ss@h:1", "1 h 1 me p@ss");
}

static void urls_that_are_none(void) {
    static const char *const bad[][2] = {
        {"proxy.example:1080", "begins neither"},
        {"https://h", "begins neither"},
        {"socks5://", "no host"},
        {"socks5://:1080", "no host"},
        {"socks5://h:", "port"},
        {"socks5://h:0", "port"},
        {"socks5://h:65536", "port"},
        {"socks5://h:-1", "port"},
        {"socks5://h:1/x", "nothing has"},
        {"socks5://[::1", "no host"},
        {"socks5://a b", "no host"},
        {"socks5://me@h", "user:password"},
        {"socks5://:p@h", "user:password"},
        {"socks5://me:@h", "user:password"},
        {"socks5://me:%@h", "user:password"},
        {"socks5://me:%4@h", "user:password"},
        {"socks5://me:%00@h", "user:password"},
        {"http://m%3Ae:p@h", "user:password"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_url(bad[i][0], bad[i][1]);
    char longer[400] = "socks5://";
    memset(longer + 9, 'u', 256);
    strcpy(longer + 265, ":p@h");
    expect_url(longer, "user:password");
}

/* ---- the talk ---- */

struct turn {
    const char *said;
    size_t len;
};
#define TURN(text)                                                                                           \
    { text, sizeof(text) - 1 }

/* Feeds the answers in pieces of `step` bytes; the outcome, with all that we said as hex or text in `out`. */
static enum proxy_said talk(const char *url, const char *host, const struct turn *turns, size_t count,
                            size_t step, struct buf *out, struct err *err) {
    struct proxy p;
    enum proxy_said said = PROXY_MORE;
    CHECK_INT(proxy_read(&p, url, err), 0);
    struct proxy_talk t = {.proxy = &p, .host = host, .port = 5222};
    proxy_talk_begin(&t, out);
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0, n; at < turns[i].len && said == PROXY_MORE; at += n) {
            n = turns[i].len - at < step ? turns[i].len - at : step;
            said = proxy_talk_feed(&t, turns[i].said + at, n, out, err);
        }
    proxy_talk_finish(&t);
    proxy_finish(&p);
    return said;
}

static void expect_talk(const char *url, const char *host, const struct turn *turns, size_t count,
                        const char *ours, size_t ours_len) {
    for (size_t step = 1; step <= 64; step += 63) {
        struct buf out = BUF_INIT;
        struct err err = ERR_INIT;
        CHECK_INT(talk(url, host, turns, count, step, &out, &err), PROXY_DONE);
        CHECK_INT(buf_len(&out), ours_len);
        CHECK(buf_len(&out) == ours_len && memcmp(buf_data(&out), ours, ours_len) == 0);
        buf_finish(&out);
    }
}

static void expect_failure(const char *url, const char *said, size_t len, const char *why) {
    const struct turn turns[] = {{said, len}};
    for (size_t step = 1; step <= 100000; step += 99999) {
        struct buf out = BUF_INIT;
        struct err err = ERR_INIT;
        CHECK_INT(talk(url, "h.example", turns, 1, step, &out, &err), PROXY_FAILED);
        CHECK_HAS(err.text, why);
        CHECK(strstr(err.text, "secret") == NULL);
        buf_finish(&out);
    }
}

#define OK4 "\5\0\0\1\177\0\0\1\0\0"

static void socks5(void) {
    static const struct turn open[] = {TURN("\5\0"), TURN(OK4)};
    static const struct turn named[] = {TURN("\5\0"), TURN("\5\0\0\3\4host\0\1")};
    static const struct turn six[] = {TURN("\5\0"), TURN("\5\0\0\4"
                                                         "0123456789abcdef"
                                                         "\0\1")};
    static const struct turn login[] = {TURN("\5\2"), TURN("\1\0"), TURN(OK4)};
    static const char by_name[] = "\5\1\0"
                                  "\5\1\0\3\11h.example\x14\x66";
    static const char by_four[] = "\5\1\0"
                                  "\5\1\0\1\xc0\0\2\1\x14\x66";
    static const char by_six[] = "\5\1\0"
                                 "\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x14\x66";
    static const char with_login[] = "\5\2\0\2"
                                     "\1\2me\6secret"
                                     "\5\1\0\3\11h.example\x14\x66";
    expect_talk("socks5://p", "h.example", open, 2, by_name, sizeof(by_name) - 1);
    expect_talk("socks5://p", "192.0.2.1", named, 2, by_four, sizeof(by_four) - 1);
    expect_talk("socks5://p", "::1", six, 2, by_six, sizeof(by_six) - 1);
    expect_talk("socks5://me:secret@p", "h.example", login, 3, with_login, sizeof(with_login) - 1);
}

static void http_connect(void) {
    static const struct turn fine[] = {TURN("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")};
    static const struct turn old[] = {TURN("HTTP/1.0 204\r\n\r\n")};
    static const char plain[] = "CONNECT h.example:5222 HTTP/1.1\r\nHost: h.example:5222\r\n\r\n";
    static const char six[] = "CONNECT [::1]:5222 HTTP/1.1\r\nHost: [::1]:5222\r\n\r\n";
    static const char login[] = "CONNECT h.example:5222 HTTP/1.1\r\nHost: h.example:5222\r\n"
                                "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n";
    expect_talk("http://p", "h.example", fine, 1, plain, sizeof(plain) - 1);
    expect_talk("http://p", "::1", old, 1, six, sizeof(six) - 1);
    expect_talk("http://me:secret@p", "h.example", fine, 1, login, sizeof(login) - 1);
}

#define FAILS(url, said, why) expect_failure(url, said, sizeof(said) - 1, why)

static void what_is_no_answer(void) {
    char head[20000];
    FAILS("socks5://p", "\4\0", "does not speak SOCKS5");
    FAILS("socks5://p", "\5\xff", "wants a login");
    FAILS("socks5://p", "\5\2", "wants a login");
    FAILS("socks5://me:secret@p", "\5\xff", "takes no login");
    FAILS("socks5://me:secret@p", "\5\2\1\1", "does not take user and password");
    FAILS("socks5://p", "\5\0\5\5\0\1", "did not connect to h.example: the connection was refused");
    FAILS("socks5://p", "\5\0\5\x99", "something unknown");
    FAILS("socks5://p", "\5\0\5\0\0\7\0\0\0", "makes no sense");
    FAILS("http://p", "HTTP/1.1 407 No\r\n\r\n", "wants a login");
    FAILS("http://me:secret@p", "HTTP/1.1 407 No\r\n\r\n", "does not take user and password");
    FAILS("http://p", "HTTP/1.1 503 No\r\n\r\n", "did not connect to h.example: HTTP status 503");
    FAILS("http://p", "SSH-2.0-x\r\n\r\n", "does not speak HTTP/1.1");
    FAILS("http://p", "HTTP/2 200\r\n\r\n", "does not speak HTTP/1.1");
    memset(head, 'x', sizeof(head));
    expect_failure("http://p", head, sizeof(head), "does not end");
}

/* The server has nothing to say before us: who does is in between. */
static void nothing_is_slipped_in(void) {
    static const struct turn socks[] = {TURN("\5\0"), TURN(OK4 "<stream:features/>")};
    static const struct turn http[] = {TURN("HTTP/1.1 200 OK\r\n\r\n<stream:features/>")};
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    CHECK_INT(talk("socks5://p", "h", socks, 2, 1000, &out, &err), PROXY_FAILED);
    CHECK_HAS(err.text, "says more");
    CHECK_INT(talk("http://p", "h", http, 1, 1000, &out, &err), PROXY_FAILED);
    CHECK_HAS(err.text, "says more");
    buf_finish(&out);
}

int main(void) {
    RUN(urls);
    RUN(urls_that_are_none);
    RUN(socks5);
    RUN(http_connect);
    RUN(what_is_no_answer);
    RUN(nothing_is_slipped_in);
    return check_done();
}
