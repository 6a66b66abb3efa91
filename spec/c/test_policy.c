/* SPDX-License-Identifier: MIT */
#include "session/policy.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

enum { NEVER = -1, HOUR = 3600000 };

static struct stream_reason reason(enum stream_end end, const char *condition, bool by_peer) {
    struct stream_reason r = {.end = end, .by_peer = by_peer};
    snprintf(r.condition, sizeof(r.condition), "%s", condition);
    return r;
}

static struct policy_step decide(struct policy *p, const struct stream_reason *r, int64_t good_ms) {
    struct policy_end end = {.reason = r, .good_ms = good_ms, .is_private = true};
    return policy_decide(p, &end);
}

/* ---- the table, row by row ---- */

static const struct expected {
    enum stream_end end;
    const char *condition;
    bool by_peer;
    enum policy_next next;
    int64_t least_ms, most_ms; /* of the first wait */
} rows[] = {
    {STREAM_END_AUTH_FINAL, "not-authorized", true, POLICY_GIVE_UP, 0, 0},
    {STREAM_END_AUTH_FINAL, "", false, POLICY_GIVE_UP, 0, 0},
    {STREAM_END_AUTH_LATER, "temporary-auth-failure", true, POLICY_WAIT, 1000, 1500},
    {STREAM_END_AUTH_LATER, "resource-constraint", true, POLICY_WAIT, 60000, 90000},
    {STREAM_END_FORGED, "", false, POLICY_WAIT, 300000, 300000},
    {STREAM_END_ERROR, "conflict", true, POLICY_WAIT, 60000, 90000},
    {STREAM_END_ERROR, "policy-violation", true, POLICY_WAIT, 60000, 90000},
    {STREAM_END_ERROR, "policy-violation", false, POLICY_WAIT, 1000, 1500},
    {STREAM_END_ERROR, "resource-constraint", true, POLICY_WAIT, 60000, 90000},
    {STREAM_END_ERROR, "host-unknown", true, POLICY_WAIT, 60000, 90000},
    {STREAM_END_ERROR, "host-gone", true, POLICY_WAIT, 60000, 90000},
    {STREAM_END_ERROR, "system-shutdown", true, POLICY_WAIT, 1000, 6500},
    {STREAM_END_ERROR, "reset", true, POLICY_WAIT, 1000, 3500},
    {STREAM_END_ERROR, "reset", false, POLICY_WAIT, 1000, 1500},
    {STREAM_END_ERROR, "internal-server-error", true, POLICY_WAIT, 1000, 1500},
    {STREAM_END_REGISTERED, "", false, POLICY_AT_ONCE, 0, 0},
    {STREAM_END_NOT_REGISTERED, "conflict", true, POLICY_AT_ONCE, 0, 0},
    {STREAM_END_PEER, "", true, POLICY_WAIT, 1000, 3500},
    {STREAM_END_TRANSPORT, "", false, POLICY_WAIT, 1000, 2500},
    {STREAM_END_TIMEOUT, "connection-timeout", false, POLICY_WAIT, 1000, 2500},
    {STREAM_END_TLS_REFUSED, "", false, POLICY_WAIT, 1000, 1500},
};

static void each_end_has_its_row(void) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct expected *e = &rows[i];
        struct stream_reason r = reason(e->end, e->condition, e->by_peer);
        for (int again = 0; again < 50; again++) {
            struct policy p = {.hops = 0};
            struct policy_step step = decide(&p, &r, NEVER);
            CHECK(step.next == e->next);
            CHECK(step.delay_ms >= e->least_ms && step.delay_ms <= e->most_ms);
            policy_finish(&p);
        }
    }
}

/* RFC 6120 3.3: those whom a server has lost do not come back in one moment. */
static void the_first_wait_differs(void) {
    static const struct stream_reason lost = {.end = STREAM_END_TRANSPORT};
    int64_t low = INT64_MAX, high = 0;
    for (int i = 0; i < 200; i++) {
        struct policy p = {.hops = 0};
        int64_t delay = decide(&p, &lost, HOUR).delay_ms;
        low = delay < low ? delay : low;
        high = delay > high ? delay : high;
    }
    CHECK(high - low > 700);
}

/* ---- from attempt to attempt ---- */

static void complaints_lengthen_the_wait(void) {
    static const int64_t least[] = {60000, 120000, 240000, 300000, 300000};
    struct stream_reason r = reason(STREAM_END_ERROR, "policy-violation", true);
    struct policy p = {.hops = 0};
    for (size_t i = 0; i < 5; i++) {
        int64_t delay = decide(&p, &r, 20).delay_ms;
        CHECK(delay >= least[i] && delay <= BACKOFF_MOST_MS);
    }
}

/* Two who throw each other out are online for as long as the other one waits. */
static void a_conflict_is_no_fight(void) {
    struct stream_reason r = reason(STREAM_END_ERROR, "conflict", true);
    struct policy a = {.hops = 0}, b = {.hops = 0};
    int64_t good = 60000;
    for (int i = 0; i < 4; i++) {
        good = decide(&a, &r, good).delay_ms;
        good = decide(&b, &r, good).delay_ms;
    }
    CHECK(good >= 300000);
    CHECK(decide(&a, &r, 24 * HOUR).delay_ms <= 90000);
}

static void a_line_that_breaks_lengthens_nothing(void) {
    static const struct stream_reason lost = {.end = STREAM_END_TRANSPORT};
    struct policy p = {.hops = 0};
    for (int i = 0; i < 20; i++)
        CHECK(decide(&p, &lost, 1000).delay_ms <= 2500);
    for (int i = 0; i < 3; i++) /* but one that is not there does */
        decide(&p, &lost, NEVER);
    CHECK(decide(&p, &lost, NEVER).delay_ms >= 8000);
    int64_t base = p.backoff.base_ms;
    decide(&p, &lost, 1200);
    CHECK(p.backoff.base_ms == base);
    decide(&p, &lost, 999);
    CHECK(p.backoff.base_ms == 2 * base);
}

static void what_was_said_too_early_is_said_later_at_once(void) {
    struct stream_reason r = reason(STREAM_END_ERROR, "conflict", true);
    struct policy p = {.hops = 0};
    r.asked_too_much = true;
    CHECK(decide(&p, &r, NEVER).next == POLICY_AT_ONCE && p.is_patient);
    CHECK(decide(&p, &r, NEVER).next == POLICY_WAIT);
}

/* ---- see-other-host ---- */

static struct stream_reason elsewhere(const char *place) {
    struct stream_reason r = reason(STREAM_END_ERROR, "see-other-host", true);
    snprintf(r.place, sizeof(r.place), "%s", place);
    return r;
}

static void follows_a_redirect(void) {
    static const struct {
        const char *text, *host;
        uint16_t port;
    } good[] = {{"b.example.org", "b.example.org", 0},
                {"b.example.org:9222", "b.example.org", 9222},
                {"192.0.2.7:5222", "192.0.2.7", 5222},
                {"[2001:41D0:1:A49b::1]:9222", "2001:41D0:1:A49b::1", 9222},
                {"[::1]", "::1", 0}};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct policy p = {.hops = 0};
        struct stream_reason r = elsewhere(good[i].text);
        struct policy_step step = decide(&p, &r, NEVER);
        CHECK(step.next == POLICY_REDIRECT && step.delay_ms == 0 && step.refused == NULL);
        CHECK(p.place.host != NULL && strcmp(p.place.host, good[i].host) == 0);
        CHECK(p.place.port == good[i].port);
        policy_finish(&p);
    }
}

static void refuses_what_is_no_place(void) {
    static const char *const bad[] = {"",       "host:",      "host:0",        "host:65536",  "host:5222x",
                                      "[::1",   "2001:db8::", "http://host/x", "a b.example", "-host\n",
                                      "[::1]x", "a/b",        "user@host",     "host:+5222"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct policy p = {.hops = 0};
        struct stream_reason r = elsewhere(bad[i]);
        struct policy_step step = decide(&p, &r, NEVER);
        CHECK(step.next == POLICY_WAIT && step.delay_ms >= 1000);
        CHECK(step.refused != NULL && strstr(step.refused, "host:port") != NULL);
        CHECK(p.place.host == NULL);
    }
}

static void believes_none_that_anybody_can_have_said(void) {
    struct policy p = {.hops = 0};
    struct stream_reason r = elsewhere("b.example.org");
    struct policy_end end = {.reason = &r, .good_ms = NEVER};
    struct policy_step step = policy_decide(&p, &end);
    CHECK(step.next == POLICY_WAIT && strstr(step.refused, "TLS") != NULL && p.place.host == NULL);
    end.is_private = end.is_websocket = true;
    step = policy_decide(&p, &end);
    CHECK(step.next == POLICY_WAIT && strstr(step.refused, "WebSocket") != NULL && p.place.host == NULL);
    r.by_peer = false;
    end.is_websocket = false;
    CHECK(policy_decide(&p, &end).next == POLICY_WAIT && p.place.host == NULL);
}

static void runs_in_no_circle(void) {
    struct policy p = {.hops = 0};
    struct stream_reason r = elsewhere("b.example.org");
    for (int i = 0; i < POLICY_HOPS_MAX; i++) /* sessions that are over at once count for nothing */
        CHECK(decide(&p, &r, i % 2 ? 50 : NEVER).next == POLICY_REDIRECT);
    struct policy_step step = decide(&p, &r, NEVER);
    CHECK(step.next == POLICY_WAIT && step.delay_ms >= 60000 && strstr(step.refused, "round") != NULL);
    CHECK(decide(&p, &r, NEVER).next == POLICY_REDIRECT);
    for (int i = 0; i < 20; i++)
        CHECK(decide(&p, &r, HOUR).next == POLICY_REDIRECT);
    policy_finish(&p);
}

static void comes_back_to_the_configured_place(void) {
    static const struct stream_reason lost = {.end = STREAM_END_TRANSPORT};
    struct policy p = {.hops = 0};
    struct stream_reason r = elsewhere("b.example.org");
    decide(&p, &r, NEVER);
    CHECK(p.place.host != NULL);
    decide(&p, &lost, HOUR);
    CHECK(p.place.host == NULL && p.hops == 0);
}

int main(void) {
    RUN(each_end_has_its_row);
    RUN(the_first_wait_differs);
    RUN(complaints_lengthen_the_wait);
    RUN(a_conflict_is_no_fight);
    RUN(a_line_that_breaks_lengthens_nothing);
    RUN(what_was_said_too_early_is_said_later_at_once);
    RUN(follows_a_redirect);
    RUN(refuses_what_is_no_place);
    RUN(believes_none_that_anybody_can_have_said);
    RUN(runs_in_no_circle);
    RUN(comes_back_to_the_configured_place);
    return check_done();
}
