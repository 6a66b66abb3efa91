/* SPDX-License-Identifier: MIT */
/*
 * socket: the unix socket at a path, seen from both ends: made so that nobody else can open it at any time
 * (mode 0600 from the start), the socket of a dead process replaced, the one of a living process left alone.
 */
#ifndef COUPLET_CONTROL_SOCKET_H
#define COUPLET_CONTROL_SOCKET_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum { SOCKET_PATH_MOST = 107 }; /* bytes, unix(7) */

struct socket_place { /* which file it is, so that only our own is taken away */
    dev_t device;
    ino_t inode;
};

/* A listening descriptor that does not block; -1: err. */
int socket_listen(const char *path, struct socket_place *place, struct err *err);
/* Takes the file away when it is still the one that was made. */
void socket_remove(const char *path, const struct socket_place *place);
/* A connected descriptor that blocks; -1: err, and *nobody says that no process listens there. */
int socket_connect(const char *path, bool *nobody, struct err *err);
/* May the process at the other end be talked to? It runs as our user or as root. */
bool socket_is_ours(int fd);

#endif
