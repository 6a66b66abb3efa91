/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
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

static void add_escaped(struct buf *line, const char *text, bool json) {
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '\n')
            buf_adds(line, json ? "\\n" : "\n    ");
        else if (*p < 0x20 || *p == 0x7f)
            buf_addf(line, json ? "\\u%04x" : "\\x%02x", *p);
        else if (json && (*p == '"' || *p == '\\'))
            buf_addf(line, "\\%c", *p);
        else
            buf_addc(line, (char)*p);
    }
}

static void format_text(struct buf *line, enum log_level level, const char *who, const char *text) {
    add_time(line);
    buf_addf(line, " %-5s ", level_names[level]);
    if (who != NULL) {
        add_escaped(line, who, false);
        buf_adds(line, ": ");
    }
    add_escaped(line, text, false);
    buf_addc(line, '\n');
}

static void format_json(struct buf *line, enum log_level level, const char *who, const char *text) {
    buf_adds(line, "{\"time\":\"");
    add_time(line);
    buf_addf(line, "\",\"level\":\"%s\"", level_names[level]);
    if (who != NULL) {
        buf_adds(line, ",\"bot\":\"");
        add_escaped(line, who, true);
        buf_addc(line, '"');
    }
    buf_adds(line, ",\"text\":\"");
    add_escaped(line, text, true);
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
    (log->json ? format_json : format_text)(&line, level, who, buf_data(&text));
    put(log->fd, &line);
    buf_finish(&line);
    buf_finish(&text);
}
