/* SPDX-License-Identifier: MIT */
/* What SRV records mean for where we go (RFC 6120 3.2, XEP-0368), and which of many addresses wins. */
#include "check.h"
#include "fake_dns.h"

#include "net/conn.h"
#include "net/route.h"
#include "net/tcp_dial.h"

#include <netinet/tcp.h>
#include <stdlib.h>

#define CLIENT(domain) "_xmpp-client._tcp." domain
#define DIRECT(domain) "_xmpps-client._tcp." domain

/* A socket of an address and port; listening when backlog >= 0. */
static int bound(const char *ip, uint16_t *port, int backlog) {
    union address a;
    socklen_t len = sizeof(a);
    CHECK(address_parse(ip, *port, &a));
    int fd = socket(a.any.sa_family, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &a.any, a.any.sa_family == AF_INET ? sizeof(a.in) : sizeof(a.in6)) != 0) {
        close(fd);
        return -1;
    }
    if (backlog >= 0)
        CHECK_INT(listen(fd, backlog), 0);
    getsockname(fd, &a.any, &len);
    *port = ntohs(a.in.sin_port);
    return fd;
}

/* ---- a trip: a route, and where it ends ---- */

struct trip {
    struct fake_dns server;
    struct loop *loop;
    struct dns *dns;
    struct route *route;
    struct conn_memory *memory;
    struct buf got; /* "v4.test (127.0.0.7:99)", "direct …", "!why"; with `refuse`: one after the other */
    int refuse;     /* so many targets are no good */
    int64_t dead_after_ms, share_ms;
    void (*look)(uv_tcp_t *tcp);
};

static void start(struct trip *t, const struct fact *facts) {
    struct err err = ERR_INIT;
    char address[32];
    *t = (struct trip){.loop = loop_new(&err)};
    fake_dns_start(&t->server, facts);
    t->dns = dns_new(t->loop, fake_dns_address(&t->server, address), &err);
    CHECK_STR(err.text, "");
}

static void finish(struct trip *t) {
    conn_memory_free(t->memory);
    dns_free(t->dns);
    loop_free(t->loop);
    buf_finish(&t->got);
    fake_dns_finish(&t->server);
}

static void on_route(void *ctx, const struct route_reached *at, const char *why) {
    struct trip *t = ctx;
    if (buf_len(&t->got) > 0)
        buf_lit(&t->got, " | ");
    if (at == NULL) {
        buf_addf(&t->got, "%s!%s", route_was_a_guess(t->route) ? "guess " : "", why);
        route_free(t->route);
        return;
    }
    CHECK_HAS(at->who, at->peer);
    buf_addf(&t->got, "%s%s", at->direct_tls ? "direct " : "", at->who);
    t->share_ms = at->until_ms - loop_now_ms(t->loop);
    if (t->look != NULL)
        t->look(at->tcp);
    tcp_close(at->tcp);
    if (t->refuse-- > 0) {
        route_blame(t->route);
        route_next(t->route, "it is no good");
        return;
    }
    route_free(t->route);
}

static const char *go(struct trip *t, struct conn_target target) {
    buf_clear(&t->got);
    target.memory = t->memory;
    t->route = route_new(t->loop, t->dns, &target, on_route, t);
    CHECK_INT(buf_len(&t->got), 0); /* never before it has returned */
    loop_run(t->loop);
    return buf_data(&t->got);
}

static const char *go_to(struct trip *t, const char *domain) {
    return go(t, (struct conn_target){.domain = domain});
}

/* "want" with the port for each %u. */
#define CHECK_WENT(got, ...)                                                                                 \
    do {                                                                                                     \
        char want_text[400];                                                                                 \
        snprintf(want_text, sizeof(want_text), __VA_ARGS__);                                                 \
        CHECK_STR(got, want_text);                                                                           \
    } while (0)

/* ---- RFC 6120 3.2 ---- */

static void routes_follow_srv(void) {
    struct trip t;
    uint16_t port = 0, shut = 0;
    int fd = bound("127.0.0.7", &port, 8);
    close(bound("127.0.0.7", &shut, -1)); /* nobody listens there now */
    const struct fact facts[] = {
        {.name = CLIENT("go.test"), .type = SRV, .port = port, .value = "v4.test"},
        {.name = CLIENT("next.test"), .type = SRV, .port = shut, .value = "v4.test"},
        {.name = CLIENT("next.test"), .type = SRV, .priority = 1, .port = 9, .value = "gone.test"},
        {.name = CLIENT("next.test"), .type = SRV, .priority = 2, .port = port, .value = "v4.test"},
        {.name = CLIENT("shut.test"), .type = SRV, .port = shut, .value = "v4.test"},
        {.name = CLIENT("lost.test"), .type = SRV, .port = shut, .value = "v4.test"},
        {.name = CLIENT("lost.test"), .type = SRV, .priority = 1, .port = 9, .value = "gone.test"},
        {.name = "far.test", .type = A, .value = "192.0.2.1"},
        {.name = "v4.test", .type = A, .value = "127.0.0.7"},
        {.name = NULL}};
    start(&t, facts);
    CHECK_WENT(go_to(&t, "go.test"), "v4.test (127.0.0.7:%u)", port);
    CHECK_WENT(go_to(&t, "GO.test."), "v4.test (127.0.0.7:%u)", port);
    CHECK_WENT(go_to(&t, "next.test"), "v4.test (127.0.0.7:%u)", port);
    CHECK_WENT(go_to(&t, "shut.test"), "!cannot connect to v4.test (127.0.0.7:%u): connection refused",
               shut); /* and not shut.test:5222 */
    CHECK_WENT(go_to(&t, "lost.test"),
               "!cannot find gone.test: no such name in DNS; before that: cannot connect to v4.test "
               "(127.0.0.7:%u): connection refused",
               shut);
    CHECK_STR(go_to(&t, "nobody.test"), "guess !cannot find nobody.test: no such name in DNS");
    CHECK_STR(go(&t, (struct conn_target){.domain = "far.test", .loopback_only = true}),
              "guess !far.test is at 192.0.2.1:5222, which is not this machine; without TLS only loopback "
              "addresses "
              "are allowed");
    CHECK_STR(go_to(&t, "a..b"), "!\"a..b\" is not a domain name");
    finish(&t);
    close(fd);
}

static void a_given_host_asks_for_no_service(void) {
    struct trip t;
    uint16_t port = 0;
    int fd = bound("127.0.0.7", &port, 8);
    const struct fact facts[] = {{.name = CLIENT("v4.test"), .type = SRV, .value = "."},
                                 {.name = "v4.test", .type = A, .value = "127.0.0.7"},
                                 {.name = NULL}};
    start(&t, facts);
    CHECK_WENT(go(&t, (struct conn_target){.domain = "x.test", .host = "v4.test", .port = port}),
               "v4.test (127.0.0.7:%u)", port);
    CHECK_WENT(go(&t, (struct conn_target){.domain = "x.test", .host = "127.0.0.7", .port = port}),
               "127.0.0.7:%u", port);
    CHECK_WENT(
        go(&t,
           (struct conn_target){.domain = "x.test", .host = "127.0.0.7", .port = port, .mode = CONN_DIRECT}),
        "direct 127.0.0.7:%u", port);
    finish(&t);
    close(fd);
}

/* The port says how TLS begins, where nothing else does; and the mode says the port. */
static void ports_and_modes(void) {
    static const struct {
        enum conn_mode mode;
        uint16_t port, want;
    } rows[] = {{CONN_AUTO, 0, 5222},        {CONN_AUTO, 5223, 5223}, {CONN_STARTTLS, 0, 5222},
                {CONN_STARTTLS, 5223, 5223}, {CONN_DIRECT, 0, 5223},  {CONN_DIRECT, 5222, 5222}};
    static const struct fact facts[] = {{.name = NULL}};
    struct trip t;
    start(&t, facts);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = go(&t, (struct conn_target){.domain = "x.test",
                                                      .host = "127.0.0.77", /* nobody is there */
                                                      .port = rows[i].port,
                                                      .mode = rows[i].mode});
        CHECK_WENT(got, "!cannot connect to 127.0.0.77:%u: connection refused", rows[i].want);
    }
    finish(&t);
}

/* RFC 6120 3.2.1: every address of a target, then the next target. */
static void every_address_is_tried(void) {
    struct trip t;
    uint16_t port = 0;
    int fd = bound("127.0.0.9", &port, 8);
    const struct fact facts[] = {
        {.name = CLIENT("many.test"), .type = SRV, .port = port, .value = "many.test"},
        {.name = "many.test", .type = A, .value = "127.0.0.7"},
        {.name = "many.test", .type = A, .value = "127.0.0.8"},
        {.name = "many.test", .type = A, .value = "127.0.0.9"},
        {.name = CLIENT("xn--bcher-kva.test"), .type = SRV, .port = port, .value = "many.test"},
        {.name = NULL}};
    start(&t, facts);
    CHECK_WENT(go_to(&t, "many.test"), "many.test (127.0.0.9:%u)", port);
    CHECK_WENT(go_to(&t, "b\xc3\xbc"
                         "cher.test"),
               "many.test (127.0.0.9:%u)", port);
    finish(&t);
    close(fd);
}

/* ---- XEP-0368 ---- */

static void both_services_are_one_list(void) {
    struct trip t;
    uint16_t a = 0, b = 0, c = 0;
    int fds[] = {bound("127.0.0.7", &a, 8), bound("127.0.0.7", &b, 8), bound("127.0.0.7", &c, 8)};
    const struct fact facts[] = {
        {.name = CLIENT("mix.test"), .type = SRV, .priority = 10, .port = b, .value = "v4.test"},
        {.name = DIRECT("mix.test"), .type = SRV, .priority = 5, .port = a, .value = "v4.test"},
        {.name = DIRECT("mix.test"), .type = SRV, .priority = 20, .port = c, .value = "v4.test"},
        {.name = "v4.test", .type = A, .value = "127.0.0.7"},
        {.name = NULL}};
    start(&t, facts);
    t.refuse = 3;
    CHECK_WENT(go_to(&t, "mix.test"),
               "direct v4.test (127.0.0.7:%u) | v4.test (127.0.0.7:%u) | direct v4.test (127.0.0.7:%u) | "
               "!it is no good; before that: it is no good; before that: it is no good",
               a, b, c);
    t.refuse = 0;
    CHECK_WENT(go(&t, (struct conn_target){.domain = "mix.test", .mode = CONN_STARTTLS}),
               "v4.test (127.0.0.7:%u)", b);
    CHECK_WENT(go(&t, (struct conn_target){.domain = "mix.test", .mode = CONN_DIRECT}),
               "direct v4.test (127.0.0.7:%u)", a);
    CHECK_INT(dns_asked(t.dns), 4); /* two services, two families */
    finish(&t);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

static void a_dot_is_an_end(void) {
    static const struct {
        const char *domain;
        enum conn_mode mode;
        const char *want; /* NULL: the target */
    } rows[] = {
        {"both.test", CONN_AUTO, "!both.test offers no XMPP service to clients: its SRV record says \".\""},
        {"plain.test", CONN_AUTO, "!plain.test offers no XMPP service to clients: its SRV record says \".\""},
        {"direct.test", CONN_AUTO,
         "!direct.test offers no XMPP service to clients: its SRV record says \".\""},
        {"sick.test", CONN_AUTO, "!sick.test offers no XMPP service to clients: its SRV record says \".\""},
        {"half.test", CONN_AUTO, NULL},
        {"half.test", CONN_DIRECT,
         "!half.test offers no XMPP service to clients with direct TLS: its SRV record says \".\""},
        {"plain.test", CONN_STARTTLS,
         "!plain.test offers no XMPP service to clients with STARTTLS: its SRV record says \".\""},
    };
    struct trip t;
    uint16_t port = 0;
    int fd = bound("127.0.0.7", &port, 8);
    const struct fact facts[] = {{.name = CLIENT("both.test"), .type = SRV, .value = "."},
                                 {.name = DIRECT("both.test"), .type = SRV, .value = "."},
                                 {.name = CLIENT("plain.test"), .type = SRV, .value = "."},
                                 {.name = DIRECT("direct.test"), .type = SRV, .value = "."},
                                 {.name = CLIENT("sick.test"), .how = FAILING},
                                 {.name = DIRECT("sick.test"), .type = SRV, .value = "."},
                                 {.name = DIRECT("half.test"), .type = SRV, .value = "."},
                                 {.name = CLIENT("half.test"), .type = SRV, .port = port, .value = "v4.test"},
                                 {.name = "both.test", .type = A, .value = "127.0.0.7"},
                                 {.name = "plain.test", .type = A, .value = "127.0.0.7"},
                                 {.name = "direct.test", .type = A, .value = "127.0.0.7"},
                                 {.name = "sick.test", .type = A, .value = "127.0.0.7"},
                                 {.name = "v4.test", .type = A, .value = "127.0.0.7"},
                                 {.name = NULL}};
    start(&t, facts);
    dns_set_patience(t.dns, 60000, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = go(&t, (struct conn_target){.domain = rows[i].domain, .mode = rows[i].mode});
        if (rows[i].want != NULL)
            CHECK_STR(got, rows[i].want);
        else
            CHECK_WENT(got, "v4.test (127.0.0.7:%u)", port);
    }
    finish(&t);
    close(fd);
}

/* RFC 6120 3.2.2: no records, or no answer at all: the domain itself. Nobody is at 127.0.0.77. */
static void without_records_the_domain_itself(void) {
    static const struct fact facts[] = {{.name = "self.test", .type = A, .value = "127.0.0.77"},
                                        {.name = CLIENT("mute.test"), .how = SILENT},
                                        {.name = DIRECT("mute.test"), .how = FAILING},
                                        {.name = "mute.test", .type = A, .value = "127.0.0.77"},
                                        {.name = NULL}};
    struct trip t;
    start(&t, facts);
    dns_set_patience(t.dns, 2000, 1);
    CHECK_STR(go_to(&t, "self.test"),
              "guess !cannot connect to self.test (127.0.0.77:5222): connection refused");
    CHECK_STR(go_to(&t, "mute.test"),
              "guess !cannot connect to mute.test (127.0.0.77:5222): connection refused");
    CHECK_STR(go(&t, (struct conn_target){.domain = "self.test", .mode = CONN_DIRECT}),
              "guess !cannot connect to self.test (127.0.0.77:5223): connection refused");
    CHECK_STR(go_to(&t, "127.0.0.77"), "!cannot connect to 127.0.0.77:5222: connection refused");
    finish(&t);
}

/* ---- a target that takes the connection and is no good ---- */

static void a_bad_target_does_not_stop_us_for_ever(void) {
    struct trip t;
    uint16_t a = 0, b = 0;
    int fds[] = {bound("127.0.0.7", &a, 8), bound("127.0.0.7", &b, 8)};
    const struct fact facts[] = {
        {.name = DIRECT("mix.test"), .type = SRV, .priority = 5, .port = a, .value = "v4.test"},
        {.name = CLIENT("mix.test"), .type = SRV, .priority = 10, .port = b, .value = "v4.test"},
        {.name = "v4.test", .type = A, .value = "127.0.0.7"},
        {.name = NULL}};
    start(&t, facts);
    t.memory = conn_memory_new();
    t.refuse = 1;
    CHECK_WENT(go_to(&t, "mix.test"), "direct v4.test (127.0.0.7:%u) | v4.test (127.0.0.7:%u)", a, b);
    t.refuse = 0;
    CHECK_WENT(go_to(&t, "mix.test"), "v4.test (127.0.0.7:%u)", b); /* the other one first */
    t.refuse = 1;
    CHECK_WENT(go_to(&t, "mix.test"), "v4.test (127.0.0.7:%u) | direct v4.test (127.0.0.7:%u)", b, a);
    finish(&t);
    close(fds[0]);
    close(fds[1]);
}

static void the_time_is_shared(void) {
    struct trip t;
    uint16_t port = 0;
    int fd = bound("127.0.0.7", &port, 8);
    const struct fact facts[] = {
        {.name = CLIENT("one.test"), .type = SRV, .port = port, .value = "v4.test"},
        {.name = CLIENT("three.test"), .type = SRV, .port = port, .value = "v4.test"},
        {.name = CLIENT("three.test"), .type = SRV, .priority = 1, .port = port, .value = "v4.test"},
        {.name = CLIENT("three.test"), .type = SRV, .priority = 2, .port = port, .value = "v4.test"},
        {.name = "v4.test", .type = A, .value = "127.0.0.7"},
        {.name = NULL}};
    start(&t, facts);
    go_to(&t, "one.test");
    CHECK(t.share_ms > 20000 && t.share_ms <= 30000);
    go_to(&t, "three.test");
    CHECK(t.share_ms > 5000 && t.share_ms <= 10000);
    t.refuse = 2;
    go_to(&t, "three.test"); /* the last one has what is left */
    CHECK(t.share_ms > 20000 && t.share_ms <= 30000);
    finish(&t);
    close(fd);
}

enum { CROWD = 8 };

/* A listener that answers nobody any more: its queue is full. */
static int silent_listener(uint16_t *port, int crowd[CROWD]) {
    union address a;
    int fd = bound("127.0.0.7", port, 0);
    CHECK(address_parse("127.0.0.7", *port, &a));
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(crowd[i], &a.any, sizeof(a.in));
    }
    return fd;
}

static void a_silent_target_leaves_time_for_the_next(void) {
    struct trip t;
    uint16_t silent = 0, port = 0;
    int crowd[CROWD], fds[] = {silent_listener(&silent, crowd), bound("127.0.0.7", &port, 8)};
    const struct fact facts[] = {
        {.name = CLIENT("two.test"), .type = SRV, .port = silent, .value = "v4.test"},
        {.name = CLIENT("two.test"), .type = SRV, .priority = 1, .port = port, .value = "v4.test"},
        {.name = CLIENT("one.test"), .type = SRV, .port = silent, .value = "v4.test"},
        {.name = CLIENT("mute.test"), .how = SILENT},
        {.name = "v4.test", .type = A, .value = "127.0.0.7"},
        {.name = NULL}};
    start(&t, facts);
    dns_set_patience(t.dns, 2000, 1);
    t.memory = conn_memory_new();
    int64_t begin_ms = loop_now_ms(t.loop);
    CHECK_WENT(go(&t, (struct conn_target){.domain = "two.test", .timeout_ms = 6000}),
               "v4.test (127.0.0.7:%u)", port);
    CHECK(loop_now_ms(t.loop) - begin_ms >= 3000);
    begin_ms = loop_now_ms(t.loop);
    CHECK_WENT(go(&t, (struct conn_target){.domain = "two.test", .timeout_ms = 60000}),
               "v4.test (127.0.0.7:%u)", port);
    CHECK(loop_now_ms(t.loop) - begin_ms < 20000); /* it was the first this time */
    CHECK_STR(go(&t, (struct conn_target){.domain = "one.test", .timeout_ms = 2000}),
              "!no connection to v4.test in time");
    CHECK_STR(go(&t, (struct conn_target){.domain = "mute.test", .timeout_ms = 100}),
              "!DNS does not answer for mute.test in time");
    finish(&t);
    for (int i = 0; i < CROWD; i++)
        close(crowd[i]);
    close(fds[0]);
    close(fds[1]);
}

static void a_route_can_be_given_up(void) {
    static const struct fact facts[] = {{.name = CLIENT("mute.test"), .how = SILENT}, {.name = NULL}};
    struct trip t;
    start(&t, facts);
    struct conn_target mute = {.domain = "mute.test"}, wrong = {.domain = "a..b"};
    route_free(route_new(t.loop, t.dns, &mute, on_route, &t));
    route_free(route_new(t.loop, t.dns, &wrong, on_route, &t));
    struct conn_target nobody = {.domain = "x.test", .host = "127.0.0.77"};
    route_free(route_new(t.loop, t.dns, &nobody, on_route, &t));
    route_free(NULL);
    route_blame(NULL);
    route_praise(NULL);
    finish(&t);
    CHECK_INT(buf_len(&t.got), 0);
}

/* ---- happy eyeballs (RFC 8305) ---- */

static bool has_six(void) {
    uint16_t port = 0;
    int fd = bound("::1", &port, -1);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Sockets of one port, on ::1 and 127.0.0.7; each listens or does not. */
static void pair(int fds[2], uint16_t *port, bool six, bool four) {
    for (;;) {
        *port = 0;
        fds[0] = bound("::1", port, six ? 8 : -1);
        fds[1] = bound("127.0.0.7", port, four ? 8 : -1);
        if (fds[1] >= 0)
            return;
        close(fds[0]);
    }
}

/* Lets go of what is LATE once both families were asked for. */
struct releaser {
    struct loop_timer timer;
    struct trip *trip;
};

static void on_release(struct loop_timer *timer) {
    struct releaser *r = (struct releaser *)timer;
    if (__atomic_load_n(&r->trip->server.questions, __ATOMIC_ACQUIRE) < 2)
        loop_timer_in(r->trip->loop, timer, 5);
    else
        fake_dns_release(&r->trip->server);
}

static void eyes(enum behaviour aaaa, enum behaviour a, bool six, bool four, const char *want) {
    struct trip t;
    int fds[2];
    uint16_t port;
    pair(fds, &port, six, four);
    const struct fact facts[] = {{.name = "host.test", .type = AAAA, .value = "::1", .how = aaaa},
                                 {.name = "host.test", .type = A, .value = "127.0.0.7", .how = a},
                                 {.name = NULL}};
    start(&t, facts);
    struct releaser releaser = {.timer = {.fire = on_release}, .trip = &t};
    if (aaaa == LATE || a == LATE)
        loop_timer_in(t.loop, &releaser.timer, 5);
    else
        dns_set_patience(t.dns, 1500, 1);
    CHECK_WENT(go(&t, (struct conn_target){.domain = "x.test", .host = "host.test", .port = port}), want,
               port);
    finish(&t);
    close(fds[0]);
    close(fds[1]);
}

#define SIX  "host.test ([::1]:%u)"
#define FOUR "host.test (127.0.0.7:%u)"

static void six_comes_before_four(void) {
    if (!has_six())
        return;
    eyes(ANSWER, ANSWER, true, true, SIX);
    eyes(ANSWER, ANSWER, false, true, FOUR);
    eyes(ANSWER, ANSWER, true, false, SIX);
    eyes(ANSWER, ANSWER, false, false, "!cannot connect to " FOUR ": connection refused");
}

static void a_late_family_still_counts(void) {
    if (!has_six())
        return;
    eyes(LATE, ANSWER, true, false, SIX);
    eyes(ANSWER, LATE, false, true, FOUR);
    eyes(LATE, LATE, true, true, SIX);
    eyes(LATE, LATE, false, false, "!cannot connect to " FOUR ": connection refused");
}

static void a_family_without_answer_is_not_waited_for(void) {
    if (!has_six())
        return;
    eyes(SILENT, ANSWER, true, true, FOUR);
    eyes(ANSWER, SILENT, true, true, SIX);
    eyes(FAILING, ANSWER, true, true, FOUR);
    eyes(ANSWER, FAILING, true, true, SIX);
    eyes(SILENT, SILENT, true, true, "!cannot find host.test: no DNS server answers");
}

/* ---- what the kernel is told ---- */

static int option(uv_tcp_t *tcp, int level, int name) {
    uv_os_fd_t fd;
    int value = -1;
    socklen_t len = sizeof(value);
    uv_fileno((uv_handle_t *)tcp, &fd);
    CHECK_INT(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static void look_at_options(uv_tcp_t *tcp) {
    CHECK_INT(option(tcp, IPPROTO_TCP, TCP_NODELAY), 1);
    CHECK_INT(option(tcp, SOL_SOCKET, SO_KEEPALIVE), 1);
    CHECK_INT(option(tcp, IPPROTO_TCP, TCP_USER_TIMEOUT), 75000);
}

static void look_at_defaults(uv_tcp_t *tcp) {
    CHECK_INT(option(tcp, IPPROTO_TCP, TCP_NODELAY), 1);
    CHECK_INT(option(tcp, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
}

static void the_socket_is_set_up(void) {
    static const struct fact facts[] = {{.name = NULL}};
    struct trip t;
    uint16_t port = 0;
    int fd = bound("127.0.0.7", &port, 8);
    start(&t, facts);
    struct conn_target target = {
        .domain = "x.test", .host = "127.0.0.7", .port = port, .dead_after_ms = 75000};
    t.look = look_at_options;
    CHECK_WENT(go(&t, target), "127.0.0.7:%u", port);
    target.dead_after_ms = 0;
    t.look = look_at_defaults;
    CHECK_WENT(go(&t, target), "127.0.0.7:%u", port);
    finish(&t);
    close(fd);
}

int main(void) {
    RUN(routes_follow_srv);
    RUN(a_given_host_asks_for_no_service);
    RUN(ports_and_modes);
    RUN(every_address_is_tried);
    RUN(both_services_are_one_list);
    RUN(a_dot_is_an_end);
    RUN(without_records_the_domain_itself);
    RUN(a_bad_target_does_not_stop_us_for_ever);
    RUN(the_time_is_shared);
    RUN(a_silent_target_leaves_time_for_the_next);
    RUN(a_route_can_be_given_up);
    RUN(six_comes_before_four);
    RUN(a_late_family_still_counts);
    RUN(a_family_without_answer_is_not_waited_for);
    RUN(the_socket_is_set_up);
    return check_done();
}
