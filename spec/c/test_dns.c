/* SPDX-License-Identifier: MIT */
/*
 * Names, against a DNS server of this test's: one thread, one UDP socket on loopback, answers from a table.
 * What is not in the table does not exist; what is SILENT gets no answer.
 */
#include "check.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/conn.h"
#include "net/dns.h"
#include "net/route.h"
#include "net/srv.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { A = 1, AAAA = 28, SRV = 33, SILENT = -1, BROKEN = -2 };

struct fact {
    const char *name;
    int type;
    int priority, weight, port; /* SRV; priority < 0: SILENT, BROKEN */
    const char *value;          /* address or target; NULL: no data */
};

struct server {
    const struct fact *facts; /* ends with name NULL */
    int fd;
    uint16_t port;
    int questions;
    pthread_t thread;
};

static void put16(struct buf *b, unsigned v) {
    buf_addc(b, (char)(v >> 8));
    buf_addc(b, (char)v);
}

static void put_name(struct buf *b, const char *name) {
    while (*name != '\0' && strcmp(name, ".") != 0) {
        size_t len = strcspn(name, ".");
        buf_addc(b, (char)len);
        buf_add(b, name, len);
        name += len + (name[len] == '.');
    }
    buf_addc(b, 0);
}

static void put_value(struct buf *b, const struct fact *f) {
    unsigned char bytes[16];
    if (f->type == SRV) {
        put16(b, (unsigned)f->priority);
        put16(b, (unsigned)f->weight);
        put16(b, (unsigned)f->port);
        put_name(b, f->value);
        return;
    }
    inet_pton(f->type == A ? AF_INET : AF_INET6, f->value, bytes);
    buf_add(b, bytes, f->type == A ? 4 : 16);
}

static void put_answer(struct buf *b, const struct fact *f) {
    struct buf value = BUF_INIT;
    put16(b, 0xc00c); /* the name of the question */
    put16(b, (unsigned)f->type);
    put16(b, 1);
    put16(b, 0);
    put16(b, 60); /* time to live */
    put_value(&value, f);
    put16(b, (unsigned)buf_len(&value));
    buf_add(b, buf_data(&value), buf_len(&value));
    buf_finish(&value);
}

/* The name and type of the only question; returns its length. */
static size_t read_question(const unsigned char *q, char *name, int *type) {
    size_t at = 12, n = 0;
    while (q[at] != 0) {
        memcpy(name + n, q + at + 1, q[at]);
        n += q[at];
        name[n++] = '.';
        at += q[at] + 1u;
    }
    name[n ? n - 1 : 0] = '\0';
    *type = q[at + 1] << 8 | q[at + 2];
    return at + 5 - 12;
}

/* False: silence. */
static bool make_reply(struct server *s, const unsigned char *query, struct buf *out) {
    char name[256];
    int type, answers = 0;
    bool known = false;
    size_t len = read_question(query, name, &type);
    s->questions++;
    for (const struct fact *f = s->facts; f->name != NULL; f++) {
        if (strcmp(f->name, name) != 0)
            continue;
        known = true;
        if (f->priority == SILENT)
            return false;
        if (f->priority == BROKEN) {
            buf_lit(out, "junk");
            return true;
        }
        answers += f->type == type && f->value != NULL;
    }
    buf_add(out, query, 2);
    put16(out, known ? 0x8180 : 0x8183); /* no such name */
    put16(out, 1);
    put16(out, (unsigned)answers);
    put16(out, 0);
    put16(out, 0);
    buf_add(out, query + 12, len);
    for (const struct fact *f = s->facts; answers > 0 && f->name != NULL; f++)
        if (strcmp(f->name, name) == 0 && f->type == type && f->value != NULL)
            put_answer(out, f);
    return true;
}

static void *serve(void *arg) {
    struct server *s = arg;
    unsigned char query[512];
    struct sockaddr_in from;
    for (;;) {
        socklen_t from_len = sizeof(from);
        ssize_t n = recvfrom(s->fd, query, sizeof(query), 0, (struct sockaddr *)&from, &from_len);
        if (n <= 12)
            return NULL; /* a short packet: stop */
        struct buf reply = BUF_INIT;
        if (make_reply(s, query, &reply))
            sendto(s->fd, buf_data(&reply), buf_len(&reply), 0, (struct sockaddr *)&from, from_len);
        buf_finish(&reply);
    }
}

static void start(struct server *s, const struct fact *facts) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    *s = (struct server){.facts = facts, .fd = socket(AF_INET, SOCK_DGRAM, 0)};
    CHECK_INT(bind(s->fd, (struct sockaddr *)&a, len), 0);
    getsockname(s->fd, (struct sockaddr *)&a, &len);
    s->port = ntohs(a.sin_port);
    pthread_create(&s->thread, NULL, serve, s);
}

static void finish(struct server *s) {
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(s->port)};
    sendto(s->fd, "", 1, 0, (struct sockaddr *)&a, sizeof(a));
    pthread_join(s->thread, NULL);
    close(s->fd);
}

/* ---- the asking side ---- */

struct asker {
    struct loop *loop;
    struct dns *dns;
    struct buf got; /* "127.0.0.1:5222 " … or "!why"; "S 5 host:port " … "none", "no service" */
    struct dns_query *query, *other;
};

static void ask_start(struct asker *a, const char *servers) {
    struct err err = ERR_INIT;
    *a = (struct asker){.loop = loop_new(&err)};
    a->dns = dns_new(a->loop, servers, &err);
    CHECK_STR(err.text, "");
}

static void ask_finish(struct asker *a) {
    dns_free(a->dns);
    loop_free(a->loop);
    buf_finish(&a->got);
}

static void ask_server(struct asker *a, const struct server *s) {
    char servers[32];
    snprintf(servers, sizeof(servers), "127.0.0.1:%u", s->port);
    ask_start(a, servers);
}

static void on_addresses(void *ctx, const union address *list, size_t count, const char *why) {
    struct asker *a = ctx;
    char text[ADDRESS_TEXT_LEN];
    for (size_t i = 0; i < count; i++) {
        address_text(&list[i], text);
        buf_addf(&a->got, "%s ", text);
    }
    if (count == 0)
        buf_addf(&a->got, "!%s", why);
    dns_cancel(a->other);
    a->other = NULL;
}

static void on_service(void *ctx, enum dns_service what, struct srv_record *list, size_t count) {
    struct asker *a = ctx;
    for (size_t i = 0; i < count; i++)
        buf_addf(&a->got, "%u %s:%u ", list[i].priority, list[i].target, list[i].port);
    if (what != DNS_SERVICE)
        buf_adds(&a->got, what == DNS_NO_SERVICE ? "no service" : "none");
    srv_free(list, count);
}

static const char *addresses_of(struct asker *a, const char *name) {
    buf_clear(&a->got);
    dns_addresses(a->dns, name, 5222, on_addresses, a);
    CHECK_INT(buf_len(&a->got), 0); /* never before it has returned */
    loop_run(a->loop);
    return buf_data(&a->got);
}

static const char *service_of(struct asker *a, const char *name) {
    buf_clear(&a->got);
    dns_service(a->dns, name, on_service, a);
    CHECK_INT(buf_len(&a->got), 0);
    loop_run(a->loop);
    return buf_data(&a->got);
}

static const struct fact facts[] = {
    {.name = "v4.test", .type = A, .value = "127.0.0.7"},
    {.name = "six.test", .type = AAAA, .value = "::1"},
    {.name = "both.test", .type = A, .value = "127.0.0.7"},
    {.name = "both.test", .type = AAAA, .value = "::1"},
    {.name = "empty.test", .type = A},
    {.name = "dead.test", .type = A, .priority = SILENT},
    {.name = "_xmpp-client._tcp.dead.test", .type = SRV, .priority = SILENT},
    {.name = "junk.test", .type = A, .priority = BROKEN},
    {.name = "_xmpp-client._tcp.one.test", .type = SRV, .priority = 5, .port = 5269, .value = "v4.test"},
    {.name = "_xmpp-client._tcp.two.test", .type = SRV, .priority = 20, .port = 2, .value = "six.test"},
    {.name = "_xmpp-client._tcp.two.test", .type = SRV, .priority = 10, .port = 1, .value = "v4.test"},
    {.name = "_xmpp-client._tcp.off.test", .type = SRV, .value = "."},
    {.name = "off.test", .type = A, .value = "127.0.0.1"},
    {.name = "_xmpp-client._tcp.half.test", .type = SRV, .value = "."},
    {.name = "_xmpp-client._tcp.half.test", .type = SRV, .priority = 1, .port = 7, .value = "v4.test"},
    {.name = "_xmpp-client._tcp.void.test", .type = SRV},
    {.name = "_xmpp-client._tcp.lost.test", .type = SRV, .port = 1, .value = "nowhere.test"},
    {.name = "lost.test", .type = A, .value = "127.0.0.1"},
    {.name = NULL}};

static void literals_and_localhost_ask_nobody(void) {
    struct server s;
    struct asker a;
    start(&s, facts);
    ask_server(&a, &s);
    CHECK_STR(addresses_of(&a, "192.0.2.1"), "192.0.2.1:5222 ");
    CHECK_STR(addresses_of(&a, "[2001:db8::1]"), "[2001:db8::1]:5222 ");
    CHECK_STR(addresses_of(&a, "localhost"), "127.0.0.1:5222 [::1]:5222 ");
    CHECK_STR(addresses_of(&a, "a.localhost"), "127.0.0.1:5222 [::1]:5222 ");
    CHECK_STR(service_of(&a, "localhost"), "none");
    CHECK_STR(service_of(&a, "127.0.0.1"), "none");
    CHECK_STR(service_of(&a, "[::1]"), "none");
    ask_finish(&a);
    finish(&s);
    CHECK_INT(s.questions, 0);
}

static void addresses_are_found(void) {
    struct server s;
    struct asker a;
    start(&s, facts);
    ask_server(&a, &s);
    CHECK_STR(addresses_of(&a, "v4.test"), "127.0.0.7:5222 ");
    CHECK_STR(addresses_of(&a, "six.test"), "[::1]:5222 ");
    CHECK_HAS(addresses_of(&a, "both.test"), "127.0.0.7:5222 ");
    CHECK_HAS(addresses_of(&a, "both.test"), "[::1]:5222 ");
    CHECK_STR(addresses_of(&a, "empty.test"), "!the name has no address");
    CHECK_STR(addresses_of(&a, "nobody.test"), "!no such name in DNS");
    ask_finish(&a);
    finish(&s);
}

static void services_are_found(void) {
    struct server s;
    struct asker a;
    start(&s, facts);
    ask_server(&a, &s);
    CHECK_STR(service_of(&a, "one.test"), "5 v4.test:5269 ");
    CHECK_STR(service_of(&a, "two.test"), "10 v4.test:1 20 six.test:2 ");
    CHECK_STR(service_of(&a, "off.test"), "no service");
    CHECK_STR(service_of(&a, "half.test"), "1 v4.test:7 ");
    CHECK_STR(service_of(&a, "void.test"), "none");
    CHECK_STR(service_of(&a, "nobody.test"), "none");
    ask_finish(&a);
    finish(&s);
}

static void silence_ends(void) {
    struct server s;
    struct asker a;
    start(&s, facts);
    ask_server(&a, &s);
    dns_set_patience(a.dns, 10, 1);
    CHECK_STR(addresses_of(&a, "dead.test"), "!no DNS server answers");
    CHECK_STR(service_of(&a, "dead.test"), "none");
    CHECK(addresses_of(&a, "junk.test")[0] == '!');
    ask_finish(&a);
    finish(&s);
}

static void the_next_server_is_asked(void) {
    static const struct fact mute[] = {{.name = "v4.test", .priority = SILENT}, {.name = NULL}};
    struct server first, second;
    struct asker a;
    char servers[64];
    start(&first, mute);
    start(&second, facts);
    snprintf(servers, sizeof(servers), "127.0.0.1:%u,127.0.0.1:%u", first.port, second.port);
    ask_start(&a, servers);
    dns_set_patience(a.dns, 50, 4);
    CHECK_STR(addresses_of(&a, "v4.test"), "127.0.0.7:5222 ");
    ask_finish(&a);
    finish(&first);
    finish(&second);
    CHECK(first.questions > 0);
}

static void queries_can_be_cancelled(void) {
    struct server s;
    struct asker a;
    start(&s, facts);
    ask_server(&a, &s);
    dns_cancel(NULL);
    dns_cancel(dns_addresses(a.dns, "localhost", 1, on_addresses, &a));
    dns_cancel(dns_service(a.dns, "localhost", on_service, &a));
    dns_cancel(dns_service(a.dns, "two.test", on_service, &a));
    a.other = dns_addresses(a.dns, "dead.test", 1, on_addresses, &a);
    CHECK_STR(addresses_of(&a, "127.0.0.1"), "127.0.0.1:5222 "); /* cancels the other in the callback */
    dns_cancel(dns_addresses(a.dns, "dead.test", 1, on_addresses, &a));
    ask_finish(&a); /* with a question on its way */
    finish(&s);
}

static void a_bad_server_list_is_said(void) {
    struct err err = ERR_INIT;
    struct loop *l = loop_new(&err);
    CHECK(dns_new(l, "not a server", &err) == NULL);
    CHECK_HAS(err.text, "not a server");
    dns_free(dns_new(l, NULL, &err)); /* nothing is set up */
    dns_free(NULL);
    loop_free(l);
}

/* ---- the order of SRV records ---- */

static uint32_t given_random;

static uint32_t give(uint32_t bound) {
    return given_random < bound ? given_random : bound - 1;
}

static const char *order(uint32_t number, struct srv_record *list, size_t count) {
    static char text[32];
    given_random = number;
    srv_order(list, count, give);
    for (size_t i = 0; i < count; i++)
        text[i] = list[i].target[0];
    text[count] = '\0';
    return text;
}

static char name_a[] = "a", name_b[] = "b", name_c[] = "c";

static void srv_records_are_ordered(void) {
    const struct srv_record given[3] = {{name_a, 10, 60, 1}, {name_b, 10, 0, 1}, {name_c, 5, 0, 1}};
    struct srv_record list[3];
    memcpy(list, given, sizeof(list));
    CHECK_STR(order(0, list, 3), "cba"); /* 0: even the one of weight 0 has its chance */
    memcpy(list, given, sizeof(list));
    CHECK_STR(order(1, list, 3), "cab");
    memcpy(list, given, sizeof(list));
    CHECK_STR(order(1000, list, 3), "cab"); /* the sum itself, inclusive */
    CHECK_STR(order(0, NULL, 0), "");
}

static void heavier_records_come_first_more_often(void) {
    int first_a = 0;
    for (int i = 0; i < 4000; i++) {
        struct srv_record list[2] = {{name_a, 1, 90, 1}, {name_b, 1, 10, 1}};
        srv_order(list, 2, random_below);
        first_a += list[0].target == name_a;
    }
    CHECK(first_a > 3200 && first_a < 3900);
}

/* ---- routes: what SRV means for where we go ---- */

struct trip {
    struct loop *loop;
    struct buf got;
    struct route *route;
};

static void on_route(void *ctx, uv_tcp_t *tcp, const char *who, const char *peer, const char *why) {
    struct trip *t = ctx;
    if (tcp != NULL) {
        buf_addf(&t->got, "%s", who);
        CHECK_HAS(who, peer);
        tcp_close(tcp);
    } else {
        buf_addf(&t->got, "!%s", why);
    }
    route_free(t->route);
}

static void trip_is(struct asker *a, struct conn_target target, const char *want) {
    struct trip t = {.loop = a->loop};
    t.route = route_new(a->loop, a->dns, &target, on_route, &t);
    loop_run(a->loop);
    CHECK_STR(buf_data(&t.got), want);
    buf_finish(&t.got);
}

static int listener(const char *ip, uint16_t *port) {
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, ip, &a.sin_addr);
    CHECK_INT(bind(fd, (struct sockaddr *)&a, len), 0);
    CHECK_INT(listen(fd, 8), 0);
    getsockname(fd, (struct sockaddr *)&a, &len);
    *port = ntohs(a.sin_port);
    return fd;
}

static void routes_follow_srv(void) {
    struct server s;
    struct asker a;
    uint16_t open_port, shut_port;
    char want[200];
    int fd = listener("127.0.0.7", &open_port);
    close(listener("127.0.0.7", &shut_port)); /* nobody listens there now */
    struct fact own[] = {
        {.name = "_xmpp-client._tcp.go.test", .type = SRV, .port = open_port, .value = "v4.test"},
        {.name = "_xmpp-client._tcp.next.test", .type = SRV, .port = shut_port, .value = "v4.test"},
        {.name = "_xmpp-client._tcp.next.test", .type = SRV, .priority = 1, .port = 9, .value = "gone.test"},
        {.name = "_xmpp-client._tcp.next.test",
         .type = SRV,
         .priority = 2,
         .port = open_port,
         .value = "v4.test"},
        {.name = "_xmpp-client._tcp.shut.test", .type = SRV, .port = shut_port, .value = "v4.test"},
        {.name = "_xmpp-client._tcp.off.test", .type = SRV, .value = "."},
        {.name = "off.test", .type = A, .value = "127.0.0.7"},
        {.name = "far.test", .type = A, .value = "192.0.2.1"},
        {.name = "v4.test", .type = A, .value = "127.0.0.7"},
        {.name = NULL}};
    start(&s, own);
    ask_server(&a, &s);
    snprintf(want, sizeof(want), "v4.test (127.0.0.7:%u)", open_port);
    trip_is(&a, (struct conn_target){.domain = "go.test"}, want);
    trip_is(&a, (struct conn_target){.domain = "GO.test."}, want);
    trip_is(&a, (struct conn_target){.domain = "next.test"}, want);
    trip_is(&a, (struct conn_target){.domain = "off.test", .host = "v4.test", .port = open_port}, want);
    snprintf(want, sizeof(want), "127.0.0.7:%u", open_port);
    trip_is(&a, (struct conn_target){.domain = "x.test", .host = "127.0.0.7", .port = open_port}, want);
    snprintf(want, sizeof(want), "!cannot connect to v4.test (127.0.0.7:%u): connection refused", shut_port);
    trip_is(&a, (struct conn_target){.domain = "shut.test"}, want); /* and not shut.test:5222 */
    trip_is(&a, (struct conn_target){.domain = "off.test"},
            "!off.test offers no XMPP service to clients: its SRV record says \".\"");
    trip_is(&a, (struct conn_target){.domain = "nobody.test"},
            "!cannot find nobody.test: no such name in DNS");
    trip_is(&a, (struct conn_target){.domain = "far.test", .loopback_only = true},
            "!far.test is at 192.0.2.1:5222, which is not this machine; without TLS only loopback addresses "
            "are allowed");
    trip_is(&a, (struct conn_target){.domain = "a..b"}, "!\"a..b\" is not a domain name");
    ask_finish(&a);
    finish(&s);
    close(fd);
}

int main(void) {
    RUN(literals_and_localhost_ask_nobody);
    RUN(addresses_are_found);
    RUN(services_are_found);
    RUN(silence_ends);
    RUN(the_next_server_is_asked);
    RUN(queries_can_be_cancelled);
    RUN(a_bad_server_list_is_said);
    RUN(srv_records_are_ordered);
    RUN(heavier_records_come_first_more_often);
    RUN(routes_follow_srv);
    return check_done();
}
