/* SPDX-License-Identifier: MIT */
/* process: programs that end well, badly, late and not at all; what they are given, and what is left of them.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "check.h"
#include "loop/process.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const no_env[] = {"PATH=/usr/bin:/bin", NULL};

struct scene {
    struct loop *loop;
    int ends;
    struct process_result got; /* the texts are copied */
    char *out, *err;
};

static void on_done(void *ctx, const struct process_result *result) {
    struct scene *s = ctx;
    s->ends++;
    s->got = *result;
    s->out = mem_strndup(result->out, result->out_len);
    s->err = mem_strndup(result->err, result->err_len);
}

static void finish(struct scene *s) {
    mem_free(s->out);
    mem_free(s->err);
}

static struct process_options shell(const char *const argv[4]) {
    return (struct process_options){
        .path = "/bin/sh", .argv = argv, .env = no_env, .output_most = 65536, .timeout_ms = 60000};
}

static struct scene run(const struct process_options *o) {
    struct scene s = {0};
    struct err err = ERR_INIT;
    s.loop = loop_new(&err);
    CHECK(process_run(s.loop, o, on_done, &s, &err) != NULL);
    CHECK_INT(s.ends, 0);
    loop_run(s.loop);
    CHECK_INT(s.ends, 1);
    loop_free(s.loop);
    return s;
}

static struct scene script(const char *text) {
    const char *const argv[] = {"sh", "-c", text, NULL};
    struct process_options o = shell(argv);
    return run(&o);
}

static void ends(void) {
    struct scene s = script("echo out; echo err >&2; exit 3");
    CHECK_INT(s.got.status, 3);
    CHECK_INT(s.got.signal, 0);
    CHECK_STR(s.out, "out\n");
    CHECK_STR(s.err, "err\n");
    CHECK(!s.got.is_truncated && !s.got.is_late);
    finish(&s);
    s = script("kill -9 $$");
    CHECK_INT(s.got.status, -1);
    CHECK_INT(s.got.signal, SIGKILL);
    finish(&s);
}

static void input_and_output(void) {
    const char *const argv[] = {"cat", NULL};
    struct buf text = BUF_INIT;
    for (int i = 0; i < 300000; i++)
        buf_addc(&text, (char)('a' + i % 23));
    struct process_options o = {.path = "/bin/cat",
                                .argv = argv,
                                .env = no_env,
                                .input = buf_data(&text),
                                .input_len = buf_len(&text),
                                .output_most = 1 << 20,
                                .timeout_ms = 60000};
    struct scene s = run(&o);
    CHECK_INT(s.got.out_len, 300000);
    CHECK_STR(s.out, buf_data(&text));
    CHECK(!s.got.is_truncated);
    finish(&s);
    o.output_most = 1000;
    s = run(&o);
    CHECK_INT(s.got.out_len, 1000);
    CHECK(s.got.is_truncated);
    CHECK_INT(s.got.status, 0); /* it could write all of it */
    finish(&s);
    const char *const idle[] = {"true", NULL};
    o.path = "/bin/true";
    o.argv = idle;
    s = run(&o); /* reads none of it */
    CHECK_INT(s.got.status, 0);
    finish(&s);
    buf_finish(&text);
}

static void is_given_little(void) {
    struct scene s = script("cat; env -u PWD -u SHLVL -u _; ls /proc/self/fd | tr '\\n' ' '; "
                            "sed -n 's/^SigIgn:.*\\(.......\\)$/ignored \\1/p' /proc/self/status");
    CHECK_STR(s.out, "PATH=/usr/bin:/bin\n0 1 2 3 ignored 0000000\n"); /* 3 is the folder that ls reads */
    finish(&s);
    const char *const argv[] = {"sh", "-c", "pwd; ulimit -n; ulimit -t; ulimit -v; ulimit -c", NULL};
    struct process_options o = shell(argv);
    o.folder = "/usr/lib";
    o.open_files = 32;
    o.cpu_seconds = 7;
    o.memory = 1 << 30;
    s = run(&o);
    CHECK_STR(s.out, "/usr/lib\n32\n7\n1048576\n0\n");
    finish(&s);
}

static void too_late(void) {
    const char *const argv[] = {"sh", "-c", "echo so far; exec sleep 1000", NULL};
    struct process_options o = shell(argv);
    o.timeout_ms = 200;
    struct scene s = run(&o);
    CHECK(s.got.is_late);
    CHECK_INT(s.got.signal, SIGTERM);
    finish(&s);
    const char *const deaf[] = {"sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done", NULL};
    o.argv = deaf;
    s = run(&o);
    while (s.out[0] == '\0' && o.timeout_ms < 100000) { /* it was ended before it was deaf */
        finish(&s);
        o.timeout_ms *= 2;
        s = run(&o);
    }
    CHECK_STR(s.out, "deaf\n");
    CHECK(s.got.is_late);
    CHECK_INT(s.got.signal, SIGKILL);
    finish(&s);
}

static bool is_alive(long pid) {
    char path[64], line[256] = "";
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    bool has_line = fgets(line, sizeof(line), f) != NULL;
    fclose(f);
    const char *state = strrchr(line, ')');
    return has_line && state != NULL && state[2] != 'Z' && state[2] != 'X';
}

static bool dies(long pid) {
    for (int i = 0; i < 3000 && is_alive(pid); i++)
        usleep(10000);
    return !is_alive(pid);
}

static void leaves_nothing_behind(void) {
    struct scene s = script("sleep 1000 & echo $!");
    CHECK_INT(s.got.status, 0);
    CHECK(atol(s.out) > 1);
    CHECK(dies(atol(s.out)));
    finish(&s);
}

static void cannot_start(void) {
    const char *const argv[] = {"x", NULL};
    struct err err = ERR_INIT;
    struct process_options o = {.path = "/nowhere/x", .argv = argv, .env = no_env};
    struct loop *l = loop_new(&err);
    CHECK(process_run(l, &o, on_done, NULL, &err) == NULL);
    CHECK_STR(err.text, "/nowhere/x: No such file or directory");
    o.path = "/bin/true";
    o.folder = "/nowhere";
    CHECK(process_run(l, &o, on_done, NULL, &err) == NULL);
    CHECK_STR(err.text, "/nowhere: No such file or directory");
    o.path = "/etc/passwd";
    o.folder = NULL;
    CHECK(process_run(l, &o, on_done, NULL, &err) == NULL);
    CHECK_STR(err.text, "/etc/passwd: Permission denied");
    loop_free(l);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0); /* no zombie either */
}

static void is_ended(void) {
    const char *const argv[] = {"sh", "-c", "sleep 1000 & sleep 1000", NULL};
    struct err err = ERR_INIT;
    struct process_options o = shell(argv);
    struct scene s = {.loop = loop_new(&err)};
    struct process *p = process_run(s.loop, &o, on_done, &s, &err);
    CHECK(p != NULL);
    process_end(p);
    process_end(NULL);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0);
    loop_run(s.loop);
    CHECK_INT(s.ends, 0);
    loop_free(s.loop);
}

/* What is killed without warning takes its programs along. */
static void dies_with_us(void) {
    int told[2];
    long pid = 0;
    CHECK(pipe(told) == 0);
    pid_t parent = fork();
    if (parent == 0) {
        char text[200];
        const char *const argv[] = {"sh", "-c", text, NULL};
        struct process_options o = shell(argv);
        struct err err = ERR_INIT;
        snprintf(text, sizeof(text), "echo $$ >/proc/%d/fd/%d; exec sleep 1000", (int)getpid(), told[1]);
        struct loop *l = loop_new(&err);
        process_run(l, &o, on_done, NULL, &err);
        loop_run(l);
        _exit(0);
    }
    close(told[1]);
    FILE *f = fdopen(told[0], "r");
    CHECK(fscanf(f, "%ld", &pid) == 1);
    CHECK(pid > 1 && is_alive(pid));
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    CHECK(dies(pid));
    fclose(f);
}

static void finds(void) {
    struct err err = ERR_INIT;
    char *path = process_find("sh", &err);
    CHECK(path != NULL && path[0] == '/' && strcmp(path + strlen(path) - 3, "/sh") == 0);
    mem_free(path);
    CHECK(process_find("no-such-program", &err) == NULL);
    CHECK_STR(err.text, "there is no program 'no-such-program'");
    CHECK(process_find("", &err) == NULL);
    CHECK(process_find("../sh", &err) == NULL);
    CHECK_STR(err.text, "'../sh' is neither a name nor an absolute path");
}

int main(void) {
    RUN(ends);
    RUN(input_and_output);
    RUN(is_given_little);
    RUN(too_late);
    RUN(leaves_nothing_behind);
    RUN(cannot_start);
    RUN(is_ended);
    RUN(dies_with_us);
    RUN(finds);
    return check_done();
}
