/* SPDX-License-Identifier: MIT */
/*
 * timers: `event: timer` hooks, bot:after and bot:every. A timer belongs to its bot. No pile-up: while a run
 * of a repeated timer goes on, its next turn is left out; turns are counted from the start, so they do not
 * drift. A cron is asked anew at least twice a minute (base/schedule.h), because clocks are set.
 */
#include "lua/timers.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/wall.h"

#include <math.h>
#include <stddef.h>

static void timer_free(struct timer *t) {
    loop_timer_stop(t->bot->script->loop, &t->due);
    *t->link = t->next;
    if (t->next != NULL)
        t->next->link = t->link;
    if (t->slot != NULL)
        *t->slot = NULL;
    if (t->binding != NULL)
        binding_free(t->binding);
    if (t->hook != NULL)
        hook_unref(t->hook);
    if (t->plan != NULL)
        schedule_finish(t->plan);
    mem_free(t->plan);
    mem_free(t);
}

void timer_stop(struct timer *t) {
    t->stopped = true;
    loop_timer_stop(t->bot->script->loop, &t->due);
    if (!t->running)
        timer_free(t);
}

static void on_done(struct run *r) {
    struct timer *t = r->done_ctx;
    t->running = false;
    if (t->stopped || (t->every_ms == 0 && t->plan == NULL))
        timer_free(t);
}

static void run_timer(struct timer *t) {
    struct log *log = t->bot->script->log;
    uint64_t before = log_enter(log, t->event);
    struct run *r = run_new(t->bot);
    log_leave(log, before);
    t->running = true;
    r->done = on_done;
    r->done_ctx = t;
    origin_of_event(&r->origin, HOOK_TIMER);
    event_push(r->co, t->bot, HOOK_TIMER);
    if (t->hook != NULL) {
        hook_ref(t->hook);
        run_start(r, &t->hook, 1);
    } else {
        run_function(r, t->binding);
    }
}

/* The next turn after now, and some jitter. */
static void arm_every(struct timer *t) {
    struct loop *loop = t->bot->script->loop;
    int64_t late = loop_now_ms(loop) - t->turn_ms;
    t->turn_ms += (late > 0 ? late / t->every_ms + 1 : 1) * t->every_ms;
    loop_timer_at(loop, &t->due,
                  t->turn_ms + (t->jitter_ms > 0 ? random_below((uint32_t)t->jitter_ms + 1) : 0));
}

/* Is it to run now? */
static bool arm(struct timer *t) {
    struct loop *loop = t->bot->script->loop;
    if (t->plan == NULL) {
        if (t->every_ms > 0)
            arm_every(t);
        return true;
    }
    int64_t now = wall_ms();
    bool is_due = schedule_tick(t->plan, now);
    loop_timer_in(loop, &t->due, schedule_wait_ms(t->plan, now));
    return is_due;
}

static void on_due(struct loop_timer *due) {
    struct timer *t = (struct timer *)((char *)due - offsetof(struct timer, due));
    if (t->hook != NULL && t->hook->removed)
        timer_stop(t);
    else if (arm(t) && !t->running)
        run_timer(t);
}

struct timer *timer_new(struct bot *b, double every, double jitter) {
    struct timer *t = mem_new(struct timer);
    t->bot = b;
    t->every_ms = (int64_t)ceil(every * 1000);
    t->jitter_ms = (int64_t)ceil(jitter * 1000);
    t->due.fire = on_due;
    t->next = b->timers;
    t->link = &b->timers;
    if (t->next != NULL)
        t->next->link = &t->next;
    b->timers = t;
    return t;
}

void timer_start(struct timer *t) {
    struct loop *loop = t->bot->script->loop;
    t->turn_ms = loop_now_ms(loop);
    if (t->plan == NULL) {
        arm_every(t);
        return;
    }
    int64_t now = wall_ms();
    schedule_start(t->plan, now);
    loop_timer_in(loop, &t->due, schedule_wait_ms(t->plan, now));
}

void timer_start_once(struct timer *t, int64_t delay_ms) {
    t->event = t->bot->script->log->event;
    loop_timer_in(t->bot->script->loop, &t->due, delay_ms);
}

int timers_add_hook(struct bot *b, struct hook *h, struct err *err) {
    const struct hook_spec *spec = h->spec;
    struct timer *t = timer_new(b, spec->every, spec->jitter);
    if (spec->cron != NULL) {
        t->plan = mem_new(struct schedule);
        if (schedule_init(t->plan, spec->cron, spec->tz, spec->jitter, err) < 0) {
            timer_free(t);
            return -1;
        }
    }
    hook_ref(h);
    t->hook = h;
    if (b->timers_started)
        timer_start(t);
    return 0;
}

void timers_start_config(struct bot *b) {
    b->timers_started = true;
    for (struct timer *t = b->timers; t != NULL; t = t->next)
        if (t->hook != NULL)
            timer_start(t);
}

void timers_free(struct bot *b) {
    while (b->timers != NULL)
        timer_free(b->timers);
}
