/* SPDX-License-Identifier: MIT */
/* Who may post: each way to show it, wrong in each way; signatures that come again. */
#include "http/auth.h"

#include "check.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

static const char *sign(const char *secret, const char *text) {
    static char hex[2 * 32 + 1];
    unsigned char digest[32];
    unsigned len = 0;
    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)text, strlen(text), digest, &len);
    for (unsigned i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return hex;
}

static enum auth_verdict head(const struct auth_options *o, const char *authorization, const char *header) {
    struct auth *a = auth_new(o);
    struct auth_claim claim = {.authorization = str_of(authorization), .header = str_of(header)};
    enum auth_verdict v = auth_check_head(a, &claim, 1000);
    auth_free(a);
    return v;
}

static void secrets(void) {
    static const struct auth_options bearer = {.kind = AUTH_BEARER, .secret = "tea"},
                                     basic = {.kind = AUTH_BASIC, .user = "ops", .secret = "tea"},
                                     token = {.kind = AUTH_TOKEN, .secret = "tea", .header = "X-Token"};
    CHECK_INT(head(&bearer, NULL, NULL), AUTH_ABSENT);
    CHECK_INT(head(&bearer, "Basic tea", NULL), AUTH_ABSENT);
    CHECK_INT(head(&bearer, "Bearer", NULL), AUTH_ABSENT);
    CHECK_INT(head(&bearer, "Bearertea", NULL), AUTH_ABSENT);
    CHECK_INT(head(&bearer, "Bearer te", NULL), AUTH_WRONG);
    CHECK_INT(head(&bearer, "Bearer tea ", NULL), AUTH_WRONG);
    CHECK_INT(head(&bearer, "Bearer teaa", NULL), AUTH_WRONG);
    CHECK_INT(head(&bearer, "bEARER   tea", NULL), AUTH_GOOD);
    CHECK_INT(head(&basic, "Basic b3BzOnRlYQ==", NULL), AUTH_GOOD);
    CHECK_INT(head(&basic, "Basic b3BzOnRlYQ", NULL), AUTH_WRONG);
    CHECK_INT(head(&basic, "Basic b3BzOg==", NULL), AUTH_WRONG);
    CHECK_INT(head(&basic, "Bearer tea", NULL), AUTH_ABSENT);
    CHECK_INT(head(&token, NULL, NULL), AUTH_ABSENT);
    CHECK_INT(head(&token, NULL, ""), AUTH_WRONG);
    CHECK_INT(head(&token, NULL, "tea"), AUTH_GOOD);
}

static enum auth_verdict body(struct auth *a, struct auth_claim claim, const char *text, int64_t now_s,
                              struct auth_mark *mark) {
    enum auth_verdict v = auth_check_head(a, &claim, now_s);
    return v != AUTH_GOOD ? v : auth_check_body(a, &claim, str_of(text), now_s, mark);
}

static void signatures(void) {
    static const struct auth_options o = {.kind = AUTH_HMAC, .secret = "tea", .header = "X", .window_s = 300};
    struct auth *a = auth_new(&o);
    struct auth_mark mark;
    char text[128];
    CHECK_INT(body(a, (struct auth_claim){.header = STR_NONE}, "{}", 1000, &mark), AUTH_ABSENT);
    static const char *const forms[] = {"%s", "sha256=%s", "v0=%s"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof(text), forms[i], sign("tea", "{}"));
        CHECK_INT(body(a, (struct auth_claim){.header = str_of(text)}, "{}", 1000, &mark), AUTH_GOOD);
        CHECK_INT(body(a, (struct auth_claim){.header = str_of(text)}, "{} ", 1000, &mark), AUTH_WRONG);
    }
    static const char *const bad[] = {"",          "sha256=",       "sha256=%s0", "%.63s", "x%s",
                                      "sha256:%s", "sha256=%.63sx", " %s",        "%s "};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), bad[i], sign("tea", "{}"));
        CHECK_INT(body(a, (struct auth_claim){.header = str_of(text)}, "{}", 1000, &mark), AUTH_WRONG);
    }
    CHECK_INT(body(a, (struct auth_claim){.header = str_of(sign("coffee", "{}"))}, "{}", 1000, &mark),
              AUTH_WRONG);
    CHECK_INT(body(a, (struct auth_claim){.header = str_of(sign("tea", ""))}, "", 1000, &mark), AUTH_GOOD);
    auth_free(a);
}

static void replays(void) {
    static const struct auth_options o = {
        .kind = AUTH_HMAC, .secret = "tea", .header = "X", .id_header = "Y", .window_s = 300};
    struct auth *a = auth_new(&o);
    struct auth_mark mark, other;
    char first[65], second[65];
    strcpy(first, sign("tea", "1"));
    strcpy(second, sign("tea", "2"));
    struct auth_claim one = {.header = str_of(first), .id = str_of("7")}, two = {.header = str_of(second)};
    CHECK_INT(body(a, one, "1", 1000, &mark), AUTH_GOOD);
    CHECK_INT(body(a, one, "1", 1000, &mark), AUTH_GOOD); /* nothing is remembered by looking */
    auth_remember(a, &mark, 1000);
    CHECK_INT(body(a, one, "1", 1000, &other), AUTH_REPLAY);
    CHECK_INT(body(a, (struct auth_claim){.header = str_of(first)}, "1", 1300, &other), AUTH_REPLAY);
    CHECK_INT(body(a, two, "2", 1000, &other), AUTH_GOOD);
    two.id = str_of("7");
    CHECK_INT(body(a, two, "2", 1000, &other), AUTH_REPLAY); /* the id was there */
    CHECK_INT(body(a, one, "1", 1301, &other), AUTH_GOOD);   /* the window is over */
    auth_forget(a, &mark);
    CHECK_INT(body(a, one, "1", 1000, &mark), AUTH_GOOD);
    auth_free(a);
}

static void timestamps(void) {
    static const struct auth_options o = {.kind = AUTH_HMAC,
                                          .secret = "tea",
                                          .header = "X",
                                          .timestamp_header = "T",
                                          .id_header = "I",
                                          .signs = "v0:{timestamp}:{id}:{body}",
                                          .window_s = 60};
    struct auth *a = auth_new(&o);
    struct auth_mark mark;
    struct auth_claim c = {.timestamp = str_of("1000"), .id = str_of("x")};
    c.header = str_of(sign("tea", "v0:1000:x:{}"));
    CHECK_INT(body(a, c, "{}", 940, &mark), AUTH_GOOD);
    CHECK_INT(body(a, c, "{}", 1060, &mark), AUTH_GOOD);
    CHECK_INT(body(a, c, "{}", 939, &mark), AUTH_STALE);
    CHECK_INT(body(a, c, "{}", 1061, &mark), AUTH_STALE);
    auth_remember(a, &mark, 1000);
    CHECK_INT(body(a, c, "{}", 1060, &mark), AUTH_REPLAY);
    c.timestamp = str_of("1001");
    CHECK_INT(body(a, c, "{}", 1000, &mark), AUTH_WRONG);
    static const char *const none[] = {"", "-1", "1e3", "1000 ", "9999999999999", NULL};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        c.timestamp = str_of(none[i]);
        CHECK_INT(body(a, c, "{}", 1000, &mark), AUTH_STALE);
    }
    auth_free(a);
}

int main(void) {
    RUN(secrets);
    RUN(signatures);
    RUN(replays);
    RUN(timestamps);
    return check_done();
}
