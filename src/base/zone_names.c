/* SPDX-License-Identifier: MIT */
/* The zones that tzdata has on this machine: files below its folder that begin as RFC 8536 3.1 says. */
#include "base/mem.h"
#include "base/zone.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MOST = 64, DEPTH_MOST = 3 };

static const char *folder(void) {
    const char *set = getenv("TZDIR"); /* as the C library and GLib have it */
    return set != NULL && set[0] == '/' ? set : "/usr/share/zoneinfo";
}

static bool is_zone_file(const char *path) {
    char magic[4] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return false;
    bool is = read(fd, magic, sizeof(magic)) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
    close(fd);
    return is;
}

/* "Europe/Berlin", "Etc/GMT+1": parts that begin with a letter, so that no name leads elsewhere. */
static bool is_sound(const char *name) {
    bool is_start = true;
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MOST || name[len - 1] == '/')
        return false;
    for (const char *s = name; *s != '\0'; s++) {
        bool is_letter = (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z');
        if (is_start ? !is_letter : !is_letter && strchr("0123456789_+-/", *s) == NULL)
            return false;
        is_start = *s == '/';
    }
    return true;
}

bool zone_is_known(const char *name) {
    char path[512];
    if (strcmp(name, "UTC") == 0)
        return true;
    return is_sound(name) && snprintf(path, sizeof(path), "%s/%s", folder(), name) < (int)sizeof(path) &&
           is_zone_file(path);
}

struct list {
    char **names;
    size_t count;
};

static void walk(struct list *l, const char *below, int depth);

static void meet(struct list *l, const char *name, int depth) {
    if (!is_sound(name))
        return;
    if (zone_is_known(name)) {
        l->names = mem_array(l->names, l->count + 2, sizeof(*l->names));
        l->names[l->count++] = mem_strdup(name);
    } else if (depth < DEPTH_MOST) {
        walk(l, name, depth + 1);
    }
}

static void walk(struct list *l, const char *below, int depth) {
    char path[512], name[2 * NAME_MOST];
    struct dirent *e;
    snprintf(path, sizeof(path), "%s/%s", folder(), below);
    DIR *d = opendir(path);
    while (d != NULL && (e = readdir(d)) != NULL)
        if (e->d_name[0] >= 'A' && e->d_name[0] <= 'Z' && /* not posix/, right/, leapseconds */
            snprintf(name, sizeof(name), "%s%s%s", below, below[0] != '\0' ? "/" : "", e->d_name) <
                (int)sizeof(name))
            meet(l, name, depth);
    if (d != NULL)
        closedir(d);
}

char **zone_names(void) {
    struct list l = {mem_alloc0(sizeof(char *)), 0};
    walk(&l, "", 0);
    l.names[l.count] = NULL;
    return l.names;
}

void zone_names_free(char **names) {
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        mem_free(names[i]);
    mem_free(names);
}
