/* SPDX-License-Identifier: MIT */
/*
 * Everything here runs on one thread; the signal handler interrupts it. So the fields that both use are
 * volatile, and the handler does nothing but read them and call lua_sethook.
 */
#include "lua/watchdog.h"

#include "base/mem.h"
#include "lua/script.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 10, HOOK_EVERY = 1000 };

struct watchdog {
    timer_t timer;
    lua_State *volatile running; /* NULL: no handler runs */
    volatile unsigned run, seen; /* number of the run; the one that the last tick found */
    volatile bool armed;         /* the count hook is set */
    bool stopped;                /* the limits were exceeded: every further hook raises again */
    struct watch_limits limits;
    struct timespec started; /* processor time when the hook was armed */
    uint64_t counted;        /* instructions since then */
};

static double seconds_since(const struct timespec *then) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static void on_count(lua_State *L, lua_Debug *ar);

static void arm(struct watchdog *w, lua_State *L, int every) {
    w->armed = true;
    lua_sethook(L, on_count, LUA_MASKCOUNT, every);
}

static bool is_too_many(const struct watchdog *w) {
    return w->limits.instructions > 0 && w->counted > w->limits.instructions;
}

/* Once over, the hook fires at every instruction: a handler that catches the error with pcall only gets the
 * next one. */
static void stop(struct watchdog *w, lua_State *L) {
    w->stopped = true;
    arm(w, L, 1);
    if (is_too_many(w))
        luaL_error(L, "stopped at the limit of %I instructions", (LUAI_UACINT)w->limits.instructions);
    luaL_error(L, "stopped at the limit of %f s of processor time", (LUAI_UACNUMBER)w->limits.time);
}

static bool is_over(const struct watchdog *w) {
    return w->stopped || (w->limits.time > 0 && seconds_since(&w->started) > w->limits.time) ||
           is_too_many(w);
}

static void on_count(lua_State *L, lua_Debug *ar) {
    struct watchdog *w = script_of(L)->dog;
    (void)ar;
    if (!w->armed || w->running == NULL) {
        lua_sethook(L, NULL, 0, 0); /* left over from a run that ended */
        return;
    }
    w->counted += HOOK_EVERY;
    if (is_over(w))
        stop(w, L);
}

/* Async-signal context. */
static void on_tick(int signum, siginfo_t *info, void *context) {
    struct watchdog *w = info->si_value.sival_ptr;
    (void)signum;
    (void)context;
    if (info->si_code != SI_TIMER || w->running == NULL || w->armed)
        return;
    if (w->seen != w->run) {
        w->seen = w->run;
        return;
    }
    int saved = errno;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &w->started);
    arm(w, w->running, HOOK_EVERY);
    errno = saved;
}

struct watchdog *watchdog_new(struct err *err) {
    struct watchdog *w = mem_new(struct watchdog);
    struct sigaction action = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 1};
    struct itimerspec every = {{0, TICK_MS * 1000000L}, {0, TICK_MS * 1000000L}};
    event.sigev_value.sival_ptr = w;
    event._sigev_un._tid = gettid();
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGRTMIN + 1, &action, NULL) < 0 ||
        timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &w->timer) < 0) {
        err_set(err, "cannot make the timer that limits handlers: %s", strerror(errno));
        mem_free(w);
        return NULL;
    }
    timer_settime(w->timer, 0, &every, NULL);
    return w;
}

void watchdog_free(struct watchdog *w) {
    if (w == NULL)
        return;
    timer_delete(w->timer);
    signal(SIGRTMIN + 1, SIG_IGN); /* a tick that is still pending must not find a freed watchdog */
    mem_free(w);
}

void watchdog_begin(struct watchdog *w, lua_State *L, const struct watch_limits *limits) {
    w->limits = *limits;
    w->counted = 0;
    w->stopped = false;
    w->run++;
    w->running = L;
}

enum watch_end watchdog_end(struct watchdog *w) {
    lua_State *L = w->running;
    w->running = NULL;
    if (w->armed) {
        w->armed = false;
        lua_sethook(L, NULL, 0, 0);
    }
    return !w->stopped ? WATCH_GOOD : is_too_many(w) ? WATCH_INSTRUCTIONS : WATCH_TIME;
}

lua_State *watchdog_enter(struct watchdog *w, lua_State *co) {
    lua_State *before = w->running;
    if (before != NULL) {
        w->running = co;
        if (w->armed)
            arm(w, co, w->stopped ? 1 : HOOK_EVERY);
    }
    return before;
}

void watchdog_leave(struct watchdog *w, lua_State *before) {
    if (before == NULL)
        return;
    w->running = before;
    if (w->armed)
        arm(w, before, w->stopped ? 1 : HOOK_EVERY);
}
