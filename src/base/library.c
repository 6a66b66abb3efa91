/* SPDX-License-Identifier: MIT */
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

static int fill(const struct library *l, void *handle, void *table, struct err *err) {
    for (const struct library_symbol *s = l->symbols; s->name != NULL; s++)
        if (dlsym(handle, s->name) == NULL)
            return err_set(err, "%s is not the library that is wanted: it has no %s (package %s)", l->soname,
                           s->name, l->package);
    for (const struct library_symbol *s = l->symbols; s->name != NULL; s++) {
        void *function = dlsym(handle, s->name);
        memcpy((char *)table + s->offset, &function, sizeof(function));
    }
    return 0;
}

static void *open_with(const struct library *l, int flags, void *table, struct err *err) {
    void *handle = dlopen(l->soname, RTLD_NOW | RTLD_LOCAL | flags);
    if (handle == NULL) {
        err_set(err, "cannot load %s: %s; install the package %s", l->soname, dlerror(), l->package);
        return NULL;
    }
    if (fill(l, handle, table, err) == 0)
        return handle;
    dlclose(handle);
    return NULL;
}

void *library_open(const struct library *l, void *table, struct err *err) {
    return open_with(l, 0, table, err);
}

void *library_open_kept(const struct library *l, void *table, struct err *err) {
    return open_with(l, RTLD_NODELETE, table, err);
}

void library_close(void *handle) {
    if (handle != NULL)
        dlclose(handle);
}
