/* SPDX-License-Identifier: MIT */
/*
 * work: what happens once the accounts are online, in phases that follow each other without a pause:
 *
 *   SETTLE  every account gets one marker and echoes it: whatever it does at log-in is done; memory is read
 *   WARM    the first account gets `warm` stanzas that do not count
 *   RUN     `count` stanzas between two readings of the bot's CPU time
 *
 * At most `window` stanzas are on their way; it is filled again when half of it is left, so that the bot
 * always has work and gets it in large pieces. A kind that is not answered is followed by a marker after
 * every LOAD_REFILL stanzas: its echo says that all before it are done (and costs the bot 1/256 of an echo
 * for each).
 */
#include "load/load.h"

#include "base/mem.h"

#include <string.h>
#include <time.h>

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static void pump(struct conn *c) {
    struct work *w = &c->load->work;

    while (w->sent < w->goal && w->sent - w->acked < w->window) {
        text_add(&w->text, &c->out, w->sent++);
        if (!w->kind->is_answered && (w->sent % LOAD_REFILL == 0 || w->sent == w->goal))
            text_add(&w->marker, &c->out, w->sent);
    }
    w->sent_at_ns = w->window == 1 ? now_ns() : 0;
}

static void begin_phase(struct conn *c, enum work_phase phase, uint32_t goal) {
    struct work *w = &c->load->work;

    w->phase = phase;
    w->goal = goal;
    w->sent = w->acked = 0;
    pump(c);
}

static void begin_run(struct conn *c) {
    struct work *w = &c->load->work;

    w->began_ns = now_ns();
    w->segments = conn_segments(c);
    w->reads = c->reads;
    w->cpu_us = child_cpu_us(c->load->pid);
    begin_phase(c, WORK_RUN, w->count);
}

static void end_run(struct conn *c) {
    struct work *w = &c->load->work;

    w->cpu_us = child_cpu_us(c->load->pid) - w->cpu_us;
    w->wall_ns = now_ns() - w->began_ns;
    w->segments = conn_segments(c) - w->segments;
    w->reads = c->reads - w->reads;
    w->after = child_memory(c->load->pid);
    w->phase = WORK_DONE;
}

/* The bot may still be at the end of its turn: its memory is read when its clock stands still. */
static void wait_until_idle(pid_t pid) {
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    double before = child_cpu_us(pid), after;

    for (int i = 0; i < 100; i++) {
        nanosleep(&pause, NULL);
        after = child_cpu_us(pid);
        if (after - before < 100)
            return;
        before = after;
    }
}

static void settled(struct load *l) {
    struct work *w = &l->work;
    struct conn *first = l->conns[0];

    wait_until_idle(l->pid);
    w->idle = child_memory(l->pid);
    if (w->kind == NULL) {
        w->phase = WORK_DONE;
        return;
    }
    text_init(&w->text, w->kind, first->jid);
    text_init(&w->marker, &text_marker, first->jid);
    if (w->window == 1)
        w->latency_ns = mem_array(NULL, w->count, sizeof(uint64_t));
    begin_phase(first, WORK_WARM, w->warm);
}

static void begin_settle(struct load *l) {
    if (l->online < l->count || l->joined < l->joins || l->work.phase != WORK_LOGIN)
        return;
    l->all_online_ns = now_ns();
    l->work.phase = WORK_SETTLE;
    for (int i = 0; i < l->conn_count; i++) {
        struct text marker;
        text_init(&marker, &text_marker, l->conns[i]->jid);
        text_add(&marker, &l->conns[i]->out, 0);
        text_finish(&marker);
        conn_flush(l->conns[i]);
    }
}

void work_online(struct load *l, struct conn *c) {
    (void)c;
    if (l->online++ == 0)
        l->online_ns = now_ns();
    begin_settle(l);
}

void work_joined(struct load *l) {
    l->joined++;
    begin_settle(l);
}

static void wrong(struct span message, uint32_t seq) {
    die("no right echo of number %u: %.*s", seq, (int)(message.len > 600 ? 600 : message.len), message.at);
}

static void settle_message(struct conn *c, struct span message) {
    struct text marker;

    text_init(&marker, &text_marker, c->jid);
    if (!text_is_echo(&marker, message, 0))
        wrong(message, 0);
    text_finish(&marker);
    if (++c->load->work.settled == (uint32_t)c->load->count)
        settled(c->load);
}

/* Takes the answer in; every one must be right and in order. */
static void acknowledge(struct work *w, struct span message) {
    uint32_t mark = least(w->acked - w->acked % LOAD_REFILL + LOAD_REFILL, w->goal);

    if (!text_is_echo(w->kind->is_answered ? &w->text : &w->marker, message,
                      w->kind->is_answered ? w->acked : mark))
        wrong(message, w->kind->is_answered ? w->acked : mark);
    if (w->latency_ns != NULL && w->phase == WORK_RUN)
        w->latency_ns[w->acked] = now_ns() - w->sent_at_ns;
    w->acked = w->kind->is_answered ? w->acked + 1 : mark;
}

void work_message(struct conn *c, struct span message) {
    struct work *w = &c->load->work;

    if (w->phase == WORK_SETTLE) {
        settle_message(c, message);
        if (w->phase == WORK_WARM)
            conn_flush(c->load->conns[0]);
        return;
    }
    if (c != c->load->conns[0] || (w->phase != WORK_WARM && w->phase != WORK_RUN))
        die("a message that nothing asked for: %.*s", (int)(message.len > 200 ? 200 : message.len),
            message.at);
    acknowledge(w, message);
    if (w->acked == w->goal && w->phase == WORK_WARM)
        begin_run(c);
    else if (w->acked == w->goal)
        end_run(c);
    else if (w->sent - w->acked <= w->window / 2)
        pump(c);
}
