/* SPDX-License-Identifier: MIT */
#include "config/expand.h"

#include "base/buf.h"
#include "base/mem.h"
#include "config/source.h"

#include <stdlib.h>

enum { BRACE_LEN = 3 }; /* bytes of SOURCE_OPEN and SOURCE_CLOSE */

/* The reference's inside, NAME or NAME:-default; appends its value. False when it is not set. */
static bool add_value(struct buf *out, const char *inside, size_t len, char **missing) {
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
    return value != NULL;
}

static const char *add_reference(struct buf *out, const char *p, char **missing) {
    const char *inside = p + 1 + BRACE_LEN, *close = strstr(inside, SOURCE_CLOSE);
    if (close == NULL || !add_value(out, inside, (size_t)(close - inside), missing))
        return NULL;
    return close + BRACE_LEN;
}

char *expand_text(struct arena *arena, const char *text, const char *path, struct config_mark mark,
                  struct config_mistakes *mistakes) {
    struct buf out = BUF_INIT;
    char *missing = NULL, *copy = NULL;
    if (strchr(text, '$') == NULL)
        return arena_strndup(arena, text, strlen(text));
    const char *p = text;
    while (p != NULL && *p) {
        if (strncmp(p, "$" SOURCE_OPEN, 1 + BRACE_LEN) == 0) {
            p = add_reference(&out, p, &missing);
        } else {
            p += strncmp(p, "$${", 3) == 0;
            buf_addc(&out, *p++);
        }
    }
    if (missing != NULL)
        config_mistake_add(mistakes, path, mark,
                           "the environment has no %s; set it, or give a default: ${%s:-default}", missing,
                           missing);
    else
        copy = arena_strndup(arena, buf_data(&out), buf_len(&out));
    mem_free(missing);
    buf_finish(&out);
    return copy;
}
