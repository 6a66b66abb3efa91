/* SPDX-License-Identifier: MIT */
/* What the kernel knows of this process. */
#include "runtime/look.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Behind the name, which may hold anything, ") " too: fields from the third on. */
static bool read_stat(char *text, size_t len, const char **fields) {
    FILE *f = fopen("/proc/self/stat", "re");
    size_t n = f != NULL ? fread(text, 1, len - 1, f) : 0;
    if (f != NULL)
        fclose(f);
    text[n] = '\0';
    const char *name_end = strrchr(text, ')');
    *fields = name_end != NULL ? name_end + 1 : NULL;
    return *fields != NULL;
}

static double field(const char *fields, int number) { /* as proc(5) counts them */
    for (int i = 2; fields != NULL && i < number; i++) {
        fields = strchr(fields, ' ');
        fields = fields != NULL ? fields + 1 : NULL;
    }
    return fields != NULL ? strtod(fields, NULL) : 0;
}

/* Of a clock that began when the machine was started: /proc may show this process alone. */
static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t count_files(void) {
    DIR *d = opendir("/proc/self/fd");
    size_t count = 0;
    while (d != NULL && readdir(d) != NULL)
        count++;
    if (d != NULL)
        closedir(d);
    return count > 3 ? count - 3 : 0; /* ".", "..", and the one that we look with */
}

void look_process(struct look_process *p) {
    char text[1024];
    const char *fields;
    struct rlimit files = {0, 0};
    *p = (struct look_process){.open_files = count_files()};
    getrlimit(RLIMIT_NOFILE, &files);
    p->most_files = (size_t)files.rlim_cur;
    if (!read_stat(text, sizeof(text), &fields))
        return;
    double ticks = (double)sysconf(_SC_CLK_TCK);
    p->cpu_s = (field(fields, 14) + field(fields, 15)) / ticks;
    p->started_s = seconds_of(CLOCK_REALTIME) - (seconds_of(CLOCK_BOOTTIME) - field(fields, 22) / ticks);
    p->virtual_len = field(fields, 23);
    p->resident = field(fields, 24) * (double)sysconf(_SC_PAGESIZE);
}
