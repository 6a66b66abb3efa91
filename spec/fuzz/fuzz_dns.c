/* SPDX-License-Identifier: MIT */
/*
 * fuzz_dns: any packet as the answer to a question for SRV records: c-ares takes it apart, dns_question takes
 * what it wants and looks up the least time to live by itself. The loop, the channel and whoever waits are
 * stood in for here. Promised: one answer for a question; records with names, not too many; a reason where
 * there are none; an answer is good for five minutes at most; srv_order loses and makes up nothing.
 */
#include "fuzz.h"
#include "net/dns_question.h"
#include "net/srv.h"

#include "base/library.h"

enum { NOW_MS = 1000000, FRESH_MS = 300000, RECORDS_MOST = 64 };

static struct {
    ares_callback call;
    void *ctx;
    struct dns_question *answered;
} heard; /* the harness is one thread */

int64_t loop_now_ms(const struct loop *l) {
    (void)l;
    return NOW_MS;
}

ares_channel dns_channel(struct dns *d) {
    return (ares_channel)(void *)d; /* only looked at */
}

void dns_channel_answered(struct dns *d) {
    demand(d->in_flight == 0, "questions are counted");
}

void dns_set_timer(struct dns *d) {
    (void)d;
}

void dns_answered(struct dns_question *u) {
    demand(heard.answered == NULL, "one answer for a question");
    heard.answered = u;
}

static void fake_query(ares_channel channel, const char *name, int class, int type, ares_callback call,
                       void *ctx) {
    (void)channel, (void)name, (void)class, (void)type;
    heard.call = call;
    heard.ctx = ctx;
}

static uint32_t first(uint32_t bound) {
    return bound / 2;
}

static void check(struct dns_question *u) {
    demand(heard.answered == u && !u->is_asked, "it is answered");
    demand(u->count <= RECORDS_MOST, "not too many records");
    demand(u->until_ms >= NOW_MS && u->until_ms <= NOW_MS + FRESH_MS, "it is good for five minutes at most");
    demand((u->count == 0) == (u->why != NULL), "there are records, or a reason");
    demand(!(u->is_refused && u->count > 0), "a service that is not offered has no records");
    for (size_t i = 0; i < u->count; i++)
        demand(u->records[i].target[0] != '\0' && strcmp(u->records[i].target, ".") != 0,
               "a record has a name");
    srv_order(u->records, u->count, first);
    for (size_t i = 1; i < u->count; i++)
        demand(u->records[i - 1].priority <= u->records[i].priority, "the lowest priority is first");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static struct dns_library lib; /* opened once, for good */
    struct err err = ERR_INIT;
    if (lib.parse_srv == NULL)
        demand(library_open_kept(&dns_library, &lib, &err) != NULL, "c-ares is installed");
    struct dns d = {.lib = lib};
    d.lib.query = fake_query;
    heard.answered = NULL;
    struct dns_question *u = dns_question_for(&d, "_xmpp-client._tcp.example.org", ns_t_srv);
    dns_question_ask(u);
    struct str in = fuzz_bytes(data, len);
    heard.call(heard.ctx, ARES_SUCCESS, 0, (unsigned char *)(uintptr_t)in.s, (int)in.len);
    check(u);
    fuzz_bytes_free(in);
    dns_questions_finish(&d);
    return 0;
}
