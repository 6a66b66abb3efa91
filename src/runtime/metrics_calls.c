/* SPDX-License-Identifier: MIT */
/* The families of hooks: how often, how long, how it ended. */
#include "runtime/metrics_internal.h"

#include <stdio.h>

typedef void write_call(struct exposition *e, const char *bot, const struct call_stats *s);

static void each_call(struct exposition *e, const struct look *look, write_call *write) {
    for (size_t i = 0; i < look->bot_count; i++) {
        const struct calls *c = look->bots[i].calls;
        for (size_t slot = 0; c != NULL && slot < CALLS_SLOTS; slot++)
            for (const struct call_stats *s = c->slots[slot]; s != NULL; s = s->next)
                write(e, look->bots[i].name, s);
    }
}

static void write_runs(struct exposition *e, const char *bot, const struct call_stats *s) {
    const char *const labels[] = {"bot", bot, "hook", s->label, NULL};
    exposition_sample(e, "", labels, (double)calls_all(s));
}

static void write_errors(struct exposition *e, const char *bot, const struct call_stats *s) {
    const char *const labels[] = {"bot", bot, "hook", s->label, NULL};
    exposition_sample(e, "", labels, (double)(calls_all(s) - s->ends[CALL_GOOD]));
}

static void write_kills(struct exposition *e, const char *bot, const struct call_stats *s) {
    static const char *const limits[CALL_ENDS] = {
        [CALL_TIME] = "time", [CALL_INSTRUCTIONS] = "instructions", [CALL_MEMORY] = "memory"};
    for (int end = CALL_TIME; end < CALL_ENDS; end++) {
        const char *const labels[] = {"bot", bot, "hook", s->label, "limit", limits[end], NULL};
        exposition_sample(e, "", labels, (double)s->ends[end]);
    }
}

static void write_durations(struct exposition *e, const char *bot, const struct call_stats *s) {
    const char *const labels[] = {"bot", bot, "hook", s->label, NULL};
    uint64_t below = 0;
    char bound[32] = "+Inf";
    for (size_t i = 0; i <= CALLS_BUCKETS; i++) {
        const char *const of_bucket[] = {"bot", bot, "hook", s->label, "le", bound, NULL};
        if (i < CALLS_BUCKETS)
            snprintf(bound, sizeof(bound), "%g", calls_bounds[i]);
        else
            snprintf(bound, sizeof(bound), "+Inf");
        below += s->buckets[i];
        exposition_sample(e, "_bucket", of_bucket, (double)below);
    }
    exposition_sample(e, "_sum", labels, (double)s->ns / 1e9);
    exposition_sample(e, "_count", labels, (double)below);
}

void metrics_calls(struct exposition *e, const struct look *look) {
    exposition_family(e, "couplet_hook_runs_total", "counter", "Runs of a handler that have ended.");
    each_call(e, look, write_runs);
    exposition_family(e, "couplet_hook_errors_total", "counter",
                      "Those that raised, returned nil and an error, or were stopped at a limit.");
    each_call(e, look, write_errors);
    exposition_family(e, "couplet_hook_kills_total", "counter", "Those that were stopped at a limit.");
    each_call(e, look, write_kills);
    exposition_family(e, "couplet_hook_duration_seconds", "histogram",
                      "From the beginning of a run to its end, waits included.");
    each_call(e, look, write_durations);
}
