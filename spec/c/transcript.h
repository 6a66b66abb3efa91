/* SPDX-License-Identifier: MIT */
/*
 * transcript: a talk between a stream and its server, read from a .xt file into steps (spec/stream/README.md
 * tells the format). Here is only the reading: includes are followed, escapes and repetitions are resolved;
 * names such as ${bind} stay in the text, for they get their values while it is played (transcript_play.h).
 * A file that cannot be understood ends the program: the test is wrong.
 */
#ifndef COUPLET_SPEC_TRANSCRIPT_H
#define COUPLET_SPEC_TRANSCRIPT_H

#include "base/base64.h"
#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum step_kind {
    STEP_OPTION, /* "option", "nonce": what the stream is made with */
    STEP_OPEN,
    STEP_SERVER,         /* S: bytes of the server, cut in every way */
    STEP_READ,           /* S!: bytes that arrive in one read, never cut */
    STEP_CLIENT,         /* C: bytes that must have come out */
    STEP_SERVER_MESSAGE, /* SM: a WebSocket message of the server's, its pieces cut in every way */
    STEP_CLIENT_MESSAGE, /* CM: the next message that must have come out */
    STEP_TLS,
    STEP_TICK,
    STEP_SEND,
    STEP_CLOSE,
    STEP_LOST,
    STEP_DISTRUST, /* the server's certificate is not good any more */
    STEP_AGAIN,    /* a new stream of the same account */
    STEP_EXPECT,
};

struct step {
    enum step_kind kind;
    bool is_included; /* from another file, where it is tested */
    char *where;      /* owned; "file:line" */
    struct buf text;  /* what follows the word, resolved */
};

struct transcript {
    struct step *steps; /* owned */
    size_t count;
};

static const struct {
    const char *word;
    enum step_kind kind;
} step_words[] = {
    {"option", STEP_OPTION}, {"nonce", STEP_OPTION},       {"open", STEP_OPEN},
    {"S:", STEP_SERVER},     {"S!:", STEP_READ},           {"C:", STEP_CLIENT},
    {"tls", STEP_TLS},       {"tick", STEP_TICK},          {"send", STEP_SEND},
    {"close", STEP_CLOSE},   {"lost", STEP_LOST},          {"distrust", STEP_DISTRUST},
    {"expect", STEP_EXPECT}, {"SM:", STEP_SERVER_MESSAGE}, {"CM:", STEP_CLIENT_MESSAGE},
    {"again", STEP_AGAIN},
};

_Noreturn static void transcript_die(const char *where, const char *what, const char *text) {
    printf("Bail out! %s: %s: %s\n", where, what, text);
    exit(1);
}

static inline void transcript_free(struct transcript *t) {
    for (size_t i = 0; i < t->count; i++) {
        mem_free(t->steps[i].where);
        buf_finish(&t->steps[i].text);
    }
    mem_free(t->steps);
    *t = (struct transcript){NULL, 0};
}

/* ---- the text of a line ---- */

/* "\xHH", "\n", "\r", "\t", "\\"; returns the length of what was read. */
static size_t read_escape(struct buf *out, const char *at, const char *where) {
    static const char from[] = "nrt\\", to[] = "\n\r\t\\";
    unsigned int byte;
    const char *plain = at[1] != '\0' ? strchr(from, at[1]) : NULL;
    if (plain != NULL) {
        buf_addc(out, to[plain - from]);
        return 2;
    }
    if (at[1] != 'x' || sscanf(at + 2, "%2x", &byte) != 1)
        transcript_die(where, "not an escape", at);
    buf_addc(out, (char)byte);
    return 4;
}

static void resolve(struct buf *out, const char *text, const char *where);

/* "${200*<a>}"; returns the length of what was read, 0 when it is none. */
static size_t read_repetition(struct buf *out, const char *at, const char *where) {
    int body = 0;
    unsigned int count;
    if (sscanf(at, "${%u*%n", &count, &body) != 1 || body == 0)
        return 0;
    const char *end = strchr(at, '}');
    if (end == NULL)
        transcript_die(where, "a repetition without end", at);
    char *part = mem_strndup(at + body, (size_t)(end - at) - (size_t)body);
    for (unsigned int i = 0; i < count; i++)
        resolve(out, part, where);
    mem_free(part);
    return (size_t)(end + 1 - at);
}

/* "${base64:n,,n=user}"; as above. */
static size_t read_base64(struct buf *out, const char *at, const char *where) {
    static const char word[] = "${base64:";
    const char *body = at + sizeof(word) - 1, *end = strchr(at, '}');
    struct buf bytes = BUF_INIT;
    if (strncmp(at, word, sizeof(word) - 1) != 0)
        return 0;
    if (end == NULL)
        transcript_die(where, "base64 without end", at);
    char *part = mem_strndup(body, (size_t)(end - body));
    resolve(&bytes, part, where);
    base64_encode(out, buf_data(&bytes), buf_len(&bytes));
    buf_finish(&bytes);
    mem_free(part);
    return (size_t)(end + 1 - at);
}

static void resolve(struct buf *out, const char *text, const char *where) {
    while (*text != '\0') {
        size_t read = *text == '\\'  ? read_escape(out, text, where)
                      : *text == '$' ? read_repetition(out, text, where)
                                     : 0;
        if (read == 0 && *text == '$')
            read = read_base64(out, text, where);
        if (read == 0)
            buf_addc(out, *text), read = 1;
        text += read;
    }
}

/* ---- lines ---- */

static void transcript_read(struct transcript *t, const char *path, bool is_included);

static void include(struct transcript *t, const char *path, const char *name) {
    struct buf other = BUF_INIT;
    const char *slash = strrchr(path, '/');
    buf_add(&other, path, slash != NULL ? (size_t)(slash + 1 - path) : 0);
    buf_adds(&other, name);
    transcript_read(t, buf_data(&other), true);
    buf_finish(&other);
}

/* S: and C: lines that follow each other are one block. */
static bool continues(const struct transcript *t, enum step_kind kind, bool is_included) {
    const struct step *last = t->count > 0 ? &t->steps[t->count - 1] : NULL;
    return last != NULL && last->kind == kind && last->is_included == is_included &&
           (kind == STEP_SERVER || kind == STEP_READ || kind == STEP_CLIENT);
}

static struct step *add_step(struct transcript *t, enum step_kind kind, bool is_included, const char *where) {
    if (continues(t, kind, is_included))
        return &t->steps[t->count - 1];
    t->steps = mem_array(t->steps, t->count + 1, sizeof(*t->steps));
    struct step *s = &t->steps[t->count++];
    *s =
        (struct step){.kind = kind, .is_included = is_included, .where = mem_strdup(where), .text = BUF_INIT};
    return s;
}

static void read_line(struct transcript *t, const char *path, const char *where, const char *line,
                      bool is_included) {
    size_t word_len = strcspn(line, " ");
    const char *rest = line + word_len + (line[word_len] == ' ');
    if (line[0] == '\0' || line[0] == '#')
        return;
    if (word_len == 7 && memcmp(line, "include", 7) == 0) {
        include(t, path, rest);
        return;
    }
    for (size_t i = 0; i < sizeof(step_words) / sizeof(step_words[0]); i++) {
        if (strlen(step_words[i].word) != word_len || memcmp(line, step_words[i].word, word_len) != 0)
            continue;
        struct step *s = add_step(t, step_words[i].kind, is_included, where);
        resolve(&s->text, line[0] == 'n' ? line : rest, where); /* a nonce is an option of that name */
        return;
    }
    transcript_die(where, "not a step", line);
}

static void transcript_read(struct transcript *t, const char *path, bool is_included) {
    char *line = NULL, where[300];
    size_t cap = 0;
    ssize_t len;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        transcript_die(path, "cannot be read", strerror(errno));
    for (int number = 1; (len = getline(&line, &cap, f)) >= 0; number++) {
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        snprintf(where, sizeof(where), "%s:%d", path, number);
        read_line(t, path, where, line, is_included);
    }
    free(line);
    fclose(f);
}

#endif
