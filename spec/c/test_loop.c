/* SPDX-License-Identifier: MIT */
/*
 * The loop: deferred work, timers, signals, lines. Nothing here waits for a wall-clock bound: timers are
 * checked for their order, and every loop ends because nothing is left to wait for.
 */
#include "check.h"

#include "base/buf.h"
#include "base/mem.h"
#include "loop/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define OWNER(ptr, type, field) ((type *)(void *)((char *)(ptr)-offsetof(type, field)))

struct mark { /* something that writes its letter down when it runs */
    struct loop_defer defer;
    struct loop_timer timer;
    struct loop *loop;
    struct buf *log;
    char letter;
    struct mark *add, *drop; /* deferred / cancelled when this one runs */
    int again;               /* restarts of the timer that are left */
    struct mark *then;       /* its timer is started after the last of them */
};

static void run_mark(struct loop_defer *d) {
    struct mark *m = OWNER(d, struct mark, defer);
    buf_addc(m->log, m->letter);
    if (m->add != NULL)
        loop_defer(m->loop, &m->add->defer);
    if (m->drop != NULL)
        loop_defer_cancel(m->loop, &m->drop->defer);
}

static void fire_mark(struct loop_timer *t) {
    struct mark *m = OWNER(t, struct mark, timer);
    buf_addc(m->log, m->letter);
    if (m->add != NULL)
        loop_defer(m->loop, &m->add->defer);
    if (m->drop != NULL)
        loop_timer_stop(m->loop, &m->drop->timer);
    if (m->again-- > 0)
        loop_timer_in(m->loop, t, 0);
    else if (m->then != NULL)
        loop_timer_in(m->loop, &m->then->timer, 0);
}

static struct mark mark(struct loop *l, struct buf *log, char letter) {
    return (struct mark){
        .defer.run = run_mark, .timer.fire = fire_mark, .loop = l, .log = log, .letter = letter};
}

static struct loop *new_loop(void) {
    struct err err = ERR_INIT;
    struct loop *l = loop_new(&err);
    CHECK_STR(err.text, "");
    return l;
}

static void deferred_work_runs_in_order(void) {
    struct loop *l = new_loop();
    struct buf log = BUF_INIT;
    struct mark a = mark(l, &log, 'a'), b = mark(l, &log, 'b'), c = mark(l, &log, 'c'),
                d = mark(l, &log, 'd');
    a.add = &d;
    b.drop = &c;
    loop_defer(l, &a.defer);
    loop_defer(l, &b.defer);
    loop_defer(l, &c.defer);
    loop_defer(l, &a.defer); /* twice is once */
    loop_run(l);
    CHECK_STR(buf_data(&log), "abd");
    loop_defer(l, &a.defer);
    loop_defer(l, &b.defer);
    loop_defer_cancel(l, &a.defer); /* the first */
    loop_defer(l, &c.defer);
    loop_defer_cancel(l, &c.defer); /* the last */
    loop_defer_cancel(l, &c.defer);
    loop_run(l);
    CHECK_STR(buf_data(&log), "abdb");
    buf_finish(&log);
    loop_free(l);
}

static void work_that_a_timer_defers_runs_in_its_turn(void) {
    struct loop *l = new_loop();
    struct buf log = BUF_INIT;
    struct mark t = mark(l, &log, 't'), d = mark(l, &log, 'd'), later = mark(l, &log, 'l');
    t.add = &d;
    t.again = 1;
    t.then = &later;
    loop_timer_in(l, &t.timer, 0);
    loop_run(l);
    CHECK_STR(buf_data(&log), "tdtdl");
    buf_finish(&log);
    loop_free(l);
}

static void timers_fire_by_time(void) {
    struct loop *l = new_loop();
    struct buf log = BUF_INIT;
    struct mark a = mark(l, &log, 'a'), b = mark(l, &log, 'b'), c = mark(l, &log, 'c'),
                d = mark(l, &log, 'd');
    loop_timer_in(l, &c.timer, 6);
    loop_timer_in(l, &a.timer, 2);
    loop_timer_in(l, &b.timer, 1000000);
    loop_timer_in(l, &d.timer, 1);
    loop_timer_in(l, &b.timer, 4); /* moves it */
    loop_timer_in(l, &d.timer, 8);
    b.drop = &d;
    int64_t start = loop_now_ms(l);
    loop_run(l);
    CHECK_STR(buf_data(&log), "abc");
    CHECK(loop_now_ms(l) - start >= 6);
    CHECK_INT(d.timer.slot, 0);
    loop_timer_stop(l, &d.timer);
    loop_timer_in(l, &a.timer, -5); /* long over: fires */
    loop_run(l);
    CHECK_STR(buf_data(&log), "abca");
    buf_finish(&log);
    loop_free(l);
}

struct random_timer {
    struct loop_timer timer;
    int64_t *last_ms;
    int *fired;
};

static void fire_random(struct loop_timer *t) {
    struct random_timer *r = OWNER(t, struct random_timer, timer);
    CHECK(t->due_ms >= *r->last_ms);
    CHECK_INT(t->slot, 0);
    *r->last_ms = t->due_ms;
    ++*r->fired;
    mem_free(r); /* a timer may free itself */
}

static void a_thousand_timers_keep_order(void) {
    struct loop *l = new_loop();
    struct random_timer *all[1000];
    int64_t last = 0;
    int fired = 0, stopped = 0;
    uint32_t seed = 12345;
    for (int i = 0; i < 1000; i++) {
        all[i] = mem_new(struct random_timer);
        *all[i] = (struct random_timer){.timer.fire = fire_random, .last_ms = &last, .fired = &fired};
        loop_timer_at(l, &all[i]->timer, loop_now_ms(l) - 5000 + (seed = seed * 1103515245 + 12345) % 4000);
    }
    for (int i = 0; i < 1000; i++) {
        seed = seed * 1103515245 + 12345;
        if (seed % 3 == 0) {
            loop_timer_at(l, &all[i]->timer, loop_now_ms(l) - 5000 + (seed >> 8) % 4000);
        } else if (seed % 3 == 1) {
            loop_timer_stop(l, &all[i]->timer);
            mem_free(all[i]);
            stopped++;
        }
    }
    loop_run(l);
    CHECK_INT(fired, 1000 - stopped);
    loop_free(l);
}

/* A timer that is always due must not keep input out. */
struct greedy {
    struct loop_timer timer;
    struct loop *loop;
    struct loop_lines *lines;
    int fired;
};

static void fire_greedy(struct loop_timer *t) {
    struct greedy *g = OWNER(t, struct greedy, timer);
    g->fired++;
    loop_timer_in(g->loop, t, 0);
}

static void on_line_stop(void *ctx, const char *line, size_t len) {
    struct greedy *g = ctx;
    CHECK_INT(len, 2);
    CHECK_STR(line, "hi");
    loop_timer_stop(g->loop, &g->timer);
    loop_lines_close(g->lines);
}

static void a_greedy_timer_lets_input_in(void) {
    struct greedy g = {.timer.fire = fire_greedy, .loop = new_loop()};
    int fd[2];
    CHECK_INT(pipe(fd), 0);
    g.lines = loop_lines_open(g.loop, fd[0], on_line_stop, &g, NULL);
    loop_timer_in(g.loop, &g.timer, 0);
    CHECK_INT(write(fd[1], "hi\n", 3), 3);
    loop_run(g.loop);
    CHECK(g.fired > 0);
    loop_free(g.loop);
    close(fd[0]);
    close(fd[1]);
}

static void stop_timer(struct loop_timer *t) {
    struct greedy *g = OWNER(t, struct greedy, timer);
    g->fired++;
    loop_timer_in(g->loop, t, 0);
    loop_stop(g->loop);
}

static void stop_ends_the_run(void) {
    struct greedy g = {.timer.fire = stop_timer, .loop = new_loop()};
    loop_timer_in(g.loop, &g.timer, 0);
    loop_run(g.loop);
    CHECK_INT(g.fired, 1);
    loop_run(g.loop);
    CHECK_INT(g.fired, 2);
    loop_stop(g.loop); /* before the run */
    loop_run(g.loop);
    CHECK_INT(g.fired, 2);
    loop_timer_stop(g.loop, &g.timer);
    loop_free(g.loop);
}

struct signals {
    struct loop *loop;
    struct loop_timer timer, keep;
    int seen, signum;
};

static void raise_signal(struct loop_timer *t) {
    (void)t;
    raise(SIGUSR1);
}

static void on_signal(void *ctx, int signum) {
    struct signals *s = ctx;
    s->seen++;
    s->signum = signum;
    loop_timer_stop(s->loop, &s->keep);
}

static void never(struct loop_timer *t) {
    (void)t;
    CHECK(!"the signal came first");
}

static void signals_arrive_and_do_not_keep_the_loop(void) {
    struct signals s = {.loop = new_loop(), .timer.fire = raise_signal, .keep.fire = never};
    struct err err = ERR_INIT;
    CHECK_INT(loop_signal(s.loop, SIGUSR1, on_signal, &s, &err), 0);
    CHECK_INT(loop_signal(s.loop, SIGUSR2, on_signal, &s, &err), 0);
    CHECK_INT(loop_signal(s.loop, 12345, on_signal, &s, &err), -1);
    CHECK_HAS(err.text, "signal 12345");
    loop_run(s.loop); /* ends: nothing but signals */
    loop_timer_in(s.loop, &s.timer, 0);
    loop_timer_in(s.loop, &s.keep, 60000);
    loop_run(s.loop);
    CHECK_INT(s.seen, 1);
    CHECK_INT(s.signum, SIGUSR1);
    loop_free(s.loop);
}

/* ---- lines ---- */

struct reader {
    struct loop *loop;
    struct loop_lines *lines;
    struct buf text; /* lines joined by '|', '$' at the end of input */
    size_t longest;
    int close_after; /* closes itself after so many lines; 0: never */
};

static void on_line(void *ctx, const char *line, size_t len) {
    struct reader *r = ctx;
    if (line == NULL) {
        buf_addc(&r->text, '$');
        return;
    }
    r->longest = len > r->longest ? len : r->longest;
    buf_add(&r->text, line, len);
    buf_addc(&r->text, '|');
    if (r->close_after > 0 && --r->close_after == 0)
        loop_lines_close(r->lines);
}

static struct reader read_all(int fd, int close_after) {
    struct reader r = {.loop = new_loop(), .close_after = close_after};
    struct err err = ERR_INIT;
    r.lines = loop_lines_open(r.loop, fd, on_line, &r, &err);
    CHECK_STR(err.text, "");
    loop_run(r.loop);
    if (close_after == 0)
        loop_lines_close(r.lines);
    loop_free(r.loop);
    CHECK(fcntl(fd, F_GETFL) != -1); /* still the caller's, and blocking */
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    close(fd);
    return r;
}

static void expect_lines(int fd, int close_after, const char *want) {
    struct reader r = read_all(fd, close_after);
    CHECK_STR(buf_data(&r.text), want);
    buf_finish(&r.text);
}

static int pipe_with(const char *text) {
    int fd[2];
    CHECK_INT(pipe(fd), 0);
    CHECK_INT(write(fd[1], text, strlen(text)), strlen(text));
    close(fd[1]);
    return fd[0];
}

static int file_with(const char *text, size_t len) {
    char name[] = "/tmp/couplet-lines-XXXXXX";
    int fd = mkstemp(name);
    unlink(name);
    CHECK_INT(write(fd, text, len), len);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static int socket_with(const char *text) {
    int fd[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    CHECK_INT(write(fd[1], text, strlen(text)), strlen(text));
    close(fd[1]);
    return fd[0];
}

static void lines_of_a_pipe(void) {
    expect_lines(pipe_with("one\n\ntwo\nthree"), 0, "one||two|three|$");
    expect_lines(pipe_with(""), 0, "$");
    expect_lines(pipe_with("one\ntwo\nthree\n"), 2, "one|two|");
    expect_lines(pipe_with("tail"), 1, "tail|");
}

static void lines_of_a_socket(void) {
    expect_lines(socket_with("one\ntwo\n"), 0, "one|two|$");
}

static void lines_of_a_file(void) {
    expect_lines(file_with("one\ntwo\n", 8), 0, "one|two|$");
    expect_lines(file_with("one\ntwo\n", 8), 1, "one|");
    expect_lines(open("/dev/null", O_RDONLY), 0, "$");
}

static void lines_of_a_terminal(void) {
    int human = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(human >= 0 && grantpt(human) == 0 && unlockpt(human) == 0);
    int fd = open(ptsname(human), O_RDWR | O_NOCTTY);
    CHECK_INT(write(human, "one\ntwo\n\4", 9), 9); /* Ctrl-D at the start of a line: end of input */
    expect_lines(fd, 0, "one|two|$");
    close(human);
}

static void a_long_line_comes_in_pieces(void) {
    size_t len = 200000;
    char *text = mem_alloc(len);
    memset(text, 'x', len);
    text[len - 1] = '\n';
    struct reader r = read_all(file_with(text, len), 0);
    CHECK_INT(r.longest, 65536);
    CHECK_INT(buf_len(&r.text), len - 1 + 4 + 1); /* 4 pieces, '$' */
    buf_finish(&r.text);
    mem_free(text);
}

static void lines_can_be_closed_while_nothing_comes(void) {
    struct loop *l = new_loop();
    int fd[2];
    CHECK_INT(pipe(fd), 0);
    struct loop_lines *lines = loop_lines_open(l, fd[0], on_line, NULL, NULL);
    struct loop_lines *file = loop_lines_open(l, open("/dev/null", O_RDONLY), on_line, NULL, NULL);
    loop_lines_close(lines);
    loop_lines_close(file);
    loop_lines_close(NULL);
    loop_free(l);
    struct err err = ERR_INIT;
    l = new_loop();
    CHECK(loop_lines_open(l, 9999, on_line, NULL, &err) == NULL);
    CHECK_HAS(err.text, "descriptor 9999");
    loop_free(l);
    close(fd[0]);
    close(fd[1]);
}

int main(void) {
    RUN(deferred_work_runs_in_order);
    RUN(work_that_a_timer_defers_runs_in_its_turn);
    RUN(timers_fire_by_time);
    RUN(a_thousand_timers_keep_order);
    RUN(a_greedy_timer_lets_input_in);
    RUN(stop_ends_the_run);
    RUN(signals_arrive_and_do_not_keep_the_loop);
    RUN(lines_of_a_pipe);
    RUN(lines_of_a_socket);
    RUN(lines_of_a_file);
    RUN(lines_of_a_terminal);
    RUN(a_long_line_comes_in_pieces);
    RUN(lines_can_be_closed_while_nothing_comes);
    return check_done();
}
