/* SPDX-License-Identifier: MIT */
#include "control/client.h"

#include "control/socket.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_LEN = 16384, ANSWER_MOST = 32 << 20 };

int client_connect(const char *path, bool *nobody, struct err *err) {
    int fd = socket_connect(path, nobody, err);
    if (fd < 0 || socket_is_ours(fd) || geteuid() == 0)
        return fd;
    close(fd);
    return err_set(err, "the process at %s is another user's", path);
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 1: something came; 0: the end; -1: err. */
static int read_some(int fd, int64_t until_ms, struct buf *in, struct err *err) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t left = until_ms < 0 ? -1 : until_ms - now_ms();
    int r = poll(&p, 1, until_ms < 0 ? -1 : left > 0 ? (int)left : 0);
    if (r == 0)
        return err_set(err, "the process did not answer in time");
    if (r < 0 && errno == EINTR) /* stopped and continued, say */
        return 1;
    ssize_t n = recv(fd, buf_reserve(in, PIECE_LEN), PIECE_LEN, 0);
    if (n < 0 && errno == EINTR)
        return 1;
    if (n < 0 && errno != ECONNRESET)
        return err_set(err, "the process cannot be heard: %s", strerror(errno));
    buf_commit(in, n > 0 ? (size_t)n : 0);
    return n > 0;
}

static int send_all(int fd, const char *s, size_t len, struct err *err) {
    while (len > 0) {
        ssize_t n = send(fd, s, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return err_set(err, "the process hung up: %s", strerror(errno));
        s += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int client_ask(int fd, struct str line, int timeout_ms, struct buf *answer, struct err *err) {
    int64_t until = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    buf_clear(answer);
    if (send_all(fd, line.s, line.len, err) < 0 || send_all(fd, "\n", 1, err) < 0)
        return -1;
    for (;;) {
        size_t had = buf_len(answer);
        int r = read_some(fd, until, answer, err);
        if (r < 0)
            return -1;
        const char *end = memchr(buf_data(answer) + had, '\n', buf_len(answer) - had);
        if (end != NULL) {
            buf_cut(answer, (size_t)(end - buf_data(answer)));
            return 0;
        }
        if (r == 0 || buf_len(answer) > ANSWER_MOST)
            return err_set(err, "the process hung up before it answered");
    }
}

int client_wait_gone(int fd, int timeout_ms) {
    struct buf rest = BUF_INIT;
    struct err err = ERR_INIT;
    int64_t until = now_ms() + timeout_ms;
    int r = 1;
    while (r > 0 && buf_len(&rest) < ANSWER_MOST)
        r = read_some(fd, until, &rest, &err);
    buf_finish(&rest);
    return r == 0 ? 0 : -1;
}
