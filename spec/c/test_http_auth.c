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

/* What the senders' own documentation shows. */
static void published(void) {
    static const struct {
        struct auth_options o;
        const char *header, *timestamp, *id, *body;
        int64_t now_s;
    } rows[] = {
        /* GitHub, "Validating webhook deliveries" */
        {{.secret = "It's a Secret to Everybody", .header = "X-Hub-Signature-256"},
         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
         NULL,
         NULL,
         "Hello, World!",
         1000},
        /* Slack, "Verifying requests from Slack" */
        {{.secret = "8f742231b10e8888abcd99yyyzzz85a5",
          .header = "X-Slack-Signature",
          .timestamp_header = "X-Slack-Request-Timestamp",
          .signs = "v0:{timestamp}:{body}"},
         "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
         "1531420618",
         NULL,
         "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
         "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
         "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%"
         "2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
         1531420618},
        /* Standard Webhooks: the vector of its libraries' specs */
        {{.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          .header = "webhook-signature",
          .timestamp_header = "webhook-timestamp",
          .id_header = "webhook-id",
          .signs = "{id}.{timestamp}.{body}",
          .is_standard = true},
         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
         "1614265330",
         "msg_p5jXN8AQM9LWM0D4loKWxJek",
         "{\"test\": 2432232314}",
         1614265330},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct auth_options o = rows[i].o;
        struct auth_mark mark;
        o.kind = AUTH_HMAC;
        o.window_s = 300;
        struct auth *a = auth_new(&o);
        struct auth_claim c = {.header = str_of(rows[i].header),
                               .timestamp = str_of(rows[i].timestamp),
                               .id = str_of(rows[i].id)};
        CHECK_INT(body(a, c, rows[i].body, rows[i].now_s, &mark), AUTH_GOOD);
        CHECK_INT(body(a, c, "Hello, World?", rows[i].now_s, &mark), AUTH_WRONG);
        auth_free(a);
    }
}

/* Of several signatures one has to be right; an id may come again, under a new time and signature. */
static void standard_webhooks(void) {
#define RIGHT "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define OTHER "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
    static const struct auth_options o = {.kind = AUTH_HMAC,
                                          .secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                          .header = "webhook-signature",
                                          .timestamp_header = "webhook-timestamp",
                                          .id_header = "webhook-id",
                                          .signs = "{id}.{timestamp}.{body}",
                                          .is_standard = true,
                                          .window_s = 300};
    static const struct {
        const char *header;
        enum auth_verdict verdict;
    } rows[] = {
        {RIGHT, AUTH_GOOD},
        {OTHER " " RIGHT, AUTH_GOOD},
        {"v1a,abc v2,def  " RIGHT " " OTHER, AUTH_GOOD},
        {OTHER, AUTH_WRONG},
        {"", AUTH_WRONG},
        {" ", AUTH_WRONG},
        {"v1,", AUTH_WRONG},
        {"v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", AUTH_WRONG},
        {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE", AUTH_WRONG},
        {"v1=83484cf52b04f8e4cf2531adfed9882ad4b2665137b852442d5948cfe4e2c9d4e1", AUTH_WRONG},
        {"83484cf52b04f8e4cf2531adfed9882ad4b2665137b852442d5948cfe4e2c9d4", AUTH_WRONG},
        {NULL, AUTH_ABSENT},
    };
    struct auth *a = auth_new(&o);
    struct auth_mark mark;
    struct auth_claim c = {.timestamp = str_of("1614265330"), .id = str_of("msg_p5jXN8AQM9LWM0D4loKWxJek")};
    const char *text = "{\"test\": 2432232314}";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        c.header = str_of(rows[i].header);
        CHECK_INT(body(a, c, text, 1614265330, &mark), rows[i].verdict);
    }
    c.header = str_of(RIGHT);
    CHECK_INT(body(a, c, text, 1614265330, &mark), AUTH_GOOD);
    CHECK_INT((int)mark.count, 1);
    auth_remember(a, &mark, 1614265330);
    CHECK_INT(body(a, c, text, 1614265331, &mark), AUTH_REPLAY);
    CHECK_INT(body(a, c, text, 1614265631, &mark), AUTH_STALE);
    auth_free(a);
#undef RIGHT
#undef OTHER
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
    RUN(published);
    RUN(standard_webhooks);
    RUN(replays);
    RUN(timestamps);
    return check_done();
}
