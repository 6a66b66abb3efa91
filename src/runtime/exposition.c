/* SPDX-License-Identifier: MIT */
#include "runtime/exposition.h"

#include "base/utf8.h"

#include <stdint.h>

void exposition_family(struct exposition *e, const char *name, const char *type, const char *help) {
    e->name = name;
    buf_addf(e->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_value(struct buf *out, const char *text) {
    const char *end = text + strlen(text);
    uint32_t cp;
    for (size_t len; text < end; text += len) {
        len = utf8_decode(text, end, &cp);
        if (len == 0) {
            buf_adds(out, "\xef\xbf\xbd");
            len = 1;
        } else if (*text == '\n') {
            buf_adds(out, "\\n");
        } else {
            if (*text == '"' || *text == '\\')
                buf_addc(out, '\\');
            buf_add(out, text, len);
        }
    }
}

/* Whole numbers as such, up to where a double holds them. */
static void add_number(struct buf *out, double v) {
    if (v > -9e15 && v < 9e15 && v == (double)(int64_t)v)
        buf_addf(out, "%lld", (long long)v);
    else
        buf_addf(out, "%.15g", v);
}

void exposition_sample(struct exposition *e, const char *suffix, const char *const *labels, double value) {
    struct buf *out = e->out;
    char before = '{';
    buf_addf(out, "%s%s", e->name, suffix);
    for (; labels != NULL && labels[0] != NULL; labels += 2) {
        buf_addf(out, "%c%s=\"", before, labels[0]);
        add_value(out, labels[1]);
        buf_addc(out, '"');
        before = ',';
    }
    buf_adds(out, before == ',' ? "} " : " ");
    add_number(out, value);
    buf_addc(out, '\n');
}
