/* SPDX-License-Identifier: MIT */
/*
 * The host-meta documents of a process. Nobody serves one here: what counts is how often it is asked for, by
 * the questions to a DNS server of ours. Good documents are in test_https, test_hostmeta and the e2e specs.
 */
#include "check.h"
#include "fake_dns.h"

#include "base/mem.h"
#include "net/dns.h"
#include "session/hostmetas.h"

struct world {
    struct fake_dns names;
    struct loop *loop;
    struct dns *dns;
    struct hostmetas *all;
    struct buf got; /* "!why\n" of each */
    struct hostmetas_query *other;
};

static const struct fact facts[] = {{.name = "mute.test", .how = SILENT}, {.name = NULL}};

static void start(struct world *w) {
    char address[32];
    *w = (struct world){.other = NULL};
    fake_dns_start(&w->names, facts);
    w->loop = loop_new(NULL);
    w->dns = dns_new(w->loop, fake_dns_address(&w->names, address), NULL);
    dns_set_patience(w->dns, 5000, 1);
    w->all = hostmetas_new(w->loop, w->dns);
}

static void finish(struct world *w) {
    hostmetas_free(w->all);
    dns_free(w->dns);
    loop_free(w->loop);
    fake_dns_finish(&w->names);
    buf_finish(&w->got);
}

static void on_found(void *ctx, const struct hostmeta *found, const char *why) {
    struct world *w = ctx;
    CHECK(found == NULL);
    buf_addf(&w->got, "!%s\n", why);
    hostmetas_cancel(w->other);
    w->other = NULL;
}

static struct hostmetas_query *ask(struct world *w, const char *domain, const char *ca_file) {
    const struct hostmetas_options options = {.domain = domain, .ca_file = ca_file};
    return hostmetas_ask(w->all, &options, on_found, w);
}

#define NOT_THERE "!cannot get https://away.test/.well-known/host-meta: no such name in DNS\n"

static void a_crowd_asks_once(void) {
    struct world w;
    start(&w);
    for (int i = 0; i < 3; i++)
        ask(&w, "away.test", NULL);
    CHECK_INT(buf_len(&w.got), 0);
    loop_run(w.loop);
    CHECK_STR(buf_data(&w.got), NOT_THERE NOT_THERE NOT_THERE);
    unsigned asked = dns_asked(w.dns);
    buf_clear(&w.got);
    ask(&w, "away.test", NULL); /* what failed is not tried again at once */
    CHECK_INT(buf_len(&w.got), 0);
    loop_run(w.loop);
    CHECK_STR(buf_data(&w.got), NOT_THERE);
    CHECK_INT(dns_asked(w.dns), asked);
    finish(&w);
}

static void another_trust_asks_for_itself(void) {
    struct world w;
    start(&w);
    dns_set_patience(w.dns, 10, 1);
    ask(&w, "mute.test", NULL);
    loop_run(w.loop);
    unsigned asked = dns_asked(w.dns);
    ask(&w, "mute.test", NULL);
    loop_run(w.loop);
    CHECK_INT(dns_asked(w.dns), asked);
    ask(&w, "mute.test", "/nowhere.pem");
    loop_run(w.loop);
    CHECK_INT(dns_asked(w.dns), asked + 2); /* both families; that nobody answers is not kept */
    const struct hostmetas_options listed = {.domain = "mute.test", .crl_file = "/nowhere.pem"};
    hostmetas_ask(w.all, &listed, on_found, &w);
    loop_run(w.loop);
    CHECK_INT(dns_asked(w.dns), asked + 4);
    finish(&w);
}

static void queries_can_be_cancelled(void) {
    struct world w;
    start(&w);
    hostmetas_cancel(NULL);
    hostmetas_cancel(ask(&w, "away.test", NULL));
    hostmetas_cancel(ask(&w, "a/b", NULL));
    loop_run(w.loop);
    CHECK_INT(buf_len(&w.got), 0);
    ask(&w, "away.test", NULL); /* cancels the other in the callback */
    w.other = ask(&w, "away.test", NULL);
    loop_run(w.loop);
    CHECK_STR(buf_data(&w.got), NOT_THERE);
    hostmetas_cancel(ask(&w, "mute.test", NULL));
    finish(&w); /* with a document on its way */
}

static void a_domain_that_can_have_none(void) {
    struct world w;
    start(&w);
    ask(&w, "a/b", NULL);
    CHECK_INT(buf_len(&w.got), 0);
    loop_run(w.loop);
    CHECK_STR(buf_data(&w.got), "!a/b can have no host-meta\n");
    finish(&w);
}

static void the_memory_is_bounded(void) {
    struct world w;
    char domain[32];
    start(&w);
    for (int i = 0; i < 200; i++) {
        snprintf(domain, sizeof(domain), "a/%d", i);
        ask(&w, domain, NULL);
        loop_run(w.loop);
    }
    finish(&w);
}

int main(void) {
    RUN(a_crowd_asks_once);
    RUN(another_trust_asks_for_itself);
    RUN(queries_can_be_cancelled);
    RUN(a_domain_that_can_have_none);
    RUN(the_memory_is_bounded);
    return check_done();
}
