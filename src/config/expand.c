/* SPDX-License-Identifier: MIT */
#include "config/expand.h"

#include "base/buf.h"
#include "base/mem.h"
#include "config/source.h"

#include <stdlib.h>

enum { BRACE_LEN = 3 }; /* bytes of SOURCE_OPEN and SOURCE_CLOSE */

/* The reference's inside, NAME or NAME:-default; appends its value. Sets missing when there is none. */
static void add_value(struct buf *out, const char *inside, size_t len, char **missing) {
    char *name = mem_strndup(inside, len), *otherwise = strstr(name, ":-");
    if (otherwise != NULL)
        *otherwise = '\0';
    const char *value = getenv(name);
    if (otherwise != NULL && (value == NULL || *value == '\0'))
        value = otherwise + 2;
    if (value != NULL)
        buf_adds(out, value);
    else
        *missing = mem_strdup(name);
    mem_free(name);
}

/* The closing mark of the reference at p; NULL when there is none. */
static const char *reference_end(const char *p) {
    return strncmp(p, "$" SOURCE_OPEN, 1 + BRACE_LEN) == 0 ? strstr(p + 1 + BRACE_LEN, SOURCE_CLOSE) : NULL;
}

/* ${NAME} as it was written. */
static const char *add_written(struct buf *out, const char *p, const char *close) {
    const char *inside = p + 1 + BRACE_LEN;
    buf_addf(out, "${%.*s}", (int)(close - inside), inside);
    return close + BRACE_LEN;
}

static char *take(struct arena *arena, struct buf *out) {
    char *copy = arena_strndup(arena, buf_data(out), buf_len(out));
    mem_wipe(out->data, out->cap); /* it may be a password */
    buf_finish(out);
    return copy;
}

char *expand_text(struct arena *arena, const char *text, struct err *err) {
    struct buf out = BUF_INIT;
    char *missing = NULL;
    const char *close;
    for (const char *p = text; *p && missing == NULL;) {
        if (*p == '$' && (close = reference_end(p + 1)) != NULL) {
            p = add_written(&out, p + 1, close);
        } else if ((close = reference_end(p)) != NULL) {
            const char *inside = p + 1 + BRACE_LEN;
            add_value(&out, inside, (size_t)(close - inside), &missing);
            p = close + BRACE_LEN;
        } else {
            p += strncmp(p, "$${", 3) == 0;
            buf_addc(&out, *p++);
        }
    }
    char *copy = take(arena, &out);
    if (missing != NULL)
        err_set(err, "the environment has no %s; set it, or give a default: ${%s:-default}", missing,
                missing);
    copy = missing == NULL ? copy : NULL;
    mem_free(missing);
    return copy;
}

char *expand_not(struct arena *arena, const char *text) {
    struct buf out = BUF_INIT;
    const char *close;
    for (const char *p = text; *p;) {
        if ((close = reference_end(p)) != NULL)
            p = add_written(&out, p, close);
        else
            buf_addc(&out, *p++);
    }
    return take(arena, &out);
}
