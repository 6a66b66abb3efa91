/* SPDX-License-Identifier: MIT */
/* A supervisor of ours listens to what systemd's would be told. */
#include "check.h"

#include "base/buf.h"
#include "runtime/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct loop *loop;
static struct log quiet;
static int ear;
static char path[64];
static bool alive;
static int online;

static void listen_at(const char *name) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(a.sun_path, name, len);
    if (name[0] == '@')
        a.sun_path[0] = '\0';
    ear = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    CHECK_INT(bind(ear, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
    setenv("NOTIFY_SOCKET", name, 1);
}

static const char *heard(void) {
    static char text[256];
    ssize_t n = recv(ear, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static bool is_alive(void *ctx) {
    (void)ctx;
    return alive;
}

static void status(void *ctx, struct buf *out) {
    (void)ctx;
    buf_addf(out, "%d of 2 online", online);
}

static struct notify *start(void) {
    struct err err = ERR_INIT;
    alive = true;
    online = 0;
    log_init(&quiet);
    quiet.level = LOG_ERROR;
    loop = loop_new(&err);
    return notify_new(loop, &quiet, is_alive, status, NULL);
}

static void stop(struct notify *n) {
    notify_free(n);
    loop_free(loop);
    close(ear);
    unlink(path);
}

static void tells_its_life(void) {
    snprintf(path, sizeof(path), "/tmp/couplet-notify-%d", (int)getpid());
    listen_at(path);
    struct notify *n = start();
    CHECK(getenv("NOTIFY_SOCKET") == NULL);
    notify_changed(n); /* not before it is ready */
    CHECK_STR(heard(), "");
    notify_ready(n);
    CHECK_STR(heard(), "READY=1");
    CHECK_STR(heard(), "STATUS=0 of 2 online");
    online = 2;
    notify_changed(n);
    notify_changed(n);
    loop_stop(loop);
    loop_run(loop);
    CHECK_STR(heard(), "STATUS=2 of 2 online");
    CHECK_STR(heard(), "");
    notify_stopping(n);
    CHECK_STR(heard(), "STOPPING=1");
    stop(n);
}

static void knows_abstract_names(void) {
    char name[64];
    snprintf(name, sizeof(name), "@couplet-notify-%d", (int)getpid());
    listen_at(name);
    struct notify *n = start();
    notify_ready(n);
    CHECK_STR(heard(), "READY=1");
    stop(n);
}

static void on_enough(struct loop_timer *t) {
    (void)t;
    loop_stop(loop);
}

static void turn_for(int64_t ms) {
    struct loop_timer enough = {.fire = on_enough};
    loop_timer_in(loop, &enough, ms);
    loop_run(loop);
}

static void feeds_the_watchdog(void) {
    listen_at(path);
    setenv("WATCHDOG_USEC", "20000", 1);
    struct notify *n = start();
    turn_for(15);
    CHECK_STR(heard(), "WATCHDOG=1");
    while (heard()[0] != '\0')
        continue;
    alive = false;
    turn_for(25);
    CHECK_STR(heard(), "");
    stop(n);
    listen_at(path);
    setenv("WATCHDOG_USEC", "20000", 1);
    setenv("WATCHDOG_PID", "1", 1); /* another's */
    n = start();
    turn_for(25);
    CHECK_STR(heard(), "");
    CHECK(getenv("WATCHDOG_PID") == NULL && getenv("WATCHDOG_USEC") == NULL);
    stop(n);
}

static void needs_nobody(void) {
    unsetenv("NOTIFY_SOCKET");
    CHECK(start() == NULL);
    loop_free(loop);
    setenv("NOTIFY_SOCKET", "relative", 1);
    quiet.level = LOG_ERROR;
    CHECK(start() == NULL);
    loop_free(loop);
    setenv("NOTIFY_SOCKET", "/nowhere/to/be/found", 1);
    struct notify *n = start();
    notify_ready(n); /* said once in the log, and no harm */
    notify_free(n);
    loop_free(loop);
    notify_ready(NULL);
    notify_stopping(NULL);
    notify_changed(NULL);
    notify_free(NULL);
}

int main(void) {
    RUN(tells_its_life);
    RUN(knows_abstract_names);
    RUN(feeds_the_watchdog);
    RUN(needs_nobody);
    return check_done();
}
