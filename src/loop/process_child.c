/* SPDX-License-Identifier: MIT */
/*
 * libuv's uv_spawn has no place between fork and exec, where limits and the signal of the parent's death are
 * set. There, in a copy of a process with threads, only what is safe in a signal handler may be called.
 */
#include "loop/process_child.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- in the child ---- */

struct failure { /* what goes back when it does not get as far as the program */
    int is_folder, number;
};

static void die(int back, bool is_folder) {
    struct failure f = {is_folder, errno};
    ssize_t sent = write(back, &f, sizeof(f));
    _exit(sent == sizeof(f) ? 127 : 126);
}

/* Ours ignores SIGPIPE; what is ignored stays so for the program. */
static void reset_signals(void) {
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        sigaction(i, &by_default, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void limit(int what, uint64_t most, bool is_stated) {
    struct rlimit now, wanted = {(rlim_t)most, (rlim_t)most};
    if (!is_stated || getrlimit(what, &now) < 0)
        return;
    if (now.rlim_max != RLIM_INFINITY && wanted.rlim_max > now.rlim_max)
        wanted = (struct rlimit){now.rlim_max, now.rlim_max};
    setrlimit(what, &wanted);
}

static void become(const struct process_options *o, const int fds[3], int back, pid_t parent) {
    int moved[3];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it has died before we asked */
        _exit(126);
    setsid();
    for (int i = 0; i < 3; i++)
        moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3); /* none of them is where another one is to be */
    back = fcntl(back, F_DUPFD_CLOEXEC, 3);
    for (int i = 0; i < 3; i++)
        if (moved[i] < 0 || dup2(moved[i], i) < 0)
            die(back, false);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (o->folder != NULL && chdir(o->folder) < 0)
        die(back, true);
    limit(RLIMIT_CORE, 0, true);
    limit(RLIMIT_CPU, o->cpu_seconds, o->cpu_seconds > 0);
    limit(RLIMIT_AS, o->memory, o->memory > 0);
    limit(RLIMIT_NOFILE, o->open_files, o->open_files > 0);
    reset_signals();
    execve(o->path, (char *const *)o->argv, (char *const *)o->env);
    die(back, false);
}

/* ---- in the parent ---- */

static int failed(const struct process_options *o, int number, bool is_folder, struct err *err) {
    return err_set(err, "%.200s: %s", is_folder ? o->folder : o->path, strerror(number));
}

/* Until exec closes the other end. */
static int await(int fd, pid_t pid, const struct process_options *o, struct err *err) {
    struct failure f;
    ssize_t n;
    while ((n = read(fd, &f, sizeof(f))) < 0 && errno == EINTR)
        continue;
    if (n == 0)
        return 0;
    waitpid(pid, NULL, 0);
    return n == sizeof(f) ? failed(o, f.number, f.is_folder != 0, err)
                          : err_set(err, "%.200s could not be started", o->path);
}

pid_t process_start(const struct process_options *o, const int fds[3], struct err *err) {
    int back[2];
    pid_t parent = getpid(), pid;
    if (pipe2(back, O_CLOEXEC) < 0)
        return failed(o, errno, false, err);
    if ((pid = fork()) == 0)
        become(o, fds, back[1], parent);
    int number = errno;
    close(back[1]);
    int result = pid < 0 ? failed(o, number, false, err) : await(back[0], pid, o, err);
    close(back[0]);
    return result < 0 ? -1 : pid;
}

/* ---- where a program is ---- */

static bool is_program(const char *path) {
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode) && access(path, X_OK) == 0;
}

char *process_find(const char *name, struct err *err) {
    const char *path = getenv("PATH");
    struct buf b = BUF_INIT;
    if (strchr(name, '/') != NULL && name[0] != '/') {
        err_set(err, "'%.200s' is neither a name nor an absolute path", name);
        return NULL;
    }
    if (name[0] == '/')
        return mem_strdup(name);
    for (path = path != NULL ? path : "/usr/local/bin:/usr/bin:/bin"; name[0] != '\0';) {
        size_t len = strcspn(path, ":");
        buf_clear(&b);
        buf_addf(&b, "%.*s/%s", (int)len, path, name);
        if (path[0] == '/' && is_program(buf_data(&b)))
            return buf_detach(&b);
        if (path[len] == '\0')
            break;
        path += len + 1;
    }
    buf_finish(&b);
    err_set(err, "there is no program '%.200s'", name);
    return NULL;
}
