/* SPDX-License-Identifier: MIT */
/*
 * log: lines for people (text) or programs (json), to stderr or a file.
 *
 *   2026-11-21T05:00:00.123Z info  ops: online as ops@example.org/couplet
 *   2026-11-21T05:00:01.123Z info  [5e81f0-1c] ops: deploying
 *   {"time":"…","level":"info","bot":"ops","event":"5e81f0-1c","text":"deploying"}
 *
 * What belongs to one event (a stanza, a timer, a webhook, and all that comes of it) bears its id: the code
 * that begins or goes on with an event enters it, and leaves it afterwards.
 *
 * A level that is off costs one comparison: use the macros. Control characters are escaped, so
 * that nobody on the network can forge a line. Secrets never come here: callers mask them.
 */
#ifndef COUPLET_BASE_LOG_H
#define COUPLET_BASE_LOG_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

struct log {
    enum log_level level;
    bool json;
    int fd;           /* 2 for stderr; owned when path is set */
    char *path;       /* owned; NULL: stderr */
    uint64_t event;   /* of now; 0: none */
    uint64_t events;  /* the last id that was given away */
    uint32_t process; /* tells its ids from those of other processes; 0: not chosen yet */
};

/* Text to stderr at info. */
void log_init(struct log *log);
void log_finish(struct log *log);
/* Appends to the file (mode 0640); fails with the reason. Called again it opens the file anew (rotation). */
int log_open(struct log *log, const char *path, struct err *err);
/* "error" … "trace"; -1 when the name is none of them. */
int log_level_parse(const char *name);
const char *log_level_name(enum log_level level);

/* An id that was never used; nobody has entered it. Never 0. */
uint64_t log_event_new(struct log *log);
/* Until it is left again, with what this returns. 0: nothing in particular. */
static inline uint64_t log_enter(struct log *log, uint64_t event) {
    uint64_t before = log->event;
    log->event = event;
    return before;
}
static inline void log_leave(struct log *log, uint64_t before) {
    log->event = before;
}
/* As it stands in the lines. */
enum { LOG_EVENT_LEN = 32 };
void log_event_text(const struct log *log, uint64_t event, char out[LOG_EVENT_LEN]);

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
