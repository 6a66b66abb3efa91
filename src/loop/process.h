/* SPDX-License-Identifier: MIT */
/*
 * process: a program run beside the loop, without a shell: its input given, its output taken, its end
 * awaited.
 *
 * It gets a session and a process group of its own, no descriptor of ours but its three, signals as at birth,
 * and dies when we do, even of SIGKILL (PR_SET_PDEATHSIG). What it left behind in its group dies when it ends
 * itself. What made itself a session of its own is out of reach.
 */
#ifndef COUPLET_LOOP_PROCESS_H
#define COUPLET_LOOP_PROCESS_H

#include "loop/loop.h"

struct process;

struct process_options {     /* all of it is copied, or needed no longer when process_run returns */
    const char *path;        /* of the program, absolute */
    const char *const *argv; /* NULL-ended, the name first */
    const char *const *env;  /* "NAME=value", NULL-ended; nothing else is in its environment */
    const char *folder;      /* where it runs; NULL: where we do */
    const char *input;       /* NULL: none; then it reads /dev/null */
    size_t input_len;
    size_t output_most; /* bytes of either output that are kept; the rest is read and dropped */
    int64_t timeout_ms; /* then SIGTERM, and some time later SIGKILL */
    /* Limits of the kernel (setrlimit(2)); 0: as ours. */
    uint64_t cpu_seconds, memory, open_files;
};

struct process_result { /* all borrowed */
    int status;         /* of exit; -1: a signal ended it */
    int signal;         /* 0: none */
    const char *out, *err;
    size_t out_len, err_len;
    bool is_truncated; /* there was more than output_most */
    bool is_late;      /* it took too long, and was ended */
};

/* Called once, never before process_run has returned; the process is gone then. */
typedef void process_fn(void *ctx, const struct process_result *result);

/* NULL: it cannot be started, err says why. */
struct process *process_run(struct loop *l, const struct process_options *options, process_fn *done,
                            void *ctx, struct err *err);
/* Ends it now: SIGTERM, a moment (up to PROCESS_GRACE_MS, in which nothing else goes on), SIGKILL. done is
 * not called. NULL accepted; not after done. */
enum { PROCESS_GRACE_MS = 300 };
void process_end(struct process *p);

/* The absolute path of a program by its name, as PATH says; an absolute path is itself. To be freed. NULL:
 * there is none (err). */
char *process_find(const char *name, struct err *err);

#endif
