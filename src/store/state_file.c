/* SPDX-License-Identifier: MIT */
#include "store/state_file.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct state_file {
    char *folder, *path, *lock_path; /* owned */
    char *fresh;                     /* owned; where the next version is written */
    int lock;                        /* of a file beside it, which is never replaced */
    int fd;                          /* at the end of the file; -1: there is none */
    size_t len;
};

/* ---- names ---- */

/* Letters, digits, '-' and '_' stay; the rest is %XX, so that no name leaves the folder. */
static char *path_of(const char *folder, const char *name, const char *suffix) {
    struct buf b = BUF_INIT;
    buf_addf(&b, "%s/", folder);
    for (const char *p = name; *p != '\0'; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
                     *p == '-' || *p == '_';
        if (plain)
            buf_addc(&b, *p);
        else
            buf_addf(&b, "%%%02X", (unsigned char)*p);
    }
    buf_adds(&b, suffix);
    return buf_detach(&b);
}

static int fails(struct err *err, const char *what, const char *path) {
    return err_set(err, "cannot %s %s: %s", what, path, strerror(errno));
}

/* ---- opening ---- */

static int take_lock(struct state_file *f, struct err *err) {
    const char *path = f->lock_path;
    f->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f->lock < 0)
        return fails(err, "make", path);
    if (flock(f->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    close(f->lock);
    f->lock = -1; /* not ours to remove */
    return err_set(err, "%s is held by another process; does this program run twice?", path);
}

static int read_all(struct state_file *f, struct buf *text, struct err *err) {
    ssize_t n;
    f->fd = open(f->path, O_RDWR | O_CLOEXEC);
    if (f->fd < 0)
        return errno == ENOENT ? 0 : fails(err, "open", f->path);
    while ((n = read(f->fd, buf_reserve(text, 65536), 65536)) > 0) {
        buf_commit(text, (size_t)n);
        f->len += (size_t)n;
    }
    return n == 0 ? 0 : fails(err, "read", f->path);
}

struct state_file *state_file_open(const char *folder, const char *name, struct buf *text, struct err *err) {
    struct state_file *f = mem_new(struct state_file);
    f->folder = mem_strdup(folder);
    f->lock_path = path_of(folder, name, ".lock");
    f->path = path_of(folder, name, ".state");
    f->fresh = path_of(folder, name, ".new");
    f->lock = f->fd = -1;
    int r = mkdir(folder, 0700) == 0 || errno == EEXIST ? 0 : fails(err, "make the folder", folder);
    if (r == 0)
        r = take_lock(f, err);
    if (r == 0)
        r = read_all(f, text, err);
    if (r == 0)
        return f;
    state_file_free(f);
    return NULL;
}

void state_file_peek(const char *folder, const char *name, struct buf *text) {
    char *path = path_of(folder, name, ".state");
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, buf_reserve(text, 65536), 65536)) > 0)
        buf_commit(text, (size_t)n);
    if (fd >= 0)
        close(fd);
    mem_free(path);
}

/* Nothing is left where there is nothing to be kept. */
static void unlock(struct state_file *f) {
    if (f->len == 0 && f->fd < 0) {
        unlink(f->lock_path);
        rmdir(f->folder); /* unless another account's are there */
    }
    close(f->lock);
}

void state_file_free(struct state_file *f) {
    if (f == NULL)
        return;
    if (f->fd >= 0)
        close(f->fd);
    if (f->lock >= 0)
        unlock(f);
    mem_free(f->folder);
    mem_free(f->lock_path);
    mem_free(f->path);
    mem_free(f->fresh);
    mem_free(f);
}

/* ---- writing ---- */

static int write_all(int fd, const struct buf *text) {
    for (size_t at = 0; at < buf_len(text);) {
        ssize_t n = write(fd, buf_data(text) + at, buf_len(text) - at);
        if (n < 0 && errno != EINTR)
            return -1;
        at += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int state_file_replace(struct state_file *f, const struct buf *text, struct err *err) {
    int fd = open(f->fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fails(err, "make", f->fresh);
    if (write_all(fd, text) != 0 || rename(f->fresh, f->path) != 0) {
        int r = fails(err, "write", f->fresh);
        close(fd);
        unlink(f->fresh);
        return r;
    }
    if (f->fd >= 0)
        close(f->fd);
    f->fd = fd;
    f->len = buf_len(text);
    return 0;
}

int state_file_append(struct state_file *f, const struct buf *text, struct err *err) {
    if (f->fd < 0 || write_all(f->fd, text) != 0)
        return fails(err, "write", f->path);
    f->len += buf_len(text);
    return 0;
}

size_t state_file_len(const struct state_file *f) {
    return f->len;
}

void state_file_remove(struct state_file *f) {
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    f->len = 0;
    unlink(f->path);
}
