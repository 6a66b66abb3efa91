/* SPDX-License-Identifier: MIT */
/*
 * clock: preloaded (LD_PRELOAD), it puts the wall clock of a process ahead by as many seconds as the file
 * E2E_CLOCK says, whenever it is asked. Everything else goes on as it does. The specs build it; with
 * -DSECONDS_TOO, for programs that ask in whole seconds.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <fcntl.h>

static long ahead(void) {
    char text[32] = "";
    const char *path = getenv("E2E_CLOCK");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return 0;
    ssize_t len = read(fd, text, sizeof(text) - 1);
    close(fd);
    return len > 0 ? strtol(text, NULL, 10) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    int result = (int)syscall(SYS_clock_gettime, clock, out);
    if (result == 0 && clock == CLOCK_REALTIME)
        out->tv_sec += ahead();
    return result;
}

#ifdef SECONDS_TOO
time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}
#endif
