/* SPDX-License-Identifier: MIT */
/* What is the process's: the rest is metrics_bot.c's and metrics_calls.c's. */
#include "runtime/metrics.h"

#include "runtime/metrics_internal.h"

#include <stdio.h>

static void one(struct exposition *e, const char *name, const char *type, const char *help, double value) {
    exposition_family(e, name, type, help);
    exposition_sample(e, "", NULL, value);
}

static void write_build(struct exposition *e) {
    const char *const labels[] = {"version", COUPLET_VERSION, NULL};
    exposition_family(e, "couplet_build_info", "gauge", "Always 1; the version of the program.");
    exposition_sample(e, "", labels, 1);
}

/* The names that Prometheus's own libraries use. */
static void write_process(struct exposition *e, const struct look_process *p) {
    one(e, "process_cpu_seconds_total", "counter", "Processor time, user and system.", p->cpu_s);
    one(e, "process_resident_memory_bytes", "gauge", "Memory that is resident.", p->resident);
    one(e, "process_virtual_memory_bytes", "gauge", "Address space in use.", p->virtual_len);
    one(e, "process_open_fds", "gauge", "File descriptors that are open.", (double)p->open_files);
    one(e, "process_max_fds", "gauge", "File descriptors that may be open.", (double)p->most_files);
    one(e, "process_start_time_seconds", "gauge", "When the process started, since 1970.", p->started_s);
}

static void write_database(struct exposition *e, const struct look *look) {
    const struct database_facts *d = &look->database;
    if (!look->has_database)
        return;
    one(e, "couplet_storage_healthy", "gauge", "1: the last change could be written to the storage.",
        d->trouble.text[0] == '\0');
    one(e, "couplet_storage_commits_total", "counter", "Transactions on disk.", (double)d->commits);
    one(e, "couplet_storage_waiting", "gauge", "Operations that are not on disk yet.", (double)d->waiting);
    one(e, "couplet_storage_busy_seconds", "gauge", "How long the transaction of now has taken so far.",
        (double)d->busy_ms / 1000);
}

/* A path that no route has is not told: anybody may ask for anything. */
static void write_web(struct exposition *e, const struct look *look) {
    char status[16];
    if (look->web == NULL)
        return;
    exposition_family(e, "couplet_http_requests_total", "counter", "Requests that were answered.");
    for (size_t i = 0; i < look->web->len; i++) {
        const struct web_count *c = &look->web->list[i];
        const char *const labels[] = {"path", c->path[0] != '\0' ? c->path : "other", "status", status, NULL};
        snprintf(status, sizeof(status), "%d", c->status);
        exposition_sample(e, "", labels, (double)c->count);
    }
    one(e, "couplet_http_requests_waiting", "gauge", "Requests that wait for their answer.",
        (double)look->web_waiting);
}

static void write_states(struct exposition *e, const struct look *look) {
    static const struct {
        const char *name, *help;
    } families[] = {{"couplet_lua_memory_bytes", "Memory of a Lua state."},
                    {"couplet_lua_memory_limit_bytes", "What it may have at most."}};
    for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
        exposition_family(e, families[f].name, "gauge", families[f].help);
        for (size_t i = 0; i < look->state_count; i++) {
            const struct look_state *s = &look->states[i];
            const char *const labels[] = {"state", s->name, NULL};
            exposition_sample(e, "", labels, (double)(f == 0 ? s->used : s->cap));
        }
    }
}

void metrics_write(const struct look *look, struct buf *out) {
    struct exposition e = {.out = out};
    write_build(&e);
    metrics_bots(&e, look);
    metrics_calls(&e, look);
    write_states(&e, look);
    write_database(&e, look);
    write_web(&e, look);
    write_process(&e, &look->process);
}
