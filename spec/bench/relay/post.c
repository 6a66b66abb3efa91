/* SPDX-License-Identifier: MIT */
/*
 * post: a client of webhooks: --clients connections that are kept, each with one request under way, --count
 * POSTs in all. Every '#' of the body is replaced by the request's number (as %08u), so no two are equal. One
 * thread, epoll, answers read with as little as HTTP/1.1 needs: a status, a Content-Length.
 *
 *   post --port P --path /alert --body FILE [--clients 32] [--first 0] [--count 1000] [--type T] [--header
 * 'Name: value'] [--times]
 *
 * Prints {"accepted":2xx answers,"refused":others,"seconds":…,"per_second":…,"p50_ms":…,"p99_ms":…}; with
 * --times before that a line `NUMBER SECONDS-SINCE-1970` for each request, of the moment before it was
 * written.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 256, ANSWER_MAX = 16384, DIGITS = 8 };

struct options {
    int port, clients, count, first;
    const char *path, *body_file, *type, *header;
    bool times;
};

struct client {
    int fd;
    double sent;
    size_t have;
    char answer[ANSWER_MAX];
};

struct run {
    struct options o;
    int poll, started, ended, accepted, refused;
    char *body;
    size_t body_len;
    double *took;
    struct client clients[CLIENTS_MAX];
};

static void fail(const char *what) {
    fprintf(stderr, "post: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_options(struct options *o, int argc, char **argv) {
    *o = (struct options){.clients = 32, .count = 1000, .path = "/", .type = "application/json"};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        bool takes_value = true;
        if (strcmp(name, "--port") == 0)
            o->port = atoi(value);
        else if (strcmp(name, "--clients") == 0)
            o->clients = atoi(value);
        else if (strcmp(name, "--count") == 0)
            o->count = atoi(value);
        else if (strcmp(name, "--first") == 0)
            o->first = atoi(value);
        else if (strcmp(name, "--path") == 0)
            o->path = value;
        else if (strcmp(name, "--body") == 0)
            o->body_file = value;
        else if (strcmp(name, "--type") == 0)
            o->type = value;
        else if (strcmp(name, "--header") == 0)
            o->header = value;
        else if (strcmp(name, "--times") == 0)
            takes_value = !(o->times = true);
        else
            fprintf(stderr, "post: there is no option %s\n", name), exit(2);
        i += takes_value;
    }
    if (o->port <= 0 || o->body_file == NULL || o->clients < 1 || o->clients > CLIENTS_MAX || o->count < 1)
        fprintf(stderr, "usage: see the head of spec/bench/relay/post.c\n"), exit(2);
}

static void read_body(struct run *r) {
    FILE *f = fopen(r->o.body_file, "rb");
    if (f == NULL)
        fail(r->o.body_file);
    for (int c; (c = getc(f)) != EOF;) {
        r->body = realloc(r->body, r->body_len + DIGITS);
        size_t len = c == '#' ? DIGITS : 1;
        memset(r->body + r->body_len, c, len);
        r->body_len += len;
    }
    fclose(f);
}

/* Where r->body has DIGITS times "#". */
static void put_number(const struct run *r, char *body, int number) {
    char digits[16];
    snprintf(digits, sizeof(digits), "%08d", number);
    for (size_t i = 0; i + DIGITS <= r->body_len; i++)
        if (r->body[i] == '#') {
            memcpy(body + i, digits, DIGITS);
            i += DIGITS - 1;
        }
}

static void client_connect(struct run *r, struct client *c) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)r->o.port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int one = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        fail("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (epoll_ctl(r->poll, EPOLL_CTL_ADD, c->fd, &event) < 0)
        fail("epoll_ctl");
}

static void client_send(struct run *r, struct client *c) {
    int number = r->o.first + r->started++;
    char head[1024];
    int head_len = snprintf(head, sizeof(head),
                            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: %s\r\n"
                            "Content-Length: %zu\r\n%s%s\r\n",
                            r->o.path, r->o.port, r->o.type, r->body_len, r->o.header ? r->o.header : "",
                            r->o.header ? "\r\n" : "");
    char *request = malloc((size_t)head_len + r->body_len);
    memcpy(request, head, (size_t)head_len);
    memcpy(request + head_len, r->body, r->body_len);
    put_number(r, request + head_len, number);
    if (r->o.times)
        printf("%d %.6f\n", number, now(CLOCK_REALTIME));
    c->have = 0;
    c->sent = now(CLOCK_MONOTONIC);
    ssize_t len = (ssize_t)((size_t)head_len + r->body_len);
    if (write(c->fd, request, (size_t)len) != len)
        fail("write");
    free(request);
}

/* The length of the whole answer, 0 when its head is not complete. */
static size_t answer_len(const struct client *c) {
    const char *end = memmem(c->answer, c->have, "\r\n\r\n", 4);
    const char *field = end ? strcasestr(c->answer, "\r\nContent-Length:") : NULL;
    if (end == NULL)
        return 0;
    return (size_t)(end + 4 - c->answer) + (field && field < end ? strtoul(field + 17, NULL, 10) : 0);
}

static void client_again(struct run *r, struct client *c, bool is_closed) {
    if (is_closed) {
        close(c->fd);
        client_connect(r, c);
    }
    if (r->started < r->o.count)
        client_send(r, c);
}

static void on_answer(struct run *r, struct client *c) {
    ssize_t got = read(c->fd, c->answer + c->have, sizeof(c->answer) - 1 - c->have);
    if (got <= 0) /* closed between two answers, or in the middle of one */
        fail("the server closed a connection");
    c->have += (size_t)got;
    c->answer[c->have] = '\0';
    size_t whole = answer_len(c);
    if (whole == 0 || c->have < whole)
        return;
    bool accepted = c->have > 9 && c->answer[9] == '2';
    r->accepted += accepted;
    r->refused += !accepted;
    r->took[r->ended++] = now(CLOCK_MONOTONIC) - c->sent;
    client_again(r, c, strcasestr(c->answer, "\r\nConnection: close") != NULL);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_result(struct run *r, double seconds) {
    qsort(r->took, (size_t)r->ended, sizeof(*r->took), compare);
    printf("{\"accepted\":%d,\"refused\":%d,\"seconds\":%.3f,\"per_second\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%"
           ".3f}\n",
           r->accepted, r->refused, seconds, r->ended / seconds, r->took[r->ended / 2] * 1e3,
           r->took[r->ended * 99 / 100] * 1e3);
}

int main(int argc, char **argv) {
    static struct run r;
    struct epoll_event events[CLIENTS_MAX];
    read_options(&r.o, argc, argv);
    read_body(&r);
    r.poll = epoll_create1(EPOLL_CLOEXEC);
    r.took = calloc((size_t)r.o.count, sizeof(*r.took));
    double began = now(CLOCK_MONOTONIC);
    for (int i = 0; i < r.o.clients && r.started < r.o.count; i++) {
        client_connect(&r, &r.clients[i]);
        client_send(&r, &r.clients[i]);
    }
    while (r.ended < r.o.count) {
        int count = epoll_wait(r.poll, events, CLIENTS_MAX, 60000);
        if (count <= 0)
            fail("no answer for a minute");
        for (int i = 0; i < count; i++)
            on_answer(&r, events[i].data.ptr);
    }
    print_result(&r, now(CLOCK_MONOTONIC) - began);
    return 0;
}
