/* SPDX-License-Identifier: MIT */
#include "config/source.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { MOST = 16 * 1024 * 1024 };

static int unreadable(const char *path, const char *why, struct config_mistakes *mistakes) {
    config_mistake_add(mistakes, path, (struct config_mark){0, 0},
                       "cannot be read: %s; name the configuration, e.g. config/echo.yaml", why);
    return -1;
}

static int read_all(struct buf *out, FILE *file) {
    size_t n;
    while (buf_len(out) <= MOST && (n = fread(buf_reserve(out, 65536), 1, 65536, file)) > 0)
        buf_commit(out, n);
    return ferror(file) ? -1 : 0;
}

/* The length of ${NAME} or ${NAME:-default} at p; 0 when there is none. */
static size_t reference_len(const char *p, const char *end) {
    const char *q = p + 2, *close;
    if (end - p < 4 || p[0] != '$' || p[1] != '{')
        return 0;
    while (q < end &&
           (*q == '_' || (*q >= '0' && *q <= '9') || (*q >= 'A' && *q <= 'Z') || (*q >= 'a' && *q <= 'z')))
        q++;
    if (q == p + 2 || q == end)
        return 0;
    if (*q == '}')
        return (size_t)(q + 1 - p);
    size_t line = strcspn(q, "\n}");
    close = q + line;
    return end - q > 2 && q[0] == ':' && q[1] == '-' && close < end && *close == '}' ? (size_t)(close + 1 - p)
                                                                                     : 0;
}

static void mask(struct buf *out, const char *text, size_t len) {
    const char *end = text + len;
    for (const char *p = text; p < end; p++) {
        size_t n = *p == '$' ? reference_len(p, end) : 0;
        if (n == 0) {
            buf_addc(out, *p);
            continue;
        }
        buf_lit(out, "$" SOURCE_OPEN);
        buf_add(out, p + 2, n - 3);
        buf_lit(out, SOURCE_CLOSE);
        p += n - 1;
    }
}

int source_read(struct buf *out, const char *path, struct config_mistakes *mistakes) {
    struct buf text = BUF_INIT;
    struct stat st;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return unreadable(path, strerror(errno), mistakes);
    bool is_folder = fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode);
    int result = is_folder ? -1 : read_all(&text, file);
    fclose(file);
    if (result < 0)
        unreadable(path, is_folder ? "it is a folder" : "reading failed", mistakes);
    else if (buf_len(&text) > MOST)
        result = unreadable(path, "it is larger than 16 MiB", mistakes);
    else
        mask(out, buf_data(&text), buf_len(&text));
    mem_wipe(text.data, text.cap); /* it may hold passwords */
    buf_finish(&text);
    return result;
}
