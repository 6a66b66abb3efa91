/* SPDX-License-Identifier: MIT */
/* secrets: passwords from files and from programs. Their text goes nowhere but into the config, and is wiped
 * with it. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "config/reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_MS = 30000, SECRET_MOST = 4096, REAP_MS = 10 };

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The first line, as text; NULL with what is wrong with it. */
static char *first_line(const struct buf *text, struct err *err) {
    const char *s = buf_data(text), *end = memchr(s, '\n', buf_len(text));
    size_t len = end ? (size_t)(end - s) : buf_len(text);
    if (len > 0 && s[len - 1] == '\r')
        len--;
    if (len > SECRET_MOST)
        err_set(err, "the first line is longer than %d bytes", SECRET_MOST);
    else if (len == 0)
        err_set(err, "the first line is empty; it should be the password");
    else if (utf8_xml_span(s, len) < len)
        err_set(err, "the first line is no text; it should be the password, in UTF-8");
    else
        return mem_strndup(s, len);
    return NULL;
}

static void wipe(struct buf *text) {
    mem_wipe(text->data, text->cap);
    buf_finish(text);
}

/* Bytes until the end of file or more than SECRET_MOST; gives up when it is late. 0, or -1 with errno. */
static int read_fd(int fd, struct buf *out, int64_t deadline_ms) {
    buf_reserve(out, SECRET_MOST + 1024); /* never moved: no copy stays behind */
    for (;;) {
        int64_t left = deadline_ms - now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready == 0 || (ready < 0 && errno != EINTR))
            return -1;
        if (ready < 0)
            continue;
        ssize_t n = read(fd, buf_reserve(out, 512), 512);
        if (n < 0)
            return -1;
        buf_commit(out, (size_t)n);
        if (n == 0 || buf_len(out) > SECRET_MOST)
            return 0;
    }
}

static char *from_file(const char *path, struct err *err) {
    struct buf text = BUF_INIT;
    char *secret = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read_fd(fd, &text, now_ms() + COMMAND_MS) < 0)
        err_set(err, "%s: %s", path, strerror(errno));
    else if ((secret = first_line(&text, err)) == NULL)
        err_context(err, "%s", path);
    if (fd >= 0)
        close(fd);
    wipe(&text);
    return secret;
}

static void be_program(char *const *argv, int out) {
    int null = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execvp(argv[0], argv);
    _exit(127);
}

/* Runs argv without a shell, stdin from /dev/null, stderr ours. The read end of its stdout, or -1. */
static int start(char *const *argv, pid_t *pid, struct err *err) {
    int out[2];
    if (pipe2(out, O_CLOEXEC) < 0)
        return err_set(err, "%s cannot be started: %s", argv[0], strerror(errno));
    if ((*pid = fork()) == 0)
        be_program(argv, out[1]);
    if (*pid < 0)
        err_set(err, "%s cannot be started: %s", argv[0], strerror(errno));
    close(out[1]);
    if (*pid < 0)
        close(out[0]);
    return *pid < 0 ? -1 : out[0];
}

/* Its exit status; -1 when it had to be ended, or was ended by a signal. */
static int reap(pid_t pid, int64_t deadline_ms) {
    static const struct timespec pause = {.tv_nsec = REAP_MS * 1000000L};
    int status = 0;
    pid_t ended;
    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && now_ms() < deadline_ms)
        nanosleep(&pause, NULL);
    if (ended == 0) {
        kill(-pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *from_command(char *const *argv, struct err *err) {
    struct buf text = BUF_INIT;
    pid_t pid = 0;
    char *secret = NULL;
    int64_t deadline_ms = now_ms() + COMMAND_MS;
    int fd = start(argv, &pid, err);
    if (fd < 0)
        return NULL;
    bool is_read = read_fd(fd, &text, deadline_ms) == 0;
    close(fd);
    int status = reap(pid, deadline_ms);
    if (!is_read || now_ms() >= deadline_ms)
        err_set(err, "%s gave no password within %d seconds", argv[0], COMMAND_MS / 1000);
    else if (status == 127)
        err_set(err, "%s cannot be run; is it installed?", argv[0]);
    else if (status != 0)
        err_set(err, status < 0 ? "%s was ended by a signal" : "%s ended with status %d", argv[0], status);
    else if ((secret = first_line(&text, err)) == NULL)
        err_context(err, "what %s printed", argv[0]);
    wipe(&text);
    return secret;
}

static int read_password(struct config *c, struct config_bot *b, struct config_mistakes *mistakes) {
    struct err err = ERR_INIT;
    if (b->password_file == NULL && b->password_command == NULL)
        return 0; /* it is there, or none is needed */
    b->password =
        b->password_file ? from_file(b->password_file, &err) : from_command(b->password_command, &err);
    if (b->password != NULL)
        return 0;
    config_mistake_add(mistakes, c->path, b->password_mark, "%s", err.text);
    return -1;
}

/* Of its file; NULL: it cannot be had, or is not of the form that it must have. */
static char *auth_secret(const struct config_auth *a, struct err *err) {
    char *secret = from_file(a->secret_file, err);
    if (secret == NULL || config_auth_is_right(a, secret))
        return secret;
    err_set(err, "%s: " AUTH_NO_SECRET, a->secret_file);
    mem_free_secret(secret);
    return NULL;
}

static int read_auth_secret(struct config *c, struct config_auth *a, struct config_mistakes *mistakes) {
    struct err err = ERR_INIT;
    if (a->secret_file == NULL)
        return 0;
    mem_free_secret(a->secret);
    a->secret = auth_secret(a, &err);
    if (a->secret != NULL)
        return 0;
    config_mistake_add(mistakes, c->path, a->mark, "%s", err.text);
    return -1;
}

/* ---- only looked at ---- */

static bool is_looked_at(const char *path) {
    static const char credentials[] = "/run/credentials/";
    struct stat st;
    return path != NULL && strncmp(path, credentials, sizeof(credentials) - 1) != 0 &&
           (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* secret: let go of; NULL: err is told. */
static int tell(const struct config *c, char *secret, struct config_mark mark, const struct err *err,
                struct config_mistakes *mistakes) {
    int result = secret != NULL ? 0 : -1;
    if (result < 0)
        config_mistake_add(mistakes, c->path, mark, "%s", err->text);
    mem_free_secret(secret);
    return result;
}

static int check_password(const struct config *c, const struct config_bot *b,
                          struct config_mistakes *mistakes) {
    struct err err = ERR_INIT;
    return is_looked_at(b->password_file)
               ? tell(c, from_file(b->password_file, &err), b->password_mark, &err, mistakes)
               : 0;
}

static int check_auth(const struct config *c, const struct config_auth *a, struct config_mistakes *mistakes) {
    struct err err = ERR_INIT;
    return is_looked_at(a->secret_file) ? tell(c, auth_secret(a, &err), a->mark, &err, mistakes) : 0;
}

int config_secret_files(const struct config *c, struct config_mistakes *mistakes) {
    int result = check_auth(c, &c->http.auth, mistakes);
    for (size_t i = 0; i < c->bot_count; i++) {
        const struct config_bot *b = &c->bots[i];
        if (check_password(c, b, mistakes) < 0)
            result = -1;
        for (size_t k = 0; k < b->hook_count; k++) {
            const struct config_webhook *w = b->hooks[k].webhook;
            if (w != NULL && check_auth(c, &w->auth, mistakes) < 0)
                result = -1;
        }
    }
    return result;
}

/* ---- for good ---- */

int config_secrets(struct config *c, struct config_mistakes *mistakes) {
    assert(c->is_sound);
    int result = read_auth_secret(c, &c->http.auth, mistakes);
    for (size_t i = 0; i < c->bot_count; i++) {
        struct config_bot *b = &c->bots[i];
        if (read_password(c, b, mistakes) < 0)
            result = -1;
        for (size_t k = 0; k < b->hook_count; k++)
            if (b->hooks[k].webhook != NULL && read_auth_secret(c, &b->hooks[k].webhook->auth, mistakes) < 0)
                result = -1;
    }
    return result;
}
