/* SPDX-License-Identifier: MIT */
/* process_child: from fork to the program. Shared by process*.c only. */
#ifndef COUPLET_LOOP_PROCESS_CHILD_H
#define COUPLET_LOOP_PROCESS_CHILD_H

#include "loop/process.h"

#include <sys/types.h>

/* Starts it with these as its descriptors 0, 1 and 2, and waits until it is the program. -1: err. */
pid_t process_start(const struct process_options *options, const int fds[3], struct err *err);

#endif
