/* SPDX-License-Identifier: MIT */
/* The control socket: who may open it, what a dead process left, lines in pieces, several peers, one that is
 * gone. */
#include "base/mem.h"
#include "check.h"
#include "control/client.h"
#include "control/server.h"
#include "control/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* Instead of libc's, which does the work but where no descriptor is to be left. */
static bool has_no_files;
static size_t rings;

int accept4(int fd, struct sockaddr *address, socklen_t *len, int flags) {
    rings++;
    if (has_no_files) {
        errno = EMFILE;
        return -1;
    }
    return (int)syscall(SYS_accept4, fd, address, len, flags);
}

struct scene {
    struct loop *loop;
    struct log log;
    struct control *control;
    char folder[64], path[128];
    struct control_peer *asking[8];
    size_t count;
    struct buf heard; /* the requests, a line each */
    bool keeps;       /* requests are not answered at once */
    struct loop_timer late;
};

static void on_request(void *ctx, struct control_peer *peer, struct str line) {
    struct scene *s = ctx;
    CHECK(line.s[line.len] == '\0');
    buf_addf(&s->heard, "%.*s\n", (int)line.len, line.s);
    if (s->keeps)
        s->asking[s->count++] = peer;
    else
        control_answer(peer, line);
}

static void on_late(struct loop_timer *t) {
    loop_stop(((struct scene *)((char *)t - offsetof(struct scene, late)))->loop);
}

/* Some turns of the loop: all that is there is handled. */
static void turn(struct scene *s) {
    loop_timer_in(s->loop, &s->late, 20);
    loop_run(s->loop);
}

static void open_scene(struct scene *s) {
    struct err err = ERR_INIT;
    *s = (struct scene){.late = {.fire = on_late}};
    snprintf(s->folder, sizeof(s->folder), "/tmp/couplet-control-XXXXXX");
    CHECK(mkdtemp(s->folder) != NULL);
    snprintf(s->path, sizeof(s->path), "%s/c.sock", s->folder);
    log_init(&s->log);
    s->log.level = LOG_ERROR;
    s->loop = loop_new(&err);
    s->control = control_new(s->loop, &s->log, s->path, on_request, s, &err);
    CHECK_STR(err.text, "");
    CHECK(s->control != NULL);
}

static void close_scene(struct scene *s) {
    struct stat st;
    control_free(s->control);
    CHECK(lstat(s->path, &st) != 0);
    CHECK(rmdir(s->folder) == 0);
    loop_free(s->loop);
    buf_finish(&s->heard);
}

static int peer_of(const struct scene *s) {
    struct err err = ERR_INIT;
    bool nobody;
    int fd = client_connect(s->path, &nobody, &err);
    CHECK_STR(err.text, "");
    return fd;
}

static void say(int fd, const char *text) {
    CHECK(send(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
}

/* What has come, without waiting; "closed" when the other side has hung up. */
static const char *hear(int fd, char out[256]) {
    ssize_t n = recv(fd, out, 255, MSG_DONTWAIT);
    out[n > 0 ? n : 0] = '\0';
    return n == 0 ? "closed" : out;
}

enum { PATIENCE = 3000 }; /* turns */

/* This much is heard, however slow the machine is. */
static void expect_heard(struct scene *s, int fd, const char *want) {
    char got[256] = "", piece[256];
    for (int i = 0; i < PATIENCE && strlen(got) < strlen(want); i++) {
        turn(s);
        const char *more = hear(fd, piece);
        strncat(got, more, sizeof(got) - 1 - strlen(got));
    }
    CHECK_STR(got, want);
}

static void expect_asked(struct scene *s, const char *want) {
    for (int i = 0; i < PATIENCE && buf_len(&s->heard) < strlen(want); i++)
        turn(s);
    CHECK_STR(buf_data(&s->heard), want);
}

static void lines(void) {
    struct scene s;
    char got[256];
    open_scene(&s);
    int a = peer_of(&s), b = peer_of(&s);
    say(a, "{\"half\"");
    say(b, "one\ntwo\nthree\n");
    expect_heard(&s, b, "one\ntwo\nthree\n");
    CHECK_STR(hear(a, got), "");
    say(a, ":1}\n");
    expect_heard(&s, a, "{\"half\":1}\n");
    CHECK_STR(buf_data(&s.heard), "one\ntwo\nthree\n{\"half\":1}\n");
    close(a);
    close(b);
    turn(&s);
    close_scene(&s);
}

/* One request of a peer at a time; others do not wait for it. */
static void answers_that_wait(void) {
    struct scene s;
    open_scene(&s);
    s.keeps = true;
    int a = peer_of(&s), b = peer_of(&s), c = peer_of(&s);
    say(a, "first\nsecond\n");
    expect_asked(&s, "first\n");
    say(b, "other\n");
    expect_asked(&s, "first\nother\n");
    say(c, "gone\n");
    expect_asked(&s, "first\nother\ngone\n");
    close(c);
    turn(&s);
    control_answer(s.asking[2], STR_LIT("nobody hears it"));
    control_answer(s.asking[1], STR_LIT("to other"));
    control_answer(s.asking[0], STR_LIT("to first"));
    expect_heard(&s, a, "to first\n");
    expect_heard(&s, b, "to other\n");
    expect_asked(&s, "first\nother\ngone\nsecond\n");
    control_answer(s.asking[3], STR_LIT("to second"));
    expect_heard(&s, a, "to second\n");
    close(a);
    close(b);
    close_scene(&s);
}

static void a_line_without_end(void) {
    struct scene s;
    char got[256];
    struct loop *loop;
    open_scene(&s);
    loop = s.loop;
    s.log.level = (enum log_level) - 1;
    int fd = peer_of(&s);
    char *much = mem_alloc0(1 << 20);
    memset(much, 'x', 1 << 20);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    const char *end = "";
    for (int i = 0; i < 4000 && strcmp(end, "closed") != 0; i++) {
        (void)!send(fd, much, 1 << 20, MSG_NOSIGNAL | MSG_DONTWAIT);
        loop_timer_in(loop, &s.late, 1);
        loop_run(loop);
        end = hear(fd, got);
        if (end[0] == '\0' && send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE)
            end = "closed";
    }
    CHECK_STR(end, "closed");
    CHECK_STR(buf_data(&s.heard), "");
    mem_free(much);
    close(fd);
    close_scene(&s);
}

static void the_place(void) {
    struct scene s;
    struct stat st;
    struct err err = ERR_INIT;
    struct socket_place place;
    open_scene(&s);
    CHECK(stat(s.path, &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(socket_listen(s.path, &place, &err) == -1);
    CHECK(strstr(err.text, "another process answers at") != NULL);
    close_scene(&s);

    char dead[] = "/tmp/couplet-control-XXXXXX", path[64];
    CHECK(mkdtemp(dead) != NULL);
    snprintf(path, sizeof(path), "%s/dead", dead);
    int fd = socket_listen(path, &place, &err); /* closed without its file being taken away */
    CHECK(fd >= 0);
    close(fd);
    fd = socket_listen(path, &place, &err);
    CHECK(fd >= 0);
    struct socket_place other = {place.device, place.inode + 1};
    socket_remove(path, &other);
    CHECK(lstat(path, &st) == 0);
    socket_remove(path, &place);
    CHECK(lstat(path, &st) != 0);
    close(fd);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    err.text[0] = '\0';
    CHECK(socket_listen(path, &place, &err) == -1);
    CHECK(strstr(err.text, "is there already, and is no socket") != NULL);
    unlink(path);
    rmdir(dead);
}

/* Who cannot be let in is not asked for without end, and comes in later. */
static void no_files_left(void) {
    struct scene s;
    open_scene(&s);
    has_no_files = true;
    rings = 0;
    int fd = peer_of(&s);
    say(fd, "a\n");
    for (int i = 0; i < PATIENCE && rings == 0; i++)
        turn(&s);
    turn(&s);
    CHECK(rings < 10);
    has_no_files = false;
    expect_heard(&s, fd, "a\n");
    close(fd);
    turn(&s);
    close_scene(&s);
}

static void nobody_there(void) {
    struct err err = ERR_INIT;
    bool nobody = false;
    CHECK(client_connect("/nowhere/at/all.sock", &nobody, &err) == -1);
    CHECK(nobody);
    CHECK_STR(err.text, "no process answers at /nowhere/at/all.sock: is it running?");
}

int main(void) {
    RUN(lines);
    RUN(answers_that_wait);
    RUN(a_line_without_end);
    RUN(the_place);
    RUN(no_files_left);
    RUN(nobody_there);
    return check_done();
}
