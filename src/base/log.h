/* SPDX-License-Identifier: MIT */
/*
 * log: lines for people (text) or programs (json), to stderr or a file.
 *
 *   2026-11-21T05:00:00.123Z info  ops: online as ops@example.org/couplet
 *   {"time":"…","level":"info","bot":"ops","text":"online as …"}
 *
 * A level that is off costs one comparison: use the macros. Control characters are escaped, so
 * that nobody on the network can forge a line. Secrets never come here: callers mask them.
 */
#ifndef COUPLET_BASE_LOG_H
#define COUPLET_BASE_LOG_H

#include "base/err.h"

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

struct log {
    enum log_level level;
    bool json;
    int fd;     /* 2 for stderr; owned when path is set */
    char *path; /* owned; NULL: stderr */
};

/* Text to stderr at info. */
void log_init(struct log *log);
void log_finish(struct log *log);
/* Appends to the file (mode 0640); fails with the reason. Called again it opens the file anew (rotation). */
int log_open(struct log *log, const char *path, struct err *err);
/* "error" … "trace"; -1 when the name is none of them. */
int log_level_parse(const char *name);
const char *log_level_name(enum log_level level);

/* who: the bot or part that speaks (borrowed), NULL for the process itself. The text is one line; further
 * lines (a traceback) are kept, indented in text and escaped in json. */
void log_write(struct log *log, enum log_level level, const char *who, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#define log_is(log, lvl) ((log)->level >= (lvl))
#define log_at(log, lvl, who, ...)                                                                           \
    do {                                                                                                     \
        if (log_is(log, lvl))                                                                                \
            log_write(log, lvl, who, __VA_ARGS__);                                                           \
    } while (0)
#define log_error(log, who, ...) log_at(log, LOG_ERROR, who, __VA_ARGS__)
#define log_warn(log, who, ...)  log_at(log, LOG_WARN, who, __VA_ARGS__)
#define log_info(log, who, ...)  log_at(log, LOG_INFO, who, __VA_ARGS__)
#define log_debug(log, who, ...) log_at(log, LOG_DEBUG, who, __VA_ARGS__)
#define log_trace(log, who, ...) log_at(log, LOG_TRACE, who, __VA_ARGS__)

#endif
