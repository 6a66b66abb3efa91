/* SPDX-License-Identifier: MIT */
/* The order of SRV records (RFC 2782), and of what an account remembers of them. */
#include "check.h"

#include "base/mem.h"
#include "base/random.h"
#include "net/conn_memory.h"
#include "net/srv.h"

#include <stdlib.h>

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

#define R(name, p, w)                                                                                        \
    { .target = (name), .priority = (p), .weight = (w), .port = 1 }

static char name_a[] = "a", name_b[] = "b", name_c[] = "c";

static void srv_records_are_ordered(void) {
    const struct srv_record given[3] = {R(name_a, 10, 60), R(name_b, 10, 0), R(name_c, 5, 0)};
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
        struct srv_record list[2] = {R(name_a, 1, 90), R(name_b, 1, 10)};
        srv_order(list, 2, random_below);
        first_a += list[0].target == name_a;
    }
    CHECK(first_a > 3200 && first_a < 3900);
}

/* Every number that can come, once: a record is first as often as RFC 2782 says, the bounds included. */
static void each_number_has_its_record(void) {
    static const struct {
        uint16_t weights[3];
        int first[3]; /* how many of the numbers 0 … sum make it the first */
    } rows[] = {
        {{0, 0, 0}, {1, 0, 0}}, {{1, 1, 1}, {2, 1, 1}}, {{1, 3, 6}, {2, 3, 6}},
        {{0, 2, 3}, {1, 2, 3}}, {{5, 0, 0}, {5, 1, 0}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int first[3] = {0, 0, 0}, sum = rows[i].weights[0] + rows[i].weights[1] + rows[i].weights[2];
        for (int number = 0; number <= sum; number++) {
            struct srv_record list[3] = {R(name_a, 7, rows[i].weights[0]), R(name_b, 7, rows[i].weights[1]),
                                         R(name_c, 7, rows[i].weights[2])};
            order((uint32_t)number, list, 3);
            first[list[0].target[0] - 'a']++;
        }
        for (int k = 0; k < 3; k++)
            CHECK_INT(first[k], rows[i].first[k]);
    }
}

/* XEP-0368 3: one list. */
static void two_services_are_one_list(void) {
    struct srv_record *list = mem_alloc0(2 * sizeof(*list)), *more = mem_alloc0(2 * sizeof(*more));
    size_t count = 2;
    list[0] = (struct srv_record)R(mem_strdup("b"), 10, 0);
    list[1] = (struct srv_record)R(mem_strdup("d"), 30, 0);
    more[0] = (struct srv_record)R(mem_strdup("a"), 5, 0);
    more[1] = (struct srv_record)R(mem_strdup("c"), 20, 0);
    more[0].direct_tls = more[1].direct_tls = true;
    srv_join(&list, &count, more, 2);
    srv_join(&list, &count, NULL, 0);
    CHECK_STR(order(0, list, count), "abcd");
    CHECK(list[0].direct_tls && !list[1].direct_tls && list[2].direct_tls && !list[3].direct_tls);
    srv_free(list, count);
}

/* ---- what failed is tried last ---- */

static const char *remembered(const struct conn_memory *m, int64_t now_ms) {
    static char text[8];
    struct srv_record list[4] = {R(name_a, 1, 0), R(name_b, 2, 0), R(name_c, 3, 0), R(name_a, 4, 0)};
    list[3].direct_tls = true;
    conn_memory_order(m, list, 4, now_ms);
    for (int i = 0; i < 4; i++)
        text[i] = (char)(list[i].target[0] - (list[i].direct_tls ? 'a' - 'A' : 0));
    return text;
}

static void what_failed_comes_last(void) {
    struct conn_memory *m = conn_memory_new();
    const struct srv_record a = R(name_a, 1, 0), b = R(name_b, 2, 0);
    struct srv_record direct = R(name_a, 4, 0);
    direct.direct_tls = true;
    CHECK_STR(remembered(m, 0), "abcA");
    conn_memory_blame(m, &a, 0);
    CHECK_STR(remembered(m, 0), "bcAa");
    conn_memory_blame(m, &b, 1);
    CHECK_STR(remembered(m, 1), "cAab"); /* the older blame first */
    conn_memory_blame(m, &a, 2);
    CHECK_STR(remembered(m, 2), "cAba");
    conn_memory_blame(m, &direct, 2);
    conn_memory_praise(m, &b);
    CHECK_STR(remembered(m, 2), "bcaA");
    CHECK_STR(remembered(m, 600001), "bcaA");
    CHECK_STR(remembered(m, 600002), "abcA"); /* forgotten */
    conn_memory_free(m);
}

static void the_memory_is_bounded(void) {
    struct conn_memory *m = conn_memory_new();
    const struct srv_record a = R(name_a, 1, 0);
    conn_memory_blame(m, &a, 0);
    for (uint16_t port = 100; port < 200; port++) {
        struct srv_record other = R(name_b, 1, 0);
        other.port = port;
        conn_memory_blame(m, &other, 0);
    }
    CHECK_STR(remembered(m, 0), "abcA");
    conn_memory_free(m);
    conn_memory_free(NULL);
    conn_memory_blame(NULL, &a, 0);
    conn_memory_praise(NULL, &a);
    CHECK_STR(remembered(NULL, 0), "abcA");
}

int main(void) {
    RUN(srv_records_are_ordered);
    RUN(heavier_records_come_first_more_often);
    RUN(each_number_has_its_record);
    RUN(two_services_are_one_list);
    RUN(what_failed_comes_last);
    RUN(the_memory_is_bounded);
    return check_done();
}
