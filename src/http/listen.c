/* SPDX-License-Identifier: MIT */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 256 };

union any {
    struct sockaddr sa;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t len_of(const union any *a) {
    return a->sa.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

static int parse(const char *text, union any *a, struct err *err) {
    char host[64] = "";
    const char *colon = strrchr(text, ':');
    size_t skip = text[0] == '[', len = colon != NULL ? (size_t)(colon - text) : 0;
    memset(a, 0, sizeof(*a));
    if (len < 2 * skip + 1 || len >= sizeof(host) || (skip && text[len - 1] != ']'))
        return err_set(err, "'%s' is no address to listen on, like 127.0.0.1:5280 or [::1]:5280", text);
    memcpy(host, text + skip, len - 2 * skip);
    uint16_t port = htons((uint16_t)atoi(colon + 1));
    if (skip && inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) {
        a->v6.sin6_family = AF_INET6;
        a->v6.sin6_port = port;
    } else if (!skip && inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                                  &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = port;
    } else {
        return err_set(err, "'%s' is no IP address to listen on", host);
    }
    return 0;
}

static void describe(int fd, struct buf *as) {
    char host[INET6_ADDRSTRLEN] = "?";
    union any a;
    socklen_t len = sizeof(a);
    memset(&a, 0, sizeof(a));
    getsockname(fd, &a.sa, &len);
    bool is_v6 = a.sa.sa_family == AF_INET6;
    inet_ntop(a.sa.sa_family, is_v6 ? (void *)&a.v6.sin6_addr : (void *)&a.v4.sin_addr, host, sizeof(host));
    buf_addf(as, is_v6 ? "[%s]:%d" : "%s:%d", host, ntohs(is_v6 ? a.v6.sin6_port : a.v4.sin_port));
}

/* A port in TIME_WAIT is free; [::] is IPv6 alone, so that 0.0.0.0 can stand beside it. */
static int bind_to(int fd, const union any *a) {
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (a->sa.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    return bind(fd, &a->sa, len_of(a)) < 0 || listen(fd, BACKLOG) < 0 ? -1 : 0;
}

static const char *advice(int error) {
    return error == EADDRINUSE      ? "; another process listens there: stop it, or choose another port"
           : error == EACCES        ? "; ports below 1024 are for root: choose another one"
           : error == EADDRNOTAVAIL ? "; this machine has no such address"
                                    : "";
}

int listen_open(const char *address, struct buf *as, struct err *err) {
    union any a;
    if (parse(address, &a, err) < 0)
        return -1;
    int fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind_to(fd, &a) == 0) {
        describe(fd, as);
        return fd;
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    return err_set(err, "cannot listen on %s: %s%s", address, strerror(error), advice(error));
}
