/* SPDX-License-Identifier: MIT */
/* Libraries that are opened when they are needed. */
#include "check.h"

#include "base/library.h"

#include <math.h>

struct table {
    __typeof__(cos) *cosine;
    __typeof__(floor) *down;
};

static const struct library_symbol symbols[] = {
    LIBRARY_SYMBOL(struct table, cosine, cos), LIBRARY_SYMBOL(struct table, down, floor), {NULL, 0}};

static void opens(void) {
    static const struct library library = {"libm.so.6", "libc6", symbols};
    struct table t = {NULL, NULL};
    struct err err = ERR_INIT;
    void *once = library_open(&library, &t, &err), *twice = library_open(&library, &t, &err);
    CHECK(once != NULL && twice != NULL);
    CHECK(t.cosine != NULL && t.cosine(0) == 1 && t.down(1.5) == 1);
    library_close(once);
    CHECK(t.down(2.5) == 2); /* it was opened twice */
    library_close(twice);
    library_close(NULL);
}

static void missing(void) {
    static const struct library library = {"libnobody-has-this.so.7", "libnobody7", symbols};
    struct table t = {NULL, NULL};
    struct err err = ERR_INIT;
    CHECK(library_open(&library, &t, &err) == NULL);
    CHECK_HAS(err.text, "cannot load libnobody-has-this.so.7: ");
    CHECK_HAS(err.text, "install the package libnobody7");
    CHECK(t.cosine == NULL && t.down == NULL);
}

/* All or nothing. */
static void another(void) {
    static const struct library_symbol strange[] = {
        LIBRARY_SYMBOL(struct table, cosine, cos), {"no_such_function", 0}, {NULL, 0}};
    static const struct library library = {"libm.so.6", "libc6", strange};
    struct table t = {NULL, NULL};
    struct err err = ERR_INIT;
    CHECK(library_open(&library, &t, &err) == NULL);
    CHECK_HAS(err.text, "libm.so.6 is not the library that is wanted: it has no no_such_function");
    CHECK(t.cosine == NULL);
}

int main(void) {
    RUN(opens);
    RUN(missing);
    RUN(another);
    return check_done();
}
