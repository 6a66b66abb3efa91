/* SPDX-License-Identifier: MIT */
/* wall: the clock on the wall, which people may set at any time: what outlives the process is counted by it.
 */
#ifndef COUPLET_BASE_WALL_H
#define COUPLET_BASE_WALL_H

#include <stdint.h>

enum { WALL_STAMP_LEN = 32 };

/* Since 1970. */
int64_t wall_ms(void);
double wall_s(void);
/* "2026-11-21T09:30:00Z", as XEP-0082 3.2 has it. */
void wall_stamp(int64_t ms, char out[WALL_STAMP_LEN]);

#endif
