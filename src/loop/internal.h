/* SPDX-License-Identifier: MIT */
/* loop/internal: what the files of this room share. Nobody else includes it. */
#ifndef COUPLET_LOOP_INTERNAL_H
#define COUPLET_LOOP_INTERNAL_H

#include "loop/loop.h"

#include <uv.h>

struct loop_signal_watch;

struct loop {
    uv_loop_t uv;
    uv_prepare_t before_wait; /* both are unreferenced: they never keep the loop going */
    uv_check_t after_wait;
    bool stopped;
    struct loop_defer *first, **last; /* the queue of deferred work */
    uv_timer_t clock;                 /* armed for heap[0] */
    struct loop_timer **heap;         /* owned array of borrowed timers; heap[0] is due first */
    uint32_t heap_len, heap_cap;
    bool firing; /* inside the clock's callback */
    struct loop_signal_watch *signals;
    char *scratch; /* LOOP_SCRATCH_LEN bytes; NULL until asked for */
};

void loop_timers_init(struct loop *l);
void loop_timers_finish(struct loop *l);

#endif
