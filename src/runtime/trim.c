/* SPDX-License-Identifier: MIT */
/*
 * The code of a library is mapped around each place that is touched, also where it was touched once: most of
 * what is resident of OpenSSL is what sets it up. Code is never written to, so its pages may go: whatever
 * runs again is mapped again, with neither a disk nor a copy in between.
 */
#include "runtime/trim.h"

#include "lua/library.h"

#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

static int drop_code(struct dl_phdr_info *info, size_t len, void *ctx) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)len;
    (void)ctx;
    if (info->dlpi_addr == getauxval(AT_SYSINFO_EHDR))
        return 0; /* the kernel's own (vdso(7)) */
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || (p->p_flags & PF_W))
            continue;
        uintptr_t from = (info->dlpi_addr + p->p_vaddr) / page * page;
        uintptr_t to = (info->dlpi_addr + p->p_vaddr + p->p_memsz + page - 1) / page * page;
        madvise((void *)from, to - from, MADV_DONTNEED);
    }
    return 0;
}

void trim_process(void) {
    library_release();
    dl_iterate_phdr(drop_code, NULL);
}
