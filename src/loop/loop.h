/* SPDX-License-Identifier: MIT */
/*
 * loop: one thread's event loop (libuv), with what the rest needs of it: timers, signals, work at the
 * end of a turn. The event library's headers are only used here and in net/.
 */
#ifndef COUPLET_LOOP_LOOP_H
#define COUPLET_LOOP_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct uv_loop_s;

/* NULL with the reason. SIGPIPE and SIGXFSZ are ignored from here on, in the whole process. */
struct loop *loop_new(struct err *err);
/* Every timer, signal, connection and deferred act must be gone (asserted): nothing is leaked. */
void loop_free(struct loop *l);
/* Runs until loop_stop() or until nothing is left to wait for. A stop before the run ends that run at once.
 */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Monotonic milliseconds, read once a turn. */
int64_t loop_now_ms(const struct loop *l);
struct uv_loop_s *loop_uv(struct loop *l); /* for net/ */
/* One piece of memory for whoever reads: it belongs to the callback that runs now, and only until it returns.
 * LOOP_SCRATCH_LEN bytes; made when first asked for. */
enum { LOOP_SCRATCH_LEN = 65536 };
char *loop_scratch(struct loop *l);

/* --- Work at the end of this turn, after all input that is there was handled: one write for many answers;
 * destructive acts. Runs in the order of adding; a defer added by one runs in the same turn. The struct is
 * the caller's, embedded in its object, zeroed at first; adding it twice is adding it once. */
struct loop_defer {
    void (*run)(struct loop_defer *d);
    struct loop_defer *next, **at; /* private; at == NULL: not queued */
};
void loop_defer(struct loop *l, struct loop_defer *d);
void loop_defer_cancel(struct loop *l, struct loop_defer *d); /* not queued: nothing */

/* --- Timers. The struct is the caller's, zeroed at first. Cheap: a heap of our own over one uv timer, so
 * 5,000 accounts cost a heap slot each. Starting it again moves it. A timer's callback may stop, restart or
 * free any timer. */
struct loop_timer {
    void (*fire)(struct loop_timer *t);
    int64_t due_ms; /* of loop_now_ms */
    uint32_t slot;  /* private: 1-based place in the heap, 0: not running */
};
void loop_timer_at(struct loop *l, struct loop_timer *t, int64_t due_ms);
void loop_timer_in(struct loop *l, struct loop_timer *t, int64_t delay_ms);
void loop_timer_stop(struct loop *l, struct loop_timer *t); /* not running: nothing */

/* --- Signals: on(ctx, signum) runs on the loop. Signals do not keep loop_run going. */
typedef void loop_signal_fn(void *ctx, int signum);
int loop_signal(struct loop *l, int signum, loop_signal_fn *on, void *ctx, struct err *err);

/* --- The way back from another thread: on(ctx) runs on the loop some time after loop_wake_send, which any
 * thread may call, and once for several of them. It keeps loop_run going only while it is held. The thread
 * must be over before loop_wake_free. */
struct loop_wake;
typedef void loop_wake_fn(void *ctx);
struct loop_wake *loop_wake_new(struct loop *l, loop_wake_fn *on, void *ctx, struct err *err);
void loop_wake_send(struct loop_wake *w);
void loop_wake_hold(struct loop_wake *w, bool is_held);
void loop_wake_free(struct loop_wake *w); /* NULL accepted */

/* --- A descriptor that another library does the reading of: on(ctx) whenever there is something to be read,
 * again and again until it was. It does not keep loop_run going. The descriptor stays the caller's, and open
 * until loop_watch_free. */
struct loop_watch;
typedef void loop_watch_fn(void *ctx);
struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_watch_fn *on, void *ctx, struct err *err);
/* The same descriptor for reading (as at first) and writing, for whoever has both to do. */
void loop_watch_want(struct loop_watch *w, bool read, bool write);
void loop_watch_free(struct loop_watch *w); /* NULL accepted */

/* --- Reading lines from a descriptor (terminal, pipe, socket, file, /dev/null) without blocking. on_line:
 * line without its newline, borrowed, at most 64 KiB (a longer one comes in pieces); NULL at the end of input
 * (once; then it is over). The descriptor stays the caller's. Keeps loop_run going until the end of input or
 * loop_lines_close, which on_line may call. */
struct loop_lines;
typedef void loop_line_fn(void *ctx, const char *line, size_t len);
struct loop_lines *loop_lines_open(struct loop *l, int fd, loop_line_fn *on_line, void *ctx, struct err *err);
void loop_lines_close(struct loop_lines *lines); /* NULL accepted */

#endif
