/* SPDX-License-Identifier: MIT */
/*
 * loadserver: a fake XMPP server that starts a bot, lets its accounts log in, gives it one kind of work,
 * checks every answer and prints what it cost the bot, as one line of JSON on stdout.
 *
 *   loadserver [--work KIND] [--count N] [--warm N] [--window N] [--accounts N] [--joins N]
 *              [--tls CERTIFICATE KEY CA] [--deadline SECONDS] -- COMMAND [ARG…]
 *
 * In COMMAND {port}, {count} and {ca} are filled in; it finds the same in BENCH_PORT, BENCH_COUNT, BENCH_CA.
 * The bot logs in as bot0@localhost, bot1@… with SASL PLAIN and any password. No KIND: log-in and memory
 * only. Exit status 0 when every answer was right, else 1 with the reason on stderr. It stops by itself, at
 * the deadline (default 120 s) at the latest.
 */
#include "load/load.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void die(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    fputs("loadserver: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

uint64_t now_ns(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct options {
    const char *work, *certificate, *key;
    int deadline_s;
    char **command;
};

static void usage(void) {
    die("usage: loadserver [--work KIND] [--count N] [--warm N] [--window N] [--accounts N] [--joins N] "
        "[--tls CERT KEY CA] [--deadline S] -- COMMAND…");
}

static int take_number(struct load *l, struct options *o, const char *name, const char *value) {
    const struct {
        const char *name;
        int *i;
        uint32_t *u;
    } numbers[] = {{"--count", NULL, &l->work.count},   {"--warm", NULL, &l->work.warm},
                   {"--window", NULL, &l->work.window}, {"--accounts", &l->count, NULL},
                   {"--joins", &l->joins, NULL},        {"--deadline", &o->deadline_s, NULL}};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        long n = value ? strtol(value, NULL, 10) : -1;
        if (strcmp(name, numbers[i].name) != 0)
            continue;
        if (n < 0 || n > 100000000)
            usage();
        if (numbers[i].i)
            *numbers[i].i = (int)n;
        else
            *numbers[i].u = (uint32_t)n;
        return 2;
    }
    usage();
    return 0;
}

static void take_options(struct load *l, struct options *o, int argc, char **argv) {
    int i = 1;

    while (i < argc && strcmp(argv[i], "--") != 0) {
        if (strcmp(argv[i], "--work") == 0 && i + 1 < argc) {
            o->work = argv[i + 1];
            i += 2;
        } else if (strcmp(argv[i], "--tls") == 0 && i + 3 < argc) {
            o->certificate = argv[i + 1];
            o->key = argv[i + 2];
            l->ca_file = argv[i + 3];
            i += 4;
        } else
            i += take_number(l, o, argv[i], argv[i + 1]);
    }
    if (i + 1 >= argc || l->count < 1 || l->work.window < 1 || l->work.count < 1 || l->work.warm < 1)
        usage();
    o->command = argv + i + 1;
    if (o->work != NULL && (l->work.kind = text_find(o->work)) == NULL)
        die("there is no work \"%s\"", o->work);
    if (l->work.kind != NULL && !l->work.kind->is_answered && l->work.window < LOAD_WINDOW)
        die("work that is not answered needs a window of %d", LOAD_WINDOW);
}

static void open_tls(struct load *l, const struct options *o) {
    if (o->certificate == NULL)
        return;
    l->tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(l->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_chain_file(l->tls, o->certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(l->tls, o->key, SSL_FILETYPE_PEM) != 1)
        die("cannot use the certificate %s with the key %s", o->certificate, o->key);
}

static void watch(struct load *l, int fd, void *mark) {
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = mark};

    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
        die("epoll_ctl: %s", strerror(errno));
}

static void open_listener(struct load *l) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files); /* thousands of accounts; the bot inherits it */
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    l->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->listener < 0 || bind(l->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
        listen(l->listener, 8192) != 0 || getsockname(l->listener, (struct sockaddr *)&a, &len) != 0)
        die("cannot listen on 127.0.0.1: %s", strerror(errno));
    l->port = ntohs(a.sin_port);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(l, l->listener, l);
}

static void accept_all(struct load *l) {
    int fd;

    while ((fd = accept4(l->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        l->conns = mem_array(l->conns, (size_t)l->conn_count + 1, sizeof(*l->conns));
        l->conns[l->conn_count++] = conn_new(l, fd);
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
        die("accept: %s", strerror(errno));
}

/* mark: the load for the listener, its pid field for the bot's end, else a connection. */
static void take_event(struct load *l, void *mark, uint32_t events) {
    if (mark == l)
        accept_all(l);
    else if (mark == &l->pid)
        die("the bot ended by itself");
    else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        conn_readable(mark);
    else
        conn_flush(mark);
}

static void run(struct load *l, uint64_t deadline_ns) {
    struct epoll_event events[256];

    while (l->work.phase != WORK_DONE) {
        int64_t left_ms = ((int64_t)deadline_ns - (int64_t)now_ns()) / 1000000;
        int n = left_ms > 0 ? epoll_wait(l->epoll, events, 256, (int)left_ms) : 0;
        if (n < 0 && errno != EINTR)
            die("epoll_wait: %s", strerror(errno));
        if (n == 0)
            die("not done at the deadline: %d of %d accounts online, %d of %d rooms joined, phase %d, %u of "
                "%u "
                "stanzas",
                l->online, l->count, l->joined, l->joins, l->work.phase, l->work.acked, l->work.goal);
        for (int i = 0; i < n && l->work.phase != WORK_DONE; i++)
            take_event(l, events[i].data.ptr, events[i].events);
    }
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void report(struct load *l, const struct options *o) {
    struct work *w = &l->work;
    double n = w->count;

    printf("{\"work\":\"%s\",\"accounts\":%d,\"tls\":%s,\"start_ms\":%.3f,\"all_online_ms\":%.3f,\"rss_kib\":"
           "%ld,"
           "\"pss_kib\":%ld,\"private_kib\":%ld",
           o->work ? o->work : "idle", l->count, l->tls ? "true" : "false",
           (double)(l->online_ns - l->started_ns) / 1e6, (double)(l->all_online_ns - l->started_ns) / 1e6,
           w->idle.rss_kib, w->idle.pss_kib, w->idle.private_kib);
    if (w->kind != NULL)
        printf(",\"stanza_len\":%zu,\"count\":%u,\"cpu_us\":%.4f,\"wall_us\":%.4f,\"segments\":%.4f,"
               "\"reads\":%.4f,\"after_rss_kib\":%ld",
               buf_len(&w->text.stanza), w->count, w->cpu_us / n, (double)w->wall_ns / 1e3 / n,
               (double)w->segments / n, (double)w->reads / n, w->after.rss_kib);
    if (w->latency_ns != NULL) {
        qsort(w->latency_ns, w->count, sizeof(uint64_t), by_value);
        printf(",\"p50_us\":%.2f,\"p99_us\":%.2f", (double)w->latency_ns[w->count / 2] / 1e3,
               (double)w->latency_ns[(size_t)(n * 0.99)] / 1e3);
    }
    puts("}");
}

static void finish(struct load *l) {
    for (int i = 0; i < l->conn_count; i++)
        conn_free(l->conns[i]);
    mem_free(l->conns);
    mem_free(l->work.latency_ns);
    text_finish(&l->work.text);
    text_finish(&l->work.marker);
    SSL_CTX_free(l->tls);
    close(l->listener);
    close(l->epoll);
}

int main(int argc, char **argv) {
    struct load l = {.count = 1, .work = {.count = 20000, .warm = 2000, .window = LOAD_WINDOW}};
    struct options o = {.deadline_s = 120};

    take_options(&l, &o, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    open_tls(&l, &o);
    open_listener(&l);
    l.started_ns = now_ns();
    l.pid = child_start(o.command, l.port, l.count, l.ca_file);
    watch(&l, (int)syscall(SYS_pidfd_open, l.pid, 0), &l.pid);
    run(&l, l.started_ns + (uint64_t)o.deadline_s * 1000000000u);
    report(&l, &o);
    child_stop(l.pid);
    finish(&l);
    return 0;
}
