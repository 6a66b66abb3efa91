/* SPDX-License-Identifier: MIT */
/*
 * An answer is good for its time to live, but not for more than FRESH_MS, so that a move of the server is
 * noticed by a bot that comes back. That there is nothing is believed for EMPTY_MS; that nobody answered, not
 * at all. In c-ares a single question cannot be taken back: it stays until it is answered or the channel is
 * destroyed.
 */
#include "net/dns_question.h"

#include "base/mem.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

enum { FRESH_MS = 300000, EMPTY_MS = 15000, KEPT_MOST = 512, RECORDS_MOST = 64 };
enum { HEADER_LEN = 12, FIXED_LEN = 10 /* of a record, between its name and its data */ };

static void forget_answer(struct dns_question *u) {
    if (u->records != NULL)
        srv_free(u->records, u->count);
    mem_free(u->addresses);
    u->records = NULL;
    u->addresses = NULL;
    u->count = 0;
    u->is_refused = false;
    u->until_ms = 0;
}

static void free_question(struct dns_question *u) {
    forget_answer(u);
    mem_free(u->name);
    mem_free(u);
}

bool dns_question_is_good(const struct dns_question *u) {
    return !u->is_asked && loop_now_ms(u->dns->loop) < u->until_ms;
}

/* ---- the table ---- */

/* Those that nobody needs: out of date, or the oldest of too many. */
static void tidy(struct dns *d) {
    size_t count = 0;
    for (struct dns_question **at = &d->questions; *at != NULL;) {
        struct dns_question *u = *at;
        bool is_idle = !u->is_asked && u->waiting == NULL;
        if (is_idle && (!dns_question_is_good(u) || ++count > KEPT_MOST)) {
            *at = u->next;
            free_question(u);
        } else {
            at = &u->next;
        }
    }
}

struct dns_question *dns_question_for(struct dns *d, const char *name, int type) {
    for (struct dns_question *u = d->questions; u != NULL; u = u->next)
        if (u->type == type && strcmp(u->name, name) == 0)
            return u;
    tidy(d);
    struct dns_question *u = mem_new(struct dns_question);
    u->dns = d;
    u->name = mem_strdup(name);
    u->type = type;
    u->next = d->questions;
    d->questions = u;
    return u;
}

void dns_questions_finish(struct dns *d) {
    while (d->questions != NULL) {
        struct dns_question *u = d->questions;
        d->questions = u->next;
        free_question(u);
    }
}

/* ---- the answer ---- */

/* Ours, not those of ares_strerror: they outlive the library. */
static const char *words(int status) {
    switch (status) {
    case ARES_ENODATA:
        return "the name has no address";
    case ARES_ENOTFOUND:
        return "no such name in DNS";
    case ARES_ETIMEOUT:
        return "no DNS server answers";
    case ARES_ECONNREFUSED:
        return "no DNS server can be reached, or none has an answer";
    case ARES_ESERVFAIL:
        return "the DNS server fails to find out";
    case ARES_EREFUSED:
        return "the DNS server refuses to answer";
    case ARES_EBADNAME:
        return "DNS knows no names like this";
    default:
        return "the DNS server's answer makes no sense";
    }
}

static void set_until(struct dns_question *u, int status, int64_t ttl_s) {
    int64_t span_ms = status == ARES_SUCCESS && u->count > 0                                ? ttl_s * 1000
                      : status == ARES_ENOTFOUND || status == ARES_ENODATA || u->is_refused ? EMPTY_MS
                                                                                            : 0;
    u->until_ms = loop_now_ms(u->dns->loop) + (span_ms < FRESH_MS ? span_ms : FRESH_MS);
}

static void answered(struct dns_question *u, int status, int64_t ttl_s) {
    u->is_asked = false;
    u->dns->in_flight--;
    u->why = u->count > 0 ? NULL : words(status == ARES_SUCCESS ? ARES_ENODATA : status);
    set_until(u, status, ttl_s);
    dns_answered(u);
    dns_channel_answered(u->dns);
}

static void add_address(struct dns_question *u, const union address *a) {
    u->addresses = mem_array(u->addresses, u->count + 1, sizeof(*u->addresses));
    u->addresses[u->count++] = *a;
}

static void on_addrinfo(void *ctx, int status, int timeouts, struct ares_addrinfo *info) {
    struct dns_question *u = ctx;
    int64_t ttl_s = INT32_MAX;
    union address a;
    (void)timeouts;
    for (struct ares_addrinfo_cname *c = info ? info->cnames : NULL; c != NULL; c = c->next)
        ttl_s = c->ttl < ttl_s ? c->ttl : ttl_s;
    for (struct ares_addrinfo_node *n = info ? info->nodes : NULL; n != NULL; n = n->ai_next) {
        ttl_s = n->ai_ttl < ttl_s ? n->ai_ttl : ttl_s;
        if (u->count < RECORDS_MOST && address_from(n->ai_addr, 0, &a))
            add_address(u, &a);
    }
    if (info != NULL)
        u->dns->lib.freeaddrinfo(info);
    answered(u, status, ttl_s);
}

static bool is_root(const char *host) {
    return host[0] == '\0' || strcmp(host, ".") == 0;
}

static void add_record(struct dns_question *u, const struct ares_srv_reply *r) {
    u->records = mem_array(u->records, u->count + 1, sizeof(*u->records));
    u->records[u->count++] = (struct srv_record){
        .target = mem_strdup(r->host), .priority = r->priority, .weight = r->weight, .port = r->port};
}

/* A root target beside others says nothing that can be used; alone it says "not offered" (RFC 2782). */
static void take_records(struct dns_question *u, const struct ares_srv_reply *list) {
    bool refused = false;
    for (const struct ares_srv_reply *r = list; r != NULL; r = r->next) {
        if (is_root(r->host))
            refused = true;
        else if (u->count < RECORDS_MOST)
            add_record(u, r);
    }
    u->is_refused = refused && u->count == 0;
}

/* Where the name ends that begins at `at`; beyond len when it is cut. */
static size_t skip_name(const unsigned char *bytes, size_t len, size_t at) {
    while (at < len && bytes[at] != 0 && bytes[at] < 0xc0)
        at += bytes[at] + 1u;
    return at < len && bytes[at] == 0 ? at + 1 : at + 2;
}

static unsigned read16(const unsigned char *at) {
    return (unsigned)at[0] << 8 | at[1];
}

/* The least time to live of the answers: c-ares gives it for addresses only. 0: the packet is cut. */
static int64_t least_ttl(const unsigned char *bytes, size_t len) {
    int64_t least = INT32_MAX;
    size_t at = HEADER_LEN;
    if (len < HEADER_LEN)
        return 0;
    for (unsigned i = read16(bytes + 4); i > 0; i--)
        at = skip_name(bytes, len, at) + 4;
    for (unsigned i = read16(bytes + 6); i > 0; i--) {
        at = skip_name(bytes, len, at);
        if (at + FIXED_LEN > len)
            return 0;
        int64_t ttl_s = (int64_t)read16(bytes + at + 4) << 16 | read16(bytes + at + 6);
        least = ttl_s < least ? ttl_s : least;
        at += FIXED_LEN + read16(bytes + at + 8);
    }
    return least;
}

static void on_srv(void *ctx, int status, int timeouts, unsigned char *bytes, int len) {
    struct dns_question *u = ctx;
    const struct dns_library *lib = &u->dns->lib;
    struct ares_srv_reply *list = NULL;
    int64_t ttl_s = 0;
    (void)timeouts;
    if (status == ARES_SUCCESS && (status = lib->parse_srv(bytes, len, &list)) == ARES_SUCCESS) {
        take_records(u, list);
        ttl_s = least_ttl(bytes, (size_t)len);
    }
    if (list != NULL)
        lib->free_data(list);
    answered(u, status, ttl_s);
}

/* ---- asking ---- */

/* /etc/hosts; true when it knew. */
static bool ask_file(struct dns_question *u, int family) {
    struct hostent *host = NULL;
    union address a;
    if (u->dns->lib.hosts_file(u->dns->channel, u->name, family, &host) != ARES_SUCCESS)
        return false;
    for (char **at = host->h_addr_list; *at != NULL; at++)
        if (address_from_bytes(family, *at, &a))
            add_address(u, &a);
    u->dns->lib.free_hostent(host);
    return u->count > 0;
}

/* A name with a dot is complete: "example.org" must not become example.org.example.net. */
static void ask_addresses(struct dns_question *u) {
    struct ares_addrinfo_hints hints = {.ai_family = u->type == ns_t_a ? AF_INET : AF_INET6,
                                        .ai_socktype = SOCK_STREAM};
    char name[NS_MAXDNAME + 2];
    if (ask_file(u, hints.ai_family)) {
        answered(u, ARES_SUCCESS, 0);
        return;
    }
    snprintf(name, sizeof(name), "%s%s", u->name, strchr(u->name, '.') != NULL ? "." : "");
    u->dns->lib.getaddrinfo(u->dns->channel, name, NULL, &hints, on_addrinfo, u);
}

void dns_question_ask(struct dns_question *u) {
    struct dns *d = u->dns;
    forget_answer(u);
    if (dns_channel(d) == NULL) {
        u->why = d->why.text;
        dns_answered(u);
        return;
    }
    u->is_asked = true;
    d->in_flight++;
    d->asked++;
    if (u->type == ns_t_srv)
        d->lib.query(d->channel, u->name, ns_c_in, ns_t_srv, on_srv, u);
    else
        ask_addresses(u);
    dns_set_timer(d);
}
