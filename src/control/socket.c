/* SPDX-License-Identifier: MIT */
#include "control/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 64, LOCK_TRIES = 200, LOCK_WAIT_NS = 10000000 };

static int address_of(const char *path, struct sockaddr_un *out, struct err *err) {
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) > SOCKET_PATH_MOST)
        return err_set(err, "the path of a socket has at most %d bytes: %s", SOCKET_PATH_MOST, path);
    memcpy(out->sun_path, path, strlen(path) + 1);
    return 0;
}

int socket_connect(const char *path, bool *nobody, struct err *err) {
    struct sockaddr_un address;
    *nobody = false;
    if (address_of(path, &address, err) < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int why = errno;
    if (fd >= 0)
        close(fd);
    *nobody = why == ENOENT || why == ECONNREFUSED;
    if (*nobody)
        return err_set(err, "no process answers at %s: is it running?", path);
    return err_set(err, "cannot talk to the process at %s: %s", path, strerror(why));
}

bool socket_is_ours(int fd) {
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    return peer.uid == geteuid() || peer.uid == 0;
}

/* Two that start at the same time do not take each other for dead: whoever looks has the folder's lock. */
static int lock_folder(const char *path) {
    char folder[SOCKET_PATH_MOST + 1];
    const struct timespec a_moment = {0, LOCK_WAIT_NS};
    snprintf(folder, sizeof(folder), "%s", path);
    int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; fd >= 0 && i < LOCK_TRIES && flock(fd, LOCK_EX | LOCK_NB) != 0; i++)
        nanosleep(&a_moment, NULL);
    return fd;
}

/* What stands in our way: nothing any more (0), or somebody (-1). */
static int clear_way(const char *path, struct err *err) {
    struct stat st;
    bool nobody;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : err_set(err, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, "%s is there already, and is no socket", path);
    int fd = socket_connect(path, &nobody, err);
    if (fd >= 0) {
        close(fd);
        return err_set(err, "another process answers at %s: is it running already?", path);
    }
    if (!nobody)
        return -1;
    err->text[0] = '\0';
    return unlink(path) == 0 || errno == ENOENT
               ? 0
               : err_set(err, "cannot replace the socket of a dead process, %s: %s", path, strerror(errno));
}

/* The mode is the socket's before it has a name: there is no moment at which others could open it. */
static int bind_at(int fd, const char *path, const struct sockaddr_un *address, struct socket_place *place,
                   struct err *err) {
    struct stat st;
    if (fchmod(fd, 0600) != 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        return err_set(err, "cannot make the socket %s: %s", path, strerror(errno));
    if (lstat(path, &st) != 0 || (st.st_mode & 077) != 0 || listen(fd, BACKLOG) != 0) {
        unlink(path);
        return err_set(err, "cannot make the socket %s for its owner alone", path);
    }
    *place = (struct socket_place){st.st_dev, st.st_ino};
    return 0;
}

int socket_listen(const char *path, struct socket_place *place, struct err *err) {
    struct sockaddr_un address;
    if (address_of(path, &address, err) < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set(err, "cannot make a socket: %s", strerror(errno));
    int lock = lock_folder(path);
    int r = clear_way(path, err);
    if (r == 0)
        r = bind_at(fd, path, &address, place, err);
    if (lock >= 0)
        close(lock);
    if (r == 0)
        return fd;
    close(fd);
    return -1;
}

void socket_remove(const char *path, const struct socket_place *place) {
    struct stat st;
    if (lstat(path, &st) == 0 && st.st_dev == place->device && st.st_ino == place->inode)
        unlink(path);
}
