/* SPDX-License-Identifier: MIT */
/*
 * child: the process under test. Its CPU time is the kernel's own account in nanoseconds (user and kernel,
 * all threads, ended ones too), its memory what /proc/PID/smaps_rollup says.
 *
 * The child dies with the load server (PR_SET_PDEATHSIG), however that ends.
 */
#include "load/load.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS 10000

/* The argument with {port}, {count} and {ca} filled in; owned by the caller. */
static char *fill_in(const char *arg, int port, int count, const char *ca_file) {
    struct buf out = BUF_INIT;

    while (*arg != '\0') {
        if (strncmp(arg, "{port}", 6) == 0) {
            buf_addf(&out, "%d", port);
            arg += 6;
        } else if (strncmp(arg, "{count}", 7) == 0) {
            buf_addf(&out, "%d", count);
            arg += 7;
        } else if (strncmp(arg, "{ca}", 4) == 0) {
            buf_adds(&out, ca_file ? ca_file : "");
            arg += 4;
        } else
            buf_addc(&out, *arg++);
    }
    buf_addc(&out, '\0');
    return buf_detach(&out);
}

static void set_number(const char *name, int n) {
    char text[16];

    snprintf(text, sizeof(text), "%d", n);
    setenv(name, text, 1);
}

/* The environment is prepared before the fork, so that exec comes at once and the start time is the bot's. */
pid_t child_start(char **argv, int port, int count, const char *ca_file) {
    char *filled[64];
    int n = 0;
    pid_t pid, parent = getpid();

    for (; argv[n] != NULL && n < 63; n++)
        filled[n] = fill_in(argv[n], port, count, ca_file);
    filled[n] = NULL;
    set_number("BENCH_PORT", port);
    set_number("BENCH_COUNT", count);
    char *ca_path = ca_file ? realpath(ca_file, NULL) : NULL; /* a configuration elsewhere names it too */
    setenv("BENCH_CA", ca_path ? ca_path : "", 1);
    pid = fork();
    if (pid < 0)
        die("fork: %s", strerror(errno));
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(null, 0);
        dup2(2, 1); /* stdout is for our one line of JSON */
        if (getppid() == parent)
            execvp(filled[0], filled);
        fprintf(stderr, "loadserver: cannot start %s: %s\n", filled[0], strerror(errno));
        _exit(127);
    }
    while (n > 0)
        mem_free(filled[--n]);
    return pid;
}

double child_cpu_us(pid_t pid) {
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        die("cannot read the CPU time of process %d", (int)pid);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct child_memory child_memory(pid_t pid) {
    struct child_memory m = {0, 0, 0};
    char path[64], line[256];
    FILE *f;
    long kib;

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    f = fopen(path, "r");
    if (f == NULL)
        die("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "Rss: %ld", &kib) == 1)
            m.rss_kib = kib;
        else if (sscanf(line, "Pss: %ld", &kib) == 1)
            m.pss_kib = kib;
        else if (sscanf(line, "Private_%*[a-zA-Z]: %ld", &kib) == 1)
            m.private_kib += kib;
    }
    fclose(f);
    return m;
}

void child_stop(pid_t pid) {
    struct pollfd p = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

    kill(pid, SIGTERM);
    if (p.fd < 0 || poll(&p, 1, STOP_MS) == 0)
        kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (p.fd >= 0)
        close(p.fd);
}
