/* SPDX-License-Identifier: MIT */
#include "runtime/watch.h"

#include "runtime/health.h"
#include "runtime/internal.h"
#include "runtime/metrics.h"
#include "runtime/notify.h"

#include <signal.h>
#include <unistd.h>

enum { DATABASE_STUCK_MS = 60000 };

void watch_metrics(struct runtime *r, struct buf *out) {
    struct look look;
    look_take(r, &look);
    metrics_write(&look, out);
    look_finish(&look);
}

bool watch_health(struct runtime *r, struct buf *out) {
    struct look look;
    look_take(r, &look);
    bool good = health_write(&look, &health_defaults, out);
    look_finish(&look);
    return good;
}

/* ---- the supervisor ---- */

/* A thread that does not come back from the disk accepts nothing any more, and nobody is told. */
static bool is_alive(void *ctx) {
    struct runtime *r = ctx;
    struct database_facts facts = {.busy_ms = 0};
    if (r->database != NULL)
        database_look(r->database, &facts);
    return facts.busy_ms < DATABASE_STUCK_MS;
}

static void add_status(void *ctx, struct buf *out) {
    struct look look;
    size_t online = 0, rooms = 0, joined = 0, waiting = 0;
    look_take(ctx, &look);
    for (size_t i = 0; i < look.bot_count; i++) {
        const struct look_bot *b = &look.bots[i];
        online += b->session.is_connected;
        waiting += b->outbox.count;
        rooms += b->room_count;
        for (size_t k = 0; k < b->room_count; k++)
            joined += b->rooms[k].state == ROOM_JOINED;
    }
    buf_addf(out, "%zu of %zu bots online, %zu of %zu rooms joined", online, look.bot_count, joined, rooms);
    if (look.has_database)
        buf_addf(out, ", %zu messages wait", waiting);
    look_finish(&look);
}

/* ---- SIGHUP ---- */

static void reopen_log(struct runtime *r) {
    struct err err = ERR_INIT;
    if (log_open(&r->log, r->config->log_file, &err) < 0)
        log_error(&r->log, NULL, "%s; the file of before is written on", err.text);
    else
        log_info(&r->log, NULL, "the log file is opened anew");
}

/* A log file asks for it; without one it means what it means to every program in a terminal that goes away.
 */
static void on_hangup(void *ctx, int signum) {
    struct runtime *r = ctx;
    (void)signum;
    if (r->config->log_file != NULL)
        reopen_log(r);
    else if (isatty(STDERR_FILENO) || isatty(STDIN_FILENO))
        raise(SIGTERM);
    else
        log_info(&r->log, NULL, "SIGHUP: there is no log file to be opened anew");
}

int watch_start(struct runtime *r, struct err *err) {
    r->notify = notify_new(r->loop, &r->log, is_alive, add_status, r);
    return loop_signal(r->loop, SIGHUP, on_hangup, r, err);
}

void watch_stop(struct runtime *r) {
    notify_free(r->notify);
    r->notify = NULL;
}
