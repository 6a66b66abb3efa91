/* SPDX-License-Identifier: MIT */
/* transcript_play: one replay of a transcript against a new stream, step by step. */
#ifndef COUPLET_SPEC_TRANSCRIPT_PLAY_H
#define COUPLET_SPEC_TRANSCRIPT_PLAY_H

#include "transcript_log.h"

/* ---- steps that do ---- */

static int64_t parse_ms(const struct play *p, const char *text) {
    char *unit;
    double n = strtod(text, &unit);
    double factor = strcmp(unit, "ms") == 0  ? 1
                    : strcmp(unit, "s") == 0 ? 1000
                    : strcmp(unit, "m") == 0 ? 60000
                                             : 0;
    if (factor == 0)
        transcript_die(p->where, "not a time", text);
    return (int64_t)(n * factor + 0.5);
}

/* As an owner would: stream_tick whenever it is due. */
static void tick(struct play *p, int64_t span_ms) {
    int64_t until = p->now_ms + span_ms;
    while (stream_deadline_ms(p->stream) <= until) {
        p->now_ms = stream_deadline_ms(p->stream) > p->now_ms ? stream_deadline_ms(p->stream) : p->now_ms;
        stream_tick(p->stream, p->now_ms);
        note_output(p);
    }
    p->now_ms = until;
    stream_tick(p->stream, p->now_ms); /* too early: does nothing */
}

/* Each piece in memory of its own, so that a sanitizer sees whoever reads beyond it. */
static void feed(struct play *p, const char *bytes, size_t len) {
    char *piece = mem_alloc(len);
    memcpy(piece, bytes, len);
    stream_feed(p->stream, piece, len, p->now_ms);
    mem_free(piece);
    note_output(p);
}

/* How much of a block comes before the connection is lost. */
static size_t lose(struct play *p, const struct step *s, size_t len) {
    if (s->is_included || p->lose == SIZE_MAX)
        return len;
    p->is_lost = p->lose < len;
    size_t rest = p->is_lost ? p->lose : len;
    p->lose -= rest;
    return rest;
}

static void serve(struct play *p, const struct step *s) {
    struct buf bytes = BUF_INIT;
    fill_in(p, &s->text, &bytes);
    size_t len = lose(p, s, buf_len(&bytes)), cut = p->cut;
    if (s->kind == STEP_READ || cut == 0 || (cut != SIZE_MAX && (s->is_included || cut >= len)))
        cut = len;
    else if (cut == SIZE_MAX)
        cut = 1;
    for (size_t at = 0, n; at < len; at += n) {
        n = at > 0 && p->cut != SIZE_MAX ? len - at : cut; /* two pieces, or single bytes */
        feed(p, bytes.data + at, n);                       /* not NULL: len > 0 */
    }
    buf_finish(&bytes);
    if (s->kind == STEP_SERVER_MESSAGE && !p->is_lost)
        stream_message_end(p->stream, p->now_ms);
    note_output(p);
}

static void send_stanza(struct play *p, const struct buf *text) {
    struct buf *out = stream_stanza_out(p->stream);
    if (out == NULL)
        transcript_die(p->where, "the stream is not ready", buf_data(text));
    size_t from = buf_len(out);
    buf_add(out, buf_data(text), buf_len(text));
    stream_sent(p->stream, from, p->now_ms);
}

static void make_stream(struct play *p);

static void again(struct play *p) {
    struct stream *before = p->stream;
    p->stream_began = p->count;
    make_stream(p);
    stream_free(before);
}

/* A server that counts otherwise would sooner or later acknowledge what we do not know of. */
static bool is_counted(struct play *p) {
    if (p->sm == NULL || !sm_is_on(p->sm) || sm_count(p->sm) == p->sent)
        return true;
    char wanted[32], got[32];
    snprintf(wanted, sizeof(wanted), "%" PRIu32, p->sent);
    snprintf(got, sizeof(got), "%" PRIu32, sm_count(p->sm));
    return fails(p, "the server has another count of our stanzas", wanted, got);
}

static bool act(struct play *p, const struct step *s) {
    struct stream_tls_info tls = {
        .version = p->tls_version, .bindings = p->bindings, .binding_count = p->binding_count};
    if (!nothing_left(p) || !is_counted(p))
        return false;
    switch (s->kind) {
    case STEP_OPEN:
        stream_open(p->stream, p->now_ms);
        break;
    case STEP_TLS:
        stream_secured(p->stream, &tls, p->now_ms);
        break;
    case STEP_TICK:
        tick(p, parse_ms(p, buf_data(&s->text)));
        break;
    case STEP_SEND:
        send_stanza(p, &s->text);
        break;
    case STEP_AGAIN:
        again(p);
        break;
    case STEP_CLOSE:
        stream_close(p->stream, p->now_ms);
        break;
    case STEP_LOST:
        stream_lost(p->stream, buf_data(&s->text));
        break;
    case STEP_DISTRUST:
        stream_reset(p->stream, buf_data(&s->text), p->now_ms);
        break;
    default:
        serve(p, s);
    }
    return true;
}

/* ---- the stream that is wanted ---- */

struct setup {
    struct stream_options options;
    char node[64], domain[64], resource[64];
    char words[256];
    const char *mechanisms[12];
    const char *nonce;
};

static bool is_option(const char *text, const char *name, const char **value) {
    size_t len = strlen(name);
    bool is_it = strncmp(text, name, len) == 0 && text[len] == ' ';
    if (is_it)
        *value = text + len + 1;
    return is_it;
}

static void set_mechanisms(struct setup *u, const char *list) {
    size_t count = 0;
    snprintf(u->words, sizeof(u->words), "%s", list);
    for (char *rest = u->words, *word; count < 11 && (word = strsep(&rest, " ")) != NULL;)
        u->mechanisms[count++] = word;
    u->mechanisms[count] = NULL;
    u->options.mechanisms = u->mechanisms;
}

static void set_jid(struct setup *u, const char *jid) {
    u->resource[0] = '\0';
    if (strchr(jid, '@') != NULL)
        sscanf(jid, "%63[^@]@%63[^/]/%63[^\n]", u->node, u->domain, u->resource);
    else
        sscanf(jid, "%63[^/]/%63[^\n]", u->domain, u->resource), u->options.node = NULL;
    u->options.resource = u->resource[0] != '\0' ? u->resource : NULL;
}

/* "new", or the text of a state that was saved. */
static void set_sm(struct play *p, struct setup *u, const char *text) {
    struct err err = ERR_INIT;
    if (p->sm == NULL) {
        p->sm = sm_new();
        if (strcmp(text, "new") != 0 && sm_read(p->sm, str_of(text), &err) != 0)
            transcript_die(p->where, err.text, text);
    }
    u->options.sm = p->sm;
}

/* "new", or the text of one that was saved. */
static void set_memory(struct play *p, struct setup *u, const char *text) {
    struct err err = ERR_INIT;
    if (p->memory == NULL) {
        p->memory = memory_new();
        if (strcmp(text, "new") != 0 && memory_read(p->memory, str_of(text), &err) != 0)
            transcript_die(p->where, err.text, text);
    }
    u->options.memory = p->memory;
}

/* "tls-exporter=DATA tls-unique=DATA" */
static void set_bindings(struct play *p, const char *list) {
    p->binding_count = 0;
    snprintf(p->words, sizeof(p->words), "%s", list);
    for (char *rest = p->words, *word; p->binding_count < 4 && (word = strsep(&rest, " ")) != NULL;) {
        char *data = strchr(word, '=');
        if (data == NULL)
            transcript_die(p->where, "not a binding", word);
        *data++ = '\0';
        p->bindings[p->binding_count++] = (struct stream_binding){word, str_of(data)};
    }
}

static bool set_login(struct play *p, struct setup *u, const char *text) {
    const char *value;
    if (is_option(text, "memory", &value))
        set_memory(p, u, value);
    else if (is_option(text, "bindings", &value))
        set_bindings(p, value);
    else if (is_option(text, "wall", &value))
        u->options.wall_offset_ms = strtoll(value, NULL, 10) * 1000 - p->now_ms;
    else if (is_option(text, "tls_version", &value))
        p->tls_version = value;
    else if (strcmp(text, "certificate") == 0)
        u->options.has_certificate = true;
    else if (strcmp(text, "without password") == 0)
        u->options.password = NULL;
    else
        return false;
    return true;
}

static void set_option(struct play *p, struct setup *u, const char *text) {
    const char *value;
    if (is_option(text, "tls", &value))
        u->options.tls = strcmp(value, "none") == 0     ? STREAM_TLS_NONE
                         : strcmp(value, "direct") == 0 ? STREAM_TLS_DIRECT
                                                        : STREAM_TLS_REQUIRED;
    else if (is_option(text, "framing", &value))
        u->options.framing = strcmp(value, "websocket") == 0 ? STREAM_FRAMING_WEBSOCKET : STREAM_FRAMING_TCP;
    else if (is_option(text, "mechanisms", &value))
        set_mechanisms(u, value);
    else if (is_option(text, "jid", &value))
        set_jid(u, value);
    else if (is_option(text, "component", &value)) {
        u->options.is_component = true;
        u->options.node = u->options.resource = NULL;
        u->options.domain = value;
    } else if (is_option(text, "password", &value))
        u->options.password = value;
    else if (is_option(text, "timeout", &value))
        u->options.timeout_ms = (uint32_t)parse_ms(p, value);
    else if (is_option(text, "keepalive", &value))
        u->options.keepalive_ms = (uint32_t)parse_ms(p, value);
    else if (is_option(text, "stanza_len", &value))
        u->options.stanza_len = strtoul(value, NULL, 10);
    else if (is_option(text, "lang", &value))
        u->options.lang = value;
    else if (is_option(text, "sm", &value))
        set_sm(p, u, value);
    else if (is_option(text, "greeting", &value))
        p->greeting = value;
    else if (is_option(text, "known", &value)) {
        if (p->stream == NULL) /* later ones have what the first one learned */
            p->known = (struct stream_known){.is_known = strcmp(value, "fresh") != 0,
                                             .sm = strcmp(value, "sm") == 0};
        u->options.known = &p->known;
    } else if (is_option(text, "register", &value))
        u->options.registration = strcmp(value, "first") == 0 ? STREAM_REGISTER_FIRST : STREAM_REGISTER_AFTER;
    else if (is_option(text, "legacy", &value))
        u->options.legacy_auth = true;
    else if (is_option(text, "no_resume", &value))
        u->options.no_resume = true;
    else if (is_option(text, "patient", &value))
        u->options.is_patient = true;
    else if (is_option(text, "nonce", &value))
        u->nonce = value;
    else if (!set_login(p, u, text))
        transcript_die(p->where, "not an option", text);
}

static void make_stream(struct play *p) {
    const char *where = p->where;
    struct setup u = {.node = "user", .domain = "example.org", .resource = "bot"};
    u.options = (struct stream_options){
        .node = u.node, .domain = u.domain, .resource = u.resource, .password = "pencil"};
    for (size_t i = 0; i < p->transcript->count; i++) {
        const struct step *s = &p->transcript->steps[i];
        p->where = s->where;
        if (s->kind == STEP_OPTION)
            set_option(p, &u, buf_data(&s->text));
    }
    p->where = where;
    p->stream = stream_new(&u.options, &play_callbacks, p);
    if (u.nonce != NULL)
        stream_fix_nonce(p->stream, u.nonce);
}

/* ---- the whole ---- */

static bool play_step(struct play *p, const struct step *s) {
    p->where = s->where;
    if (s->kind == STEP_OPTION)
        return true;
    if (s->kind == STEP_CLIENT || s->kind == STEP_CLIENT_MESSAGE)
        return check_output(p, &s->text);
    if (s->kind == STEP_EXPECT)
        return check(p, &s->text);
    return act(p, s);
}

static size_t kept_count(const struct play *p) {
    return p->sm == NULL ? 0 : sm_live_count(p->sm) + sm_old_count(p->sm);
}

static size_t ends_since(const struct play *p, size_t from) {
    size_t ends = 0;
    for (size_t i = from; i < p->count; i++)
        ends += !p->log[i].is_output && strncmp(buf_data(&p->log[i].text), "closed", 6) == 0;
    return ends;
}

/* The connection is lost: that is the one end, nothing is said any more, all that is not acknowledged is
 * kept, and the next stream of the account begins as any other. */
static bool check_lost(struct play *p) {
    size_t kept = kept_count(p), from = p->stream_began;
    note_output(p);
    bool was_over = ends_since(p, from) > 0;
    size_t count = p->count;
    stream_lost(p->stream, "lost");
    if (buf_len(stream_out(p->stream)) > 0)
        return fails(p, "said when nobody hears it", "nothing", buf_data(stream_out(p->stream)));
    if (ends_since(p, from) != 1 || p->count != count + !was_over)
        return fails(p, "not one end when the connection is lost", "closed",
                     p->count > count ? buf_data(&p->log[count].text) : "nothing");
    if (stream_deadline_ms(p->stream) != INT64_MAX)
        return fails(p, "waits for something behind its end", "nothing", "a deadline");
    if (kept_count(p) != kept)
        return fails(p, "something is lost with the connection", "all of it", "less");
    again(p);
    stream_open(p->stream, p->now_ms);
    bool ok = buf_len(stream_out(p->stream)) > 0 && stream_deadline_ms(p->stream) != INT64_MAX;
    return ok || fails(p, "the next stream does not begin", "a header", "nothing");
}

static bool play_to(struct play *p, const struct transcript *t) {
    bool ok = true;
    make_stream(p);
    for (size_t i = 0; ok && !p->is_lost && i < t->count; i++)
        ok = play_step(p, &t->steps[i]);
    ok = ok && (p->is_lost ? check_lost(p) : nothing_left(p) && is_counted(p));
    stream_free(p->stream);
    sm_free(p->sm);
    memory_free(p->memory);
    for (size_t i = 0; i < p->count; i++)
        buf_finish(&p->log[i].text);
    mem_free(p->log);
    return ok;
}

/* True when all went as written; else p->failure says what did not. */
static bool play_all(struct play *p, const struct transcript *t, size_t cut) {
    *p = (struct play){
        .transcript = t, .cut = cut, .lose = SIZE_MAX, .now_ms = 1000, .tls_version = "TLSv1.3"};
    return play_to(p, t);
}

/* The same as far as the connection goes: it is lost after so many bytes. */
static bool play_until(struct play *p, const struct transcript *t, size_t bytes) {
    *p = (struct play){.transcript = t, .lose = bytes, .now_ms = 1000, .tls_version = "TLSv1.3"};
    return play_to(p, t);
}

#endif
