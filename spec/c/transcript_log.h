/* SPDX-License-Identifier: MIT */
/*
 * transcript_log: a replay and what happened in it. Whatever the stream does is written down in the order in
 * which it does it, bytes and events; C: and expect lines take it off again (check_output, check_event).
 * Nothing may be left when the next thing is done to the stream, or at the end: so all replays have the same
 * events and the same output, or one of them fails.
 */
#ifndef COUPLET_SPEC_TRANSCRIPT_LOG_H
#define COUPLET_SPEC_TRANSCRIPT_LOG_H

#include "counted.h"
#include "transcript.h"
#include "xml/write.h"
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include <inttypes.h>

enum { VARIABLES = 16 };

struct happening {
    bool is_output;   /* else an event: "ready user@example.org/bot" */
    bool is_message;  /* output that is one WebSocket message */
    struct buf text;  /* owned */
    char detail[512]; /* of "closed …": the reason's text */
};

struct play {
    const struct transcript *transcript;
    size_t cut;  /* S: blocks are cut after so many bytes; 0: not; SIZE_MAX: after each byte */
    size_t lose; /* the connection is lost after so many bytes of the file's own S: blocks; SIZE_MAX: never */
    bool is_lost;
    struct stream *stream;
    struct sm *sm;         /* owned; NULL without "option sm" */
    struct memory *memory; /* owned; NULL without "option memory" */
    char words[256];       /* of "option bindings" */
    struct stream_binding bindings[4];
    size_t binding_count;
    const char *tls_version;
    struct stream_known known;
    uint32_t sent;        /* stanzas, as a server counts them (counted.h) */
    const char *greeting; /* stanza that is said first; NULL: none */
    int64_t now_ms;
    struct happening *log; /* owned; [at, count) is not accounted for */
    size_t at, count;
    size_t stream_began; /* count, when this stream was made */
    struct {
        char name[32], value[64];
    } variables[VARIABLES];
    const char *where; /* the step that is played */
    char failure[4096];
};

static bool fails(struct play *p, const char *what, const char *wanted, const char *got) {
    if (p->failure[0] == '\0')
        snprintf(p->failure, sizeof(p->failure), "%s: %s\n#   wanted: %s\n#   got:    %s", p->where, what,
                 wanted, got);
    return false;
}

/* ---- what happens ---- */

static struct happening *note(struct play *p, bool is_output) {
    p->log = mem_array(p->log, p->count + 1, sizeof(*p->log));
    p->log[p->count] = (struct happening){.is_output = is_output, .text = BUF_INIT};
    return &p->log[p->count++];
}

static void note_output(struct play *p) {
    struct buf *out = p->stream != NULL ? stream_out(p->stream) : NULL;
    if (out == NULL || buf_len(out) == 0)
        return;
    count_stanzas(&p->sent, buf_data(out));
    for (size_t len; (len = stream_next_message(p->stream)) > 0; buf_consume(out, len)) {
        struct happening *m = note(p, true);
        m->is_message = true;
        buf_add(&m->text, buf_data(out), len);
    }
    if (buf_len(out) == 0)
        return;
    bool joins = p->count > p->at && p->log[p->count - 1].is_output;
    struct happening *h = joins ? &p->log[p->count - 1] : note(p, true);
    buf_add(&h->text, buf_data(out), buf_len(out));
    buf_clear(out);
}

static struct happening *note_event(struct play *p, const char *name, const char *value) {
    note_output(p);
    struct happening *h = note(p, false);
    buf_addf(&h->text, "%s%s%s", name, value[0] != '\0' ? " " : "", value);
    return h;
}

static void on_starttls(void *ctx) {
    note_event(ctx, "starttls", "");
}

static void on_ready(void *ctx, const char *full_jid) {
    note_event(ctx, "ready", full_jid);
}

static void on_stanza(void *ctx, const struct xml_node *stanza) {
    struct happening *h = note_event(ctx, "stanza ", "");
    xml_write_node(&h->text, stanza, NS_CLIENT);
}

/* What was sent again with it is counted already. */
static void on_resumed(void *ctx, const char *full_jid) {
    struct play *p = ctx;
    note_event(p, "resumed", full_jid);
    p->sent = sm_count(p->sm);
}

static void on_greet(void *ctx) {
    struct play *p = ctx;
    struct buf *out = stream_out(p->stream);
    size_t from = buf_len(out);
    if (p->greeting == NULL)
        return;
    buf_adds(out, p->greeting);
    stream_sent(p->stream, from, p->now_ms);
}

static void on_closed(void *ctx, const struct stream_reason *reason) {
    static const char *const ends[] = {"CLOSED",      "PEER",       "ERROR",         "TIMEOUT",
                                       "TLS_REFUSED", "AUTH_FINAL", "AUTH_LATER",    "FORGED",
                                       "TRANSPORT",   "REGISTERED", "NOT_REGISTERED"};
    struct happening *h = note_event(ctx, "closed", ends[reason->end]);
    buf_addf(&h->text, "%s%s%s", reason->condition[0] != '\0' ? " " : "", reason->condition,
             reason->by_peer ? " by server" : "");
    snprintf(h->detail, sizeof(h->detail), "%s", reason->text);
}

static const struct stream_callbacks play_callbacks = {on_starttls, on_ready, on_stanza, on_closed,
                                                       NULL,        on_greet, on_resumed};

/* ---- variables ---- */

/* The name in "${name}" at `at`, and the length of the whole; 0 when there is none. */
static size_t variable_at(const char *at, char name[32]) {
    int end = 0;
    return sscanf(at, "${%31[a-z_]}%n", name, &end) == 1 && end > 0 ? (size_t)end : 0;
}

static char *variable(struct play *p, const char *name) {
    for (int i = 0; i < VARIABLES; i++) {
        if (p->variables[i].name[0] == '\0')
            snprintf(p->variables[i].name, sizeof(p->variables[i].name), "%s", name);
        if (strcmp(p->variables[i].name, name) == 0)
            return p->variables[i].value;
    }
    transcript_die(p->where, "too many names", name);
    return NULL;
}

/* The step's text with the values of its names. */
static void fill_in(struct play *p, const struct buf *text, struct buf *out) {
    const char *at = buf_data(text), *end = at + buf_len(text);
    char name[32];
    while (at < end) {
        size_t len = *at == '$' ? variable_at(at, name) : 0;
        if (len > 0)
            buf_adds(out, variable(p, name));
        else
            buf_addc(out, *at), len = 1;
        at += len;
    }
}

/* Takes an id of the output for a name: its first one defines it, "_" is any. */
static size_t take_value(struct play *p, const char *name, const char *got) {
    size_t len = strspn(got, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    char *value = variable(p, name);
    if (value[0] == '\0' || strcmp(name, "_") == 0)
        snprintf(value, sizeof(p->variables[0].value), "%.*s", (int)len, got);
    return strlen(value) == len && memcmp(value, got, len) == 0 ? len : 0;
}

/* How much of `got` the pattern of a C: block matches; 0: it does not. Both end in NUL. */
static size_t match_output(struct play *p, const char *pattern, const char *got) {
    const char *from = got;
    char name[32];
    while (*pattern != '\0') {
        size_t len = *pattern == '$' ? variable_at(pattern, name) : 0;
        size_t taken = len > 0 ? take_value(p, name, got) : *pattern == *got;
        if (taken == 0)
            return 0;
        pattern += len > 0 ? len : 1;
        got += taken;
    }
    return (size_t)(got - from);
}

/* ---- steps that look ---- */

static bool nothing_left(struct play *p) {
    note_output(p);
    return p->at == p->count ||
           fails(p, "this happened, and nobody expected it", "nothing", buf_data(&p->log[p->at].text));
}

static struct happening *next(struct play *p) {
    note_output(p);
    return p->at < p->count ? &p->log[p->at] : NULL;
}

static bool check_output(struct play *p, const struct buf *pattern) {
    struct happening *h = next(p);
    const char *got = h != NULL ? buf_data(&h->text) : "nothing";
    size_t len = h != NULL && h->is_output ? match_output(p, buf_data(pattern), got) : 0;
    if (len == 0)
        return fails(p, "other output", buf_data(pattern), got);
    buf_consume(&h->text, len);
    if (h->is_message && buf_len(&h->text) > 0)
        return fails(p, "more in this message", "nothing", buf_data(&h->text));
    p->at += buf_len(&h->text) == 0;
    return true;
}

/* How many stanzas are not proven to have arrived: "unacked 2", of sessions that are over: "old 1"; for how
 * many seconds the server keeps the session: "max 300". */
static bool check_kept(struct play *p, const char *wanted) {
    char got[32], name[16] = "";
    sscanf(wanted, "%15[a-z]", name);
    size_t count = p->sm == NULL              ? 0
                   : strcmp(name, "old") == 0 ? sm_old_count(p->sm)
                   : strcmp(name, "max") == 0 ? sm_max_s(p->sm)
                                              : sm_live_count(p->sm);
    snprintf(got, sizeof(got), "%s %zu", name, count);
    return strcmp(wanted, got) == 0 || fails(p, "another count", wanted, got);
}

/* "closed ERROR host-unknown by server: text" has a text that must be in the reason. */
static bool check_event(struct play *p, char *wanted) {
    struct happening *h = next(p);
    char *detail = strncmp(wanted, "closed", 6) == 0 ? strstr(wanted, ": ") : NULL;
    if (detail != NULL)
        *detail = '\0', detail += 2;
    if (h == NULL || h->is_output || strcmp(buf_data(&h->text), wanted) != 0)
        return fails(p, "another event", wanted, h != NULL ? buf_data(&h->text) : "nothing");
    if (detail != NULL && strstr(h->detail, detail) == NULL)
        return fails(p, "another reason", detail, h->detail);
    p->at++;
    return true;
}

/* What is remembered of the server, behind the first line: "memory worked PLAIN\nstrongest PLAIN\n". */
static bool check_memory(struct play *p, const char *wanted) {
    struct buf got = BUF_INIT;
    memory_write(p->memory, &got);
    const char *rest = strchr(buf_data(&got), '\n') + 1;
    bool ok = strcmp(rest, wanted + 7) == 0 || fails(p, "another memory", wanted + 7, rest);
    buf_finish(&got);
    return ok;
}

/* "kept LINE": a line of it; with "not kept LINE" there is none that begins so. */
static bool check_line(struct play *p, const char *wanted, bool is_there) {
    struct buf saved = BUF_INIT;
    char where[256];
    if (p->memory != NULL)
        memory_write(p->memory, &saved);
    snprintf(where, sizeof(where), "\n%s", wanted);
    const char *found = strstr(buf_data(&saved), where);
    bool ok = is_there == (found != NULL && strchr("\n ", found[strlen(where)]) != NULL) ||
              fails(p, "another memory", wanted, buf_data(&saved));
    buf_finish(&saved);
    return ok;
}

static bool check(struct play *p, const struct buf *text) {
    struct buf wanted = BUF_INIT;
    fill_in(p, text, &wanted);
    bool ok;
    if (strncmp(buf_data(&wanted), "state ", 6) == 0)
        ok = strcmp(stream_state_name(p->stream), buf_data(&wanted) + 6) == 0 ||
             fails(p, "another state", buf_data(&wanted) + 6, stream_state_name(p->stream));
    else if (strncmp(buf_data(&wanted), "unacked ", 8) == 0 || strncmp(buf_data(&wanted), "old ", 4) == 0 ||
             strncmp(buf_data(&wanted), "max ", 4) == 0)
        ok = check_kept(p, buf_data(&wanted));
    else if (strncmp(buf_data(&wanted), "kept ", 5) == 0)
        ok = check_line(p, buf_data(&wanted) + 5, true);
    else if (strncmp(buf_data(&wanted), "not kept ", 9) == 0)
        ok = check_line(p, buf_data(&wanted) + 9, false);
    else if (strncmp(buf_data(&wanted), "memory ", 7) == 0)
        ok = check_memory(p, buf_data(&wanted));
    else
        ok = check_event(p, wanted.data);
    buf_finish(&wanted);
    return ok;
}

#endif
