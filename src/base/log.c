/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warn", "info", "debug", "trace"};

void log_init(struct log *log) {
    *log = (struct log){.level = LOG_INFO, .fd = STDERR_FILENO};
}

void log_finish(struct log *log) {
    if (log->path != NULL)
        close(log->fd);
    mem_free(log->path);
    log_init(log);
}

int log_open(struct log *log, const char *path, struct err *err) {
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0)
        return err_set(err, "log file %s: %s", path, strerror(errno));
    char *copy = mem_strdup(path);
    if (log->path != NULL)
        close(log->fd);
    mem_free(log->path);
    log->path = copy;
    log->fd = fd;
    return 0;
}

int log_level_parse(const char *name) {
    for (int i = LOG_ERROR; i <= LOG_TRACE; i++)
        if (strcmp(name, level_names[i]) == 0)
            return i;
    return -1;
}

const char *log_level_name(enum log_level level) {
    return level_names[level];
}

static void add_time(struct buf *line) {
    struct timespec now;
    struct tm tm;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    buf_addf(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

/* What a terminal acts upon, or that makes text look like another line or run backwards. */
static bool is_control(uint32_t cp) {
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 ||
           (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

static void add_char(struct buf *line, const char *at, size_t len, uint32_t cp, bool json) {
    if (cp == '\n')
        buf_adds(line, json ? "\\n" : "\n    ");
    else if (cp == '\t' && !json) /* tracebacks have them */
        buf_adds(line, "    ");
    else if (is_control(cp))
        buf_addf(line, json || cp > 0xff ? "\\u%04x" : "\\x%02x", (unsigned)cp);
    else if (json && (cp == '"' || cp == '\\'))
        buf_addf(line, "\\%c", (char)cp);
    else
        buf_add(line, at, len);
}

/* A byte that is not UTF-8 is shown as such; JSON can hold none. */
static void add_escaped(struct buf *line, const char *text, bool json) {
    const char *end = text + strlen(text);
    uint32_t cp = 0;
    for (size_t len; text < end; text += len) {
        len = utf8_decode(text, end, &cp);
        if (len > 0)
            add_char(line, text, len, cp, json);
        else
            buf_addf(line, json ? "\\ufffd" : "\\x%02x", (unsigned char)*text);
        len += len == 0;
    }
}

uint64_t log_event_new(struct log *log) {
    while (log->process == 0) {
        random_bytes(&log->process, sizeof(log->process));
        log->process &= 0xffffff;
    }
    return ++log->events;
}

void log_event_text(const struct log *log, uint64_t event, char out[LOG_EVENT_LEN]) {
    snprintf(out, LOG_EVENT_LEN, "%06" PRIx32 "-%" PRIx64, log->process, event);
}

struct line {
    enum log_level level;
    const char *who, *text;
    char event[LOG_EVENT_LEN]; /* "": none */
};

static void format_text(struct buf *line, const struct line *l) {
    const char *who = l->who;
    add_time(line);
    buf_addf(line, " %-5s ", level_names[l->level]);
    if (l->event[0] != '\0')
        buf_addf(line, "[%s] ", l->event);
    if (who != NULL) {
        add_escaped(line, who, false);
        buf_adds(line, ": ");
    }
    add_escaped(line, l->text, false);
    buf_addc(line, '\n');
}

static void format_json(struct buf *line, const struct line *l) {
    const char *who = l->who;
    buf_adds(line, "{\"time\":\"");
    add_time(line);
    buf_addf(line, "\",\"level\":\"%s\"", level_names[l->level]);
    if (who != NULL) {
        buf_adds(line, ",\"bot\":\"");
        add_escaped(line, who, true);
        buf_addc(line, '"');
    }
    if (l->event[0] != '\0')
        buf_addf(line, ",\"event\":\"%s\"", l->event);
    buf_adds(line, ",\"text\":\"");
    add_escaped(line, l->text, true);
    buf_adds(line, "\"}\n");
}

/* One write per line: lines of several processes on one file do not mix. */
static void put(int fd, const struct buf *line) {
    const char *at = buf_data(line);
    size_t left = buf_len(line);
    while (left > 0) {
        ssize_t n = write(fd, at, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* a full disk or a closed pipe must not stop the bots */
        at += n;
        left -= (size_t)n;
    }
}

void log_write(struct log *log, enum log_level level, const char *who, const char *fmt, ...) {
    struct buf text = BUF_INIT, line = BUF_INIT;
    va_list ap;
    if (log->level < level)
        return;
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    struct line l = {.level = level, .who = who, .text = buf_data(&text)};
    if (log->event != 0)
        log_event_text(log, log->event, l.event);
    (log->json ? format_json : format_text)(&line, &l);
    put(log->fd, &line);
    buf_finish(&line);
    buf_finish(&text);
}
