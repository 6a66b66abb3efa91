/* SPDX-License-Identifier: MIT */
/* secrets: passwords from files and from programs. Their text goes nowhere but into the config, and is wiped
 * with it. */
#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_MS = 30000, SECRET_MOST = 4096 };

/* The first line; NULL when it is empty. */
static char *first_line(const struct buf *text) {
    size_t len = strcspn(buf_data(text), "\r\n");
    return len > 0 ? mem_strndup(buf_data(text), len) : NULL;
}

static void wipe(struct buf *text) {
    mem_wipe(text->data, text->cap);
    buf_finish(text);
}

/* Bytes until the end of file, at most SECRET_MOST; gives up after the time. 0, or -1 with errno. */
static int read_fd(int fd, struct buf *out, int timeout_ms) {
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        long left =
            timeout_ms - ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready == 0 || (ready < 0 && errno != EINTR))
            return -1;
        ssize_t n = ready < 0 ? 1 : read(fd, buf_reserve(out, 512), 512);
        if (n == 0 || buf_len(out) > SECRET_MOST)
            return 0;
        if (n < 0)
            return -1;
        if (ready > 0)
            buf_commit(out, (size_t)n);
    }
}

static char *from_file(const char *path, struct err *err) {
    struct buf text = BUF_INIT;
    char *secret = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    buf_reserve(&text, SECRET_MOST + 1024); /* never moved: no copy stays behind */
    if (fd < 0 || read_fd(fd, &text, COMMAND_MS) < 0)
        err_set(err, "%s: %s", path, strerror(errno));
    else if ((secret = first_line(&text)) == NULL)
        err_set(err, "%s: the first line is empty; it should hold the password", path);
    if (fd >= 0)
        close(fd);
    wipe(&text);
    return secret;
}

/* Runs argv without a shell, stdin from /dev/null, stderr ours. The read end of its stdout, or -1. */
static int start(char *const *argv, pid_t *pid, struct err *err) {
    int out[2];
    if (pipe2(out, O_CLOEXEC) < 0 || (*pid = fork()) < 0)
        return err_set(err, "%s cannot be started: %s", argv[0], strerror(errno));
    if (*pid == 0) {
        int null = open("/dev/null", O_RDONLY);
        setpgid(0, 0);
        dup2(null, STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(out[1]);
    return out[0];
}

static int reap(pid_t pid, bool kill_it) {
    int status = 0;
    if (kill_it)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static char *from_command(char *const *argv, struct err *err) {
    struct buf text = BUF_INIT;
    pid_t pid = 0;
    char *secret = NULL;
    int fd = start(argv, &pid, err);
    if (fd < 0)
        return NULL;
    buf_reserve(&text, SECRET_MOST + 1024);
    bool late = read_fd(fd, &text, COMMAND_MS) < 0;
    close(fd);
    int status = reap(pid, late);
    if (late)
        err_set(err, "%s gave no password within 30 seconds", argv[0]);
    else if (status != 0)
        err_set(err, status == 127 ? "%s cannot be run (status %d)" : "%s ended with status %d", argv[0],
                status);
    else if ((secret = first_line(&text)) == NULL)
        err_set(err, "%s printed nothing; its first line should be the password", argv[0]);
    wipe(&text);
    return secret;
}

int config_secrets(struct config *c, struct config_mistakes *mistakes) {
    int result = 0;
    for (size_t i = 0; i < c->bot_count; i++) {
        struct config_bot *b = &c->bots[i];
        struct err err = ERR_INIT;
        if (b->password != NULL)
            continue;
        b->password =
            b->password_file ? from_file(b->password_file, &err) : from_command(b->password_command, &err);
        if (b->password == NULL) {
            config_mistake_add(mistakes, c->path, b->password_mark, "%s", err.text);
            result = -1;
        }
    }
    return result;
}
