/* SPDX-License-Identifier: MIT */
/* library: what becomes of the bytecode's memory. The linker marks begin and end of its section, which is
 * read-only. */
#include "lua/library.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

extern const unsigned char __start_couplet_library[], __stop_couplet_library[];

void library_release(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)__start_couplet_library + page - 1) / page * page;
    uintptr_t to = (uintptr_t)__stop_couplet_library / page * page;
    if (to > from)
        madvise((void *)from, to - from, MADV_DONTNEED);
}
