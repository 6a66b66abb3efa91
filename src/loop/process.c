/* SPDX-License-Identifier: MIT */
/*
 * Four poll handles: its end (a pidfd) and its three pipes. The end is the end: what is in the pipes then is
 * read, and no more is waited for, though something that got away may still hold them.
 *
 * Its group is signalled only before the process is reaped: until then nobody else can have its number.
 */
#include "loop/process.h"

#include "base/buf.h"
#include "base/mem.h"
#include "loop/internal.h"
#include "loop/process_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAST_READS = 64, KILL_MS = 2000 };

enum end { IN, OUT, ERR, EXIT, ENDS };

struct process_end {
    uv_poll_t poll; /* first: the handle's address is the end's */
    struct process *p;
    int fd; /* owned; -1: closed */
};

struct process {
    struct loop *loop;
    pid_t pid; /* 0: reaped */
    struct process_end ends[ENDS];
    int handles; /* that libuv still has */
    struct buf in, out, err;
    size_t sent, output_most;
    bool is_truncated, is_late, is_over;
    struct loop_timer deadline;
    process_fn *done;
    void *ctx;
};

static void unmake(struct process *p) {
    if (!p->is_over || p->handles > 0)
        return;
    buf_finish(&p->in);
    buf_finish(&p->out);
    buf_finish(&p->err);
    mem_free(p);
}

static void on_closed(uv_handle_t *h) {
    struct process *p = ((struct process_end *)h)->p;
    p->handles--;
    unmake(p);
}

static void close_end(struct process *p, enum end which) {
    struct process_end *e = &p->ends[which];
    if (e->fd < 0)
        return;
    uv_poll_stop(&e->poll);
    close(e->fd);
    e->fd = -1;
    uv_close((uv_handle_t *)&e->poll, on_closed);
}

/* ---- input and output ---- */

static void on_input(uv_poll_t *h, int status, int events) {
    struct process *p = ((struct process_end *)h)->p;
    (void)events;
    ssize_t n =
        status < 0 ? -1 : write(p->ends[IN].fd, buf_data(&p->in) + p->sent, buf_len(&p->in) - p->sent);
    if (n > 0)
        p->sent += (size_t)n;
    if ((n < 0 && (status < 0 || (errno != EAGAIN && errno != EINTR))) || p->sent == buf_len(&p->in))
        close_end(p, IN); /* it may have gone without reading all of it */
}

static void keep(struct process *p, struct buf *to, const char *bytes, size_t len) {
    size_t room = p->output_most - buf_len(to);
    p->is_truncated = p->is_truncated || len > room;
    buf_add(to, bytes, len < room ? len : room);
}

/* False: there is no more. */
static bool take(struct process *p, enum end which) {
    char *bytes = loop_scratch(p->loop);
    ssize_t n = read(p->ends[which].fd, bytes, LOOP_SCRATCH_LEN);
    if (n > 0)
        keep(p, which == OUT ? &p->out : &p->err, bytes, (size_t)n);
    return n > 0;
}

static void on_output(uv_poll_t *h, int status, int events) {
    struct process_end *e = (struct process_end *)h;
    (void)events;
    errno = 0;
    if (status < 0 || (!take(e->p, (enum end)(e - e->p->ends)) && errno != EAGAIN && errno != EINTR))
        close_end(e->p, (enum end)(e - e->p->ends));
}

/* ---- its end ---- */

static void signal_group(struct process *p, int signum) {
    if (p->pid > 0)
        kill(-p->pid, signum);
}

static siginfo_t reap(struct process *p) {
    siginfo_t info = {0};
    signal_group(p, SIGKILL); /* what it left behind */
    while (waitid(P_PID, (id_t)p->pid, &info, WEXITED) < 0 && errno == EINTR)
        continue;
    p->pid = 0;
    return info;
}

static void close_all(struct process *p) {
    loop_timer_stop(p->loop, &p->deadline);
    for (int i = 0; i < ENDS; i++)
        close_end(p, (enum end)i);
    p->is_over = true;
}

static void on_ended(uv_poll_t *h, int status, int events) {
    struct process *p = ((struct process_end *)h)->p;
    (void)status, (void)events;
    siginfo_t info = reap(p);
    for (int which = OUT; which <= ERR; which++)
        for (int i = 0; i < LAST_READS && p->ends[which].fd >= 0 && take(p, (enum end)which); i++)
            continue;
    close_all(p);
    bool is_exit = info.si_code == CLD_EXITED;
    struct process_result result = {.status = is_exit ? info.si_status : -1,
                                    .signal = is_exit ? 0 : info.si_status,
                                    .out = buf_data(&p->out),
                                    .out_len = buf_len(&p->out),
                                    .err = buf_data(&p->err),
                                    .err_len = buf_len(&p->err),
                                    .is_truncated = p->is_truncated,
                                    .is_late = p->is_late};
    p->done(p->ctx, &result); /* p stays until libuv has let go of its handles */
}

static void on_deadline(struct loop_timer *t) {
    struct process *p = (struct process *)((char *)t - offsetof(struct process, deadline));
    signal_group(p, p->is_late ? SIGKILL : SIGTERM);
    if (!p->is_late)
        loop_timer_in(p->loop, t, KILL_MS);
    p->is_late = true;
}

void process_end(struct process *p) {
    if (p == NULL)
        return;
    struct pollfd gone = {.fd = p->ends[EXIT].fd, .events = POLLIN};
    signal_group(p, SIGTERM);
    poll(&gone, 1, PROCESS_GRACE_MS);
    reap(p);
    close_all(p);
    unmake(p);
}

/* ---- its beginning ---- */

static void watch(struct process *p, enum end which, int fd, int events, uv_poll_cb on) {
    struct process_end *e = &p->ends[which];
    e->fd = fd;
    if (fd < 0)
        return;
    if (which != EXIT)
        fcntl(fd, F_SETFL, O_NONBLOCK);
    uv_poll_init(&p->loop->uv, &e->poll, fd); /* pipes and pidfds can be polled */
    uv_poll_start(&e->poll, events, on);
    p->handles++;
}

static struct process *make(struct loop *l, const struct process_options *o) {
    struct process *p = mem_new(struct process);
    p->loop = l;
    p->output_most = o->output_most;
    p->deadline.fire = on_deadline;
    for (int i = 0; i < ENDS; i++)
        p->ends[i] = (struct process_end){.p = p, .fd = -1};
    buf_add(&p->in, o->input != NULL ? o->input : "", o->input_len);
    return p;
}

struct pipes {
    int its[3], ours[3]; /* -1: none */
};

static void close_fds(int fds[3]) {
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static int open_pipes(struct pipes *pipes, bool has_input) {
    *pipes = (struct pipes){{-1, -1, -1}, {-1, -1, -1}};
    for (int i = 0; i < 3; i++) {
        int ends[2]; /* to read, to write */
        if (i == 0 && !has_input) {
            if ((pipes->its[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
                return -1;
            continue;
        }
        if (pipe2(ends, O_CLOEXEC) < 0)
            return -1;
        pipes->its[i] = ends[i == 0 ? 0 : 1];
        pipes->ours[i] = ends[i == 0 ? 1 : 0];
    }
    return 0;
}

/* The process, and a descriptor of its end; -1 and err. */
static pid_t start(const struct process_options *o, struct pipes *pipes, int *pidfd, struct err *err) {
    pid_t pid = process_start(o, pipes->its, err);
    if (pid < 0 || (*pidfd = pidfd_open(pid, 0)) >= 0)
        return pid;
    err_set(err, "%.200s: %s", o->path, strerror(errno));
    kill(-pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return -1;
}

struct process *process_run(struct loop *l, const struct process_options *o, process_fn *done, void *ctx,
                            struct err *err) {
    struct pipes pipes;
    int pidfd = -1;
    pid_t pid = -1;
    if (open_pipes(&pipes, o->input != NULL) < 0)
        err_set(err, "%.200s: %s", o->path, strerror(errno));
    else
        pid = start(o, &pipes, &pidfd, err);
    close_fds(pipes.its);
    if (pid < 0) {
        close_fds(pipes.ours);
        return NULL;
    }
    struct process *p = make(l, o);
    p->pid = pid;
    p->done = done;
    p->ctx = ctx;
    watch(p, IN, pipes.ours[0], UV_WRITABLE, on_input);
    watch(p, OUT, pipes.ours[1], UV_READABLE, on_output);
    watch(p, ERR, pipes.ours[2], UV_READABLE, on_output);
    watch(p, EXIT, pidfd, UV_READABLE, on_ended);
    if (o->timeout_ms > 0)
        loop_timer_in(l, &p->deadline, o->timeout_ms);
    return p;
}
