/* SPDX-License-Identifier: MIT */
/* Names, against a DNS server of ours (fake_dns.h). */
#include "check.h"
#include "fake_dns.h"
#include "mapped.h"

#include "base/random.h"
#include "net/conn.h"
#include "net/dns.h"
#include "net/srv.h"

#include <stdlib.h>

struct asker {
    struct fake_dns server;
    struct loop *loop;
    struct dns *dns;
    struct buf got; /* "127.0.0.1:5222 " … or "!why"; "5 host:port " … "none", "no service" */
    struct dns_query *other;
};

static void ask_servers(struct asker *a, const char *servers) {
    struct err err = ERR_INIT;
    a->loop = loop_new(&err);
    a->dns = dns_new(a->loop, servers, &err);
    CHECK_STR(err.text, "");
}

static void start(struct asker *a, const struct fact *facts) {
    char address[32];
    *a = (struct asker){.other = NULL};
    fake_dns_start(&a->server, facts);
    ask_servers(a, fake_dns_address(&a->server, address));
}

static void finish(struct asker *a) {
    dns_free(a->dns);
    loop_free(a->loop);
    buf_finish(&a->got);
    fake_dns_finish(&a->server);
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
    srv_order(list, count, random_below);
    for (size_t i = 0; i < count; i++)
        buf_addf(&a->got, "%u %s:%u ", list[i].priority, list[i].target, list[i].port);
    if (what != DNS_SERVICE)
        buf_adds(&a->got, what == DNS_NO_SERVICE ? "no service" : "none");
    srv_free(list, count);
}

static const char *of_family(struct asker *a, const char *name, int family) {
    buf_clear(&a->got);
    dns_addresses(a->dns, name, family, 5222, on_addresses, a);
    CHECK_INT(buf_len(&a->got), 0); /* never before it has returned */
    loop_run(a->loop);
    return buf_data(&a->got);
}

static const char *four(struct asker *a, const char *name) {
    return of_family(a, name, AF_INET);
}

static const char *six(struct asker *a, const char *name) {
    return of_family(a, name, AF_INET6);
}

static const char *service_of(struct asker *a, const char *name) {
    buf_clear(&a->got);
    dns_service(a->dns, "_xmpp-client", name, on_service, a);
    CHECK_INT(buf_len(&a->got), 0);
    loop_run(a->loop);
    return buf_data(&a->got);
}

#define CLIENT(domain) "_xmpp-client._tcp." domain

static const struct fact facts[] = {
    {.name = "v4.test", .type = A, .value = "127.0.0.7"},
    {.name = "v6.test", .type = AAAA, .value = "::1"},
    {.name = "both.test", .type = A, .value = "127.0.0.7"},
    {.name = "both.test", .type = AAAA, .value = "::1"},
    {.name = "alias.test", .type = CNAME, .value = "both.test"},
    {.name = "empty.test", .type = A},
    {.name = "dead.test", .how = SILENT},
    {.name = CLIENT("dead.test"), .how = SILENT},
    {.name = "junk.test", .how = BROKEN},
    {.name = "sick.test", .how = FAILING},
    {.name = CLIENT("sick.test"), .how = FAILING},
    {.name = "shy.test", .how = REFUSED},
    {.name = "long.test", .type = A, .value = "127.0.0.9", .how = CUT},
    {.name = "spoofed.test", .type = A, .value = "127.0.0.9", .how = FOREIGN_ID},
    {.name = CLIENT("long.test"), .type = SRV, .port = 3, .value = "v4.test", .how = CUT},
    {.name = CLIENT("one.test"), .type = SRV, .priority = 5, .port = 5269, .value = "v4.test"},
    {.name = CLIENT("two.test"), .type = SRV, .priority = 20, .port = 2, .value = "v6.test"},
    {.name = CLIENT("two.test"), .type = SRV, .priority = 10, .port = 1, .value = "v4.test"},
    {.name = CLIENT("alias.test"), .type = CNAME, .value = CLIENT("one.test")},
    {.name = CLIENT("off.test"), .type = SRV, .value = "."},
    {.name = CLIENT("half.test"), .type = SRV, .value = "."},
    {.name = CLIENT("half.test"), .type = SRV, .priority = 1, .port = 7, .value = "v4.test"},
    {.name = CLIENT("void.test"), .type = SRV},
    {.name = NULL}};

static void literals_and_localhost_ask_nobody(void) {
    struct asker a;
    start(&a, facts);
    CHECK_STR(four(&a, "192.0.2.1"), "192.0.2.1:5222 ");
    CHECK_STR(six(&a, "192.0.2.1"), "!the name has no address");
    CHECK_STR(six(&a, "[2001:db8::1]"), "[2001:db8::1]:5222 ");
    CHECK_STR(four(&a, "[2001:db8::1]"), "!the name has no address");
    CHECK_STR(four(&a, "localhost"), "127.0.0.1:5222 ");
    CHECK_STR(six(&a, "a.localhost"), "[::1]:5222 ");
    CHECK_STR(service_of(&a, "localhost"), "none");
    CHECK_STR(service_of(&a, "127.0.0.1"), "none");
    CHECK_STR(service_of(&a, "[::1]"), "none");
    CHECK_INT(dns_asked(a.dns), 0);
    finish(&a);
    CHECK_INT(a.server.questions, 0);
}

static void addresses_are_found(void) {
    struct asker a;
    start(&a, facts);
    CHECK_STR(four(&a, "v4.test"), "127.0.0.7:5222 ");
    CHECK_STR(six(&a, "v4.test"), "!the name has no address");
    CHECK_STR(six(&a, "v6.test"), "[::1]:5222 ");
    CHECK_STR(four(&a, "both.test"), "127.0.0.7:5222 ");
    CHECK_STR(six(&a, "both.test"), "[::1]:5222 ");
    CHECK_STR(four(&a, "alias.test"), "127.0.0.7:5222 ");
    CHECK_STR(four(&a, "empty.test"), "!the name has no address");
    CHECK_STR(four(&a, "nobody.test"), "!no such name in DNS");
    finish(&a);
}

static void services_are_found(void) {
    struct asker a;
    start(&a, facts);
    CHECK_STR(service_of(&a, "one.test"), "5 v4.test:5269 ");
    CHECK_STR(service_of(&a, "two.test"), "10 v4.test:1 20 v6.test:2 ");
    CHECK_STR(service_of(&a, "alias.test"), "5 v4.test:5269 ");
    CHECK_STR(service_of(&a, "off.test"), "no service");
    CHECK_STR(service_of(&a, "half.test"), "1 v4.test:7 ");
    CHECK_STR(service_of(&a, "void.test"), "none");
    CHECK_STR(service_of(&a, "nobody.test"), "none");
    finish(&a);
}

static void what_is_cut_comes_by_tcp(void) {
    struct asker a;
    start(&a, facts);
    CHECK_STR(four(&a, "long.test"), "127.0.0.9:5222 ");
    CHECK_STR(service_of(&a, "long.test"), "0 v4.test:3 ");
    finish(&a);
    CHECK_INT(a.server.by_tcp, 2);
}

static void another_id_is_no_answer(void) {
    struct asker a;
    start(&a, facts);
    CHECK_STR(four(&a, "spoofed.test"), "127.0.0.9:5222 ");
    finish(&a);
}

static void silence_and_rubbish_end(void) {
    struct asker a;
    start(&a, facts);
    dns_set_patience(a.dns, 10, 1);
    CHECK_STR(four(&a, "dead.test"), "!no DNS server answers");
    CHECK_STR(service_of(&a, "dead.test"), "none");
    CHECK(four(&a, "junk.test")[0] == '!');
    CHECK(four(&a, "sick.test")[0] == '!');
    CHECK_STR(service_of(&a, "sick.test"), "none");
    CHECK(four(&a, "shy.test")[0] == '!');
    finish(&a);
}

/* What comes of it is c-ares' business; that nothing breaks is ours. */
static void damaged_answers_break_nothing(void) {
    static const struct fact damaged[] = {
        {.name = "host.test", .type = A, .value = "127.0.0.7", .how = DAMAGED, .ttl = -1},
        {.name = "host.test", .type = CNAME, .value = "other.test", .how = DAMAGED, .ttl = -1},
        {.name = CLIENT("host.test"), .type = SRV, .port = 1, .value = "v4.test", .how = DAMAGED, .ttl = -1},
        {.name = CLIENT("host.test"), .type = SRV, .port = 2, .value = "v6.test", .how = DAMAGED, .ttl = -1},
        {.name = NULL}};
    struct asker a;
    start(&a, damaged);
    dns_set_patience(a.dns, 4, 1);
    for (int i = 0; i < 150; i++) {
        four(&a, "host.test");
        service_of(&a, "host.test");
    }
    finish(&a);
}

static void hostile_crowds_are_cut(void) {
    enum { COUNT = 500 };
    struct fact crowd[2 * COUNT + 1];
    struct asker a;
    int records = 0, addresses = 0;
    for (int i = 0; i < COUNT; i++) {
        crowd[i] = (struct fact){
            .name = CLIENT("many.test"), .type = SRV, .port = i, .value = "v4.test", .how = CUT};
        crowd[COUNT + i] = (struct fact){.name = "many.test", .type = A, .value = "127.0.0.7", .how = CUT};
    }
    crowd[2 * COUNT] = (struct fact){.name = NULL};
    start(&a, crowd);
    for (const char *s = service_of(&a, "many.test"); (s = strstr(s, "v4.test")) != NULL; s++)
        records++;
    for (const char *s = four(&a, "many.test"); (s = strstr(s, "127.0.0.7")) != NULL; s++)
        addresses++;
    CHECK_INT(records, 64);
    CHECK_INT(addresses, 64);
    finish(&a);
}

static void the_next_server_is_asked(void) {
    static const struct fact mute[] = {{.name = "v4.test", .how = SILENT}, {.name = NULL}};
    struct asker a = {.other = NULL};
    struct fake_dns first;
    char servers[64];
    fake_dns_start(&first, mute);
    fake_dns_start(&a.server, facts);
    snprintf(servers, sizeof(servers), "127.0.0.1:%u,127.0.0.1:%u", first.port, a.server.port);
    ask_servers(&a, servers);
    dns_set_patience(a.dns, 400, 4);
    CHECK_STR(four(&a, "v4.test"), "127.0.0.7:5222 ");
    finish(&a);
    fake_dns_finish(&first);
    CHECK(first.questions > 0);
}

static void queries_can_be_cancelled(void) {
    struct asker a;
    start(&a, facts);
    dns_set_patience(a.dns, 2000, 1);
    dns_cancel(NULL);
    dns_cancel(dns_addresses(a.dns, "localhost", AF_INET, 1, on_addresses, &a));
    dns_cancel(dns_service(a.dns, "_xmpp-client", "localhost", on_service, &a));
    dns_cancel(dns_service(a.dns, "_xmpp-client", "two.test", on_service, &a));
    a.other = dns_addresses(a.dns, "dead.test", AF_INET, 1, on_addresses, &a);
    CHECK_STR(four(&a, "127.0.0.1"), "127.0.0.1:5222 "); /* cancels the other in the callback */
    dns_cancel(dns_addresses(a.dns, "dead.test", AF_INET, 1, on_addresses, &a));
    finish(&a); /* with a question on its way */
}

/* ---- what is asked once ---- */

static void a_crowd_asks_once(void) {
    struct asker a;
    start(&a, facts);
    struct dns_query *gone = dns_addresses(a.dns, "v4.test", AF_INET, 1, on_addresses, &a);
    for (int i = 2; i <= 4; i++)
        dns_addresses(a.dns, "v4.test", AF_INET, (uint16_t)i, on_addresses, &a);
    dns_cancel(gone);
    loop_run(a.loop);
    CHECK_STR(buf_data(&a.got), "127.0.0.7:2 127.0.0.7:3 127.0.0.7:4 "); /* each its own port, in order */
    CHECK_STR(four(&a, "v4.test"), "127.0.0.7:5222 ");                   /* still good */
    CHECK_INT(dns_asked(a.dns), 1);
    CHECK_STR(service_of(&a, "two.test"), "10 v4.test:1 20 v6.test:2 ");
    CHECK_STR(service_of(&a, "two.test"), "10 v4.test:1 20 v6.test:2 ");
    CHECK_STR(service_of(&a, "off.test"), "no service");
    CHECK_STR(service_of(&a, "off.test"), "no service");
    CHECK_STR(service_of(&a, "nobody.test"), "none");
    CHECK_STR(service_of(&a, "nobody.test"), "none");
    CHECK_INT(dns_asked(a.dns), 4);
    finish(&a);
    CHECK_INT(a.server.questions, 4);
}

static void what_may_not_be_kept_is_asked_again(void) {
    static const struct fact fleeting[] = {
        {.name = "now.test", .type = A, .value = "127.0.0.7", .ttl = -1},
        {.name = "alias.test", .type = CNAME, .value = "stays.test", .ttl = -1},
        {.name = "stays.test", .type = A, .value = "127.0.0.8"},
        {.name = CLIENT("now.test"), .type = SRV, .port = 1, .value = "v4.test", .ttl = -1},
        {.name = CLIENT("mix.test"), .type = SRV, .port = 1, .value = "v4.test"},
        {.name = CLIENT("mix.test"), .type = SRV, .port = 1, .value = "v4.test", .ttl = -1},
        {.name = "sick.test", .how = FAILING},
        {.name = NULL}};
    struct asker a;
    start(&a, fleeting);
    dns_set_patience(a.dns, 60000, 1);
    for (int i = 0; i < 2; i++) {
        CHECK_STR(four(&a, "now.test"), "127.0.0.7:5222 ");
        CHECK_STR(four(&a, "alias.test"), "127.0.0.8:5222 ");
        CHECK_STR(service_of(&a, "now.test"), "0 v4.test:1 ");
        CHECK_STR(service_of(&a, "mix.test"), "0 v4.test:1 0 v4.test:1 ");
        CHECK(four(&a, "sick.test")[0] == '!'); /* that nobody knows is not kept either */
    }
    CHECK_INT(dns_asked(a.dns), 10);
    finish(&a);
}

static void the_memory_is_bounded(void) {
    struct asker a;
    char name[32];
    start(&a, facts);
    for (int i = 0; i < 1200; i++) {
        snprintf(name, sizeof(name), "n%d.test", i);
        four(&a, name);
    }
    CHECK_INT(dns_asked(a.dns), 1200);
    four(&a, "n1199.test");
    CHECK_INT(dns_asked(a.dns), 1200);
    four(&a, "n0.test");
    CHECK_INT(dns_asked(a.dns), 1201);
    finish(&a);
}

/* ---- where the servers are found ---- */

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "we");
    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* A laptop that is carried to another network. c-ares takes no port from the file: nobody is asked here. */
static void another_resolv_conf_is_read(void) {
    struct asker a = {.other = NULL};
    char path[] = "/tmp/couplet-resolv-XXXXXX";
    fake_dns_start(&a.server, facts);
    close(mkstemp(path));
    write_file(path, "nameserver 127.0.0.111\n");
    ask_servers(&a, NULL);
    dns_set_patience(a.dns, 10, 1);
    dns_set_resolv_conf(a.dns, path);
    four(&a, "v4.test");
    CHECK_STR(dns_servers(a.dns), "127.0.0.111:53");
    write_file(path, "nameserver 127.0.0.112\nnameserver 127.0.0.113\n");
    four(&a, "v4.test");
    CHECK_STR(dns_servers(a.dns), "127.0.0.112:53,127.0.0.113:53");
    remove(path);
    four(&a, "v4.test");
    finish(&a);
}

static void the_library_is_there_only_while_asking(void) {
    struct asker a;
    start(&a, facts);
    CHECK(!is_mapped("libcares"));
    four(&a, "localhost");
    CHECK(!is_mapped("libcares"));
    dns_addresses(a.dns, "v4.test", AF_INET, 5222, on_addresses, &a);
    CHECK(is_mapped("libcares"));
    loop_run(a.loop);
    CHECK(!is_mapped("libcares"));
    CHECK_STR(four(&a, "v6.test"), "!the name has no address");
    finish(&a);
}

/* The first name of /etc/hosts that is not localhost, with its address; false when there is none. */
static bool read_hosts(char *address, char *name) {
    char line[512];
    FILE *f = fopen("/etc/hosts", "re");
    bool found = false;
    while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
        found = line[0] != '#' && sscanf(line, "%63s %63s", address, name) == 2 &&
                strchr(address, ':') == NULL && strstr(name, "localhost") == NULL;
    if (f != NULL)
        fclose(f);
    return found;
}

static void the_hosts_file_comes_first(void) {
    struct asker a;
    char address[64], name[64], want[80];
    if (!read_hosts(address, name))
        return;
    start(&a, facts);
    snprintf(want, sizeof(want), "%s:5222 ", address);
    CHECK_STR(four(&a, name), want);
    finish(&a);
    CHECK_INT(a.server.questions, 0);
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

int main(void) {
    RUN(literals_and_localhost_ask_nobody);
    RUN(addresses_are_found);
    RUN(services_are_found);
    RUN(what_is_cut_comes_by_tcp);
    RUN(another_id_is_no_answer);
    RUN(silence_and_rubbish_end);
    RUN(damaged_answers_break_nothing);
    RUN(hostile_crowds_are_cut);
    RUN(the_next_server_is_asked);
    RUN(queries_can_be_cancelled);
    RUN(a_crowd_asks_once);
    RUN(what_may_not_be_kept_is_asked_again);
    RUN(the_memory_is_bounded);
    RUN(another_resolv_conf_is_read);
    RUN(the_library_is_there_only_while_asking);
    RUN(the_hosts_file_comes_first);
    RUN(a_bad_server_list_is_said);
    return check_done();
}
