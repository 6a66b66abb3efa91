/* SPDX-License-Identifier: MIT */
/*
 * fuzz_stream: a server that says anything, at any time, to the stream machine, while its owner closes it,
 * frees it in a callback, loses the connection or lets time pass. `make fuzz` builds and runs it.
 *
 * An input is text, a line a step; the first line is three digits: how (enum stream_tls, plus 3: PLAIN may be
 * used), in which callback the owner closes, in which it frees (0: in none); and letters, options:
 *
 *   s  stream management      r  with a session to resume     m  memory of the server     f  with a token
 *   k  known abilities        b  channel bindings             p  patient                  g  a greeting
 *   c  a certificate          x  a component                  w  over WebSocket          n  without resource
 *   i  makes its account      a  makes it after a failure     l  XEP-0078 may be used
 *
 * Then, by the first byte of the line (corpus/stream shows it; seeds.lua makes more of the transcripts):
 *
 *   S<xml>  the server says this; $ stands for the newest id that we sent; a message where those are
 *   T       the TLS handshake is done       Kd  2^3 ms pass         P  the bot sends a stanza
 *   C       the owner closes                L   the connection is lost
 *   R       the certificate is not good any more                    V  nobody looks, or somebody does
 *   A       after the end: a new stream of the same account, which has what was kept
 *
 * Checked, besides what the sanitizers see: one end and nothing after it; no name, no login and no stanza in
 * clear where TLS is required; no login without the server's proof; neither password nor token in any output
 * but PLAIN's, that of XEP-0077 and of XEP-0078; well-formed output; no secret in a trace; a deadline as long
 * as anything is awaited; no stanza leaves the queue of what is not acknowledged but by what the server says,
 * and each that was sent is in it; never more handled than came; and the same events and bytes for S lines
 * whole and byte by byte. Random ids are numbers here, and PBKDF2 does few rounds, so that a run is quick and
 * can be repeated.
 */
#include "stream_run.h"

/* ---- callbacks ---- */

static void event(struct run *r, const char *name) {
    if (r->is_closed)
        die(r, "a callback after the end");
    if (!r->in_verb)
        die(r, "a callback outside of a verb");
    take_output(r);
    buf_addf(&r->log, "\n%s ", name);
}

/* What an owner may do at the end of any callback. */
static void act(struct run *r) {
    r->callbacks++;
    if (r->callbacks == r->close_in)
        stream_close(r->stream, r->now_ms);
    if (r->callbacks == r->free_in) {
        take_output(r);
        r->is_freed = true;
        stream_free(r->stream);
    }
}

static void on_starttls(void *ctx) {
    struct run *r = ctx;
    event(r, "starttls");
    if (r->tls != STREAM_TLS_REQUIRED || r->wants_tls)
        die(r, "TLS that nobody wanted");
    r->wants_tls = r->may_differ = true;
    act(r);
}

/* Those that a server with the password would give in one of the transcripts. */
static const char *const proofs[] = {
    "dj02Y2xIS1Y3WGZuOXlGb1MwVWN1TEZHU1N5eUNVcktiZDI1N3BhTXQ3MWFNPQ==",
    "dj02cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4vZEI1bkxUSlJzamw5NUc0PQ==",
    "dj0wOCtuc1lRNnViUWlyVW8vWmpmM1J6S0FqOU9PbzdWTVhCR0tJdXdOcFl3PQ==",
    "dj0wa3FObE1aWkkyTUpUcG1QaWp6ZFpSdGp0L1lodkJHemRnMnE1TWxONHlFPQ==",
    "dj15L2h4a3d6QjFSKzIxUDJiTUVZbURQUU1mTjF6M091WXRGWnhiQnZGdnM4PQ==",
    "dj15NHpLWmxhbTlsTVFzOERxT2ZldkloUU40UytSMm1SenNDaExKRjdnZzgwPQ==",
    "dj1BRzQ0am9jVDZqZFFjTVd0emg4dDFHU3BYWWxIeU45dFRUU3hiSDJrdUhrPQ==",
    "dj1CQXdxeTV6bmEwTjU3TERxUDNrMWxjcXVCcml0WDBWdzV2L3liR1lBcVRFPQ==",
    "dj1GMDdmSVpnRmdqaVVrWk1maWhTbzZUZVkvQWNuWUxHaVRVZkhFcHhaWCt3PQ==",
    "dj1HTVJHdXVhbjhBei85ZCszM0tUTjhEM0o2VmlKeXNvZE9DZ1lJV3ZhcFA4PQ==",
    "dj1NeUg1bm53VVFsYkhJMVJmT3liRUhuRldwTzk3S1V2NS8wQUJDUDhTM2UwPQ==",
    "dj1ROTdBTGJSdnR3SU41QjRlRVNkMmhUTUhrWWNmTmpCU2M3Nk44blVGNk93PQ==",
    "dj1kSTRLcGlRSndCcjErVitLNlUxZEE2bDZJNEk5RFVOWFdORDRwY3BSVTNVPQ==",
    "dj1lSGg0ZUhoNGVIaDRlSGg0ZUhoNGVIaDRlSGg0ZUhoNGVIaDRlSGg0ZUhnPQ==",
    "dj1tcXllUVFsSVhuWG5zWE5JaTgvdWVlN2JvSzlJR3hkeEVwTGZ3NW0yRWtjPQ==",
    "dj1vUk5yQnBwTU12MlNDNFRUTEtUZkVTbFhZWTlnWmVPUkU4aXhObHdUZDRZPQ==",
};

/* Could the server's proof have been in the input? Most of its groups must stand there, if not in a row. */
static bool has_proof(const struct run *r, const char *proof) {
    size_t found = 0, groups = strlen(proof) / 4;
    for (size_t i = 0; i + 1 < groups; i++)
        found += memmem(r->input, r->input_len, &proof[i * 4], 4) != NULL;
    return found > groups / 2;
}

static bool has_any_proof(const struct run *r) {
    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++)
        if (has_proof(r, proofs[i]))
            return true;
    return false;
}

static void check_online(struct run *r, const char *name, const char *full_jid) {
    event(r, name);
    buf_adds(&r->log, full_jid);
    if (r->tls == STREAM_TLS_REQUIRED && !r->was_secured)
        die(r, "ready without TLS");
    if (r->with_scram && !has_any_proof(r))
        die(r, "ready without the server's proof");
    bool is_other = memmem(r->input, r->input_len, "<token", 6) != NULL; /* the server gave one itself */
    if (r->with_token && !is_other && !has_proof(r, TOKEN_PROOF))
        die(r, "ready without the server's proof of the token");
    if (!stream_is_ready(r->stream) || strcmp(stream_jid(r->stream), full_jid) != 0)
        die(r, "ready, and not ready");
    act(r);
}

static void on_ready(void *ctx, const char *full_jid) {
    check_online(ctx, "ready", full_jid);
}

/* What goes out again with it is counted already. */
static void on_resumed(void *ctx, const char *full_jid) {
    struct run *r = ctx;
    uint32_t unsaid = 0;
    if (r->sm == NULL)
        die(r, "nothing could be resumed");
    count_stanzas(&unsaid, buf_data(stream_out(r->stream)));
    r->sent = sm_count(r->sm) - unsaid;
    r->has_resumed = true;
    check_online(r, "resumed", full_jid);
}

static size_t kept(const struct run *r) {
    return r->sm != NULL ? sm_live_count(r->sm) + sm_old_count(r->sm) : 0;
}

/* Not an event of its own: when it comes is the stream's business. */
static void on_greet(void *ctx) {
    struct run *r = ctx;
    size_t from = buf_len(stream_out(r->stream)), before = kept(r);
    if (!has(r, 'g'))
        return;
    buf_lit(stream_out(r->stream), "<presence/>");
    stream_sent(r->stream, from, r->now_ms);
    if (r->sm != NULL && kept(r) != before + 1)
        die(r, "what is said first is not kept");
}

static void on_stanza(void *ctx, const struct xml_node *stanza) {
    struct run *r = ctx;
    event(r, "stanza");
    dump_node(&r->log, stanza);
    if (strcmp(stanza->ns.s, NS_CLIENT) != 0)
        die(r, "a stanza of another namespace");
    act(r);
}

static void on_closed(void *ctx, const struct stream_reason *reason) {
    struct run *r = ctx;
    event(r, "closed");
    buf_addf(&r->log, "%d %s: %s", (int)reason->end, reason->condition, reason->text);
    if (strstr(reason->text, PASSWORD) != NULL && !is_quoted(r))
        die(r, "the password in a reason");
    if (!utf8_is_valid(reason->text, strlen(reason->text)) || reason->text[0] == '\0')
        die(r, "a reason that nobody can read");
    r->may_differ = r->may_differ || strcmp(reason->condition, "policy-violation") == 0;
    r->is_closed = true;
    act(r);
}

/* Ours alone: the server may say what it wants. */
static void on_trace(void *ctx, bool in, const char *text, size_t len) {
    struct run *r = ctx;
    if (strlen(text) != len)
        die(r, "a trace of a wrong length");
    if (!in && (strstr(text, "AHVzZXIA") != NULL || strstr(text, TOKEN) != NULL ||
                (strstr(text, PASSWORD) != NULL && !is_quoted(r))))
        die(r, "a secret in a trace");
}

/* ---- steps ---- */

/* Only the server's word takes a stanza out of the queue. */
static void check_kept(struct run *r) {
    size_t now = kept(r);
    if (now < r->kept && !r->is_feeding)
        die(r, "a stanza is lost");
    r->kept = now;
    if (r->sm != NULL && sm_h(r->sm) > r->came + r->handled_before)
        die(r, "more is handled than came");
}

/* A server that counts otherwise would acknowledge what we do not know of. */
static void check_count(const struct run *r) {
    if (r->sm != NULL && !r->is_closed && sm_is_on(r->sm) && sm_count(r->sm) != r->sent)
        die(r, "the server has another count of our stanzas");
}

static void check_after(struct run *r) {
    r->in_verb = false;
    check_kept(r);
    if (r->is_freed)
        return;
    take_output(r);
    check_count(r);
    int64_t deadline_ms = stream_deadline_ms(r->stream);
    if (!r->is_closed && deadline_ms == INT64_MAX)
        die(r, "nothing limits the wait");
    if (!r->is_closed && deadline_ms > r->now_ms + 60000)
        die(r, "a deadline too far away");
}

static void feed(struct run *r, const char *bytes, size_t len) {
    char *piece = mem_alloc(len);
    memcpy(piece, bytes, len);
    for (size_t i = 0; i < len; i++)
        r->came += piece[i] == '<';
    r->in_verb = r->is_feeding = true;
    stream_feed(r->stream, piece, len, r->now_ms);
    mem_free(piece);
    check_after(r);
    r->is_feeding = false;
}

static void serve(struct run *r, const char *text, size_t len, size_t step) {
    struct buf all = BUF_INIT;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '$')
            buf_adds(&all, r->id);
        else
            buf_addc(&all, text[i]);
    for (size_t at = 0, n; at < buf_len(&all) && !r->is_freed; at += n) {
        n = buf_len(&all) - at < step ? buf_len(&all) - at : step;
        feed(r, buf_data(&all) + at, n);
    }
    if (has(r, 'w') && !r->is_freed) {
        r->in_verb = r->is_feeding = true;
        stream_message_end(r->stream, r->now_ms);
        check_after(r);
        r->is_feeding = false;
    }
    buf_finish(&all);
}

static void send_stanza(struct run *r) {
    struct buf *out = stream_stanza_out(r->stream);
    if (out == NULL)
        return;
    size_t from = buf_len(out), before = kept(r);
    buf_lit(out, "<message to='a@b' id='x'><body>hi</body></message>");
    stream_sent(r->stream, from, r->now_ms);
    if (!r->is_freed && !r->is_closed && r->sm != NULL && kept(r) != before + 1)
        die(r, "what was sent is not kept");
}

static void secured(struct run *r) {
    static const struct stream_binding bindings[] = {{"tls-exporter", {"cb-data", 7}}};
    struct stream_tls_info info = {
        .version = "TLSv1.3", .bindings = bindings, .binding_count = has(r, 'b') ? 1 : 0};
    r->was_secured = true;
    stream_secured(r->stream, &info, r->now_ms);
}

static void begin(struct run *r);

static void again(struct run *r) {
    if (!r->is_closed)
        return;
    take_output(r);
    stream_free(r->stream);
    begin(r);
}

static void do_step(struct run *r, const char *line, size_t len, size_t step) {
    r->in_verb = true;
    switch (len > 0 ? line[0] : '\0') {
    case 'S':
        serve(r, line + 1, len - 1, step);
        return;
    case 'T':
        if (r->wants_tls && !r->was_secured)
            secured(r);
        break;
    case 'A':
        again(r);
        return;
    case 'R':
        stream_reset(r->stream, "distrust", r->now_ms);
        break;
    case 'V':
        r->is_away = !r->is_away;
        if (stream_is_ready(r->stream))
            stream_set_active(r->stream, !r->is_away);
        break;
    case 'K':
        r->now_ms += 1 << (len > 1 ? ((unsigned char)line[1] - 'a') % 18U : 0);
        stream_tick(r->stream, r->now_ms);
        break;
    case 'P':
        send_stanza(r);
        break;
    case 'C':
        stream_close(r->stream, r->now_ms);
        break;
    case 'L':
        stream_lost(r->stream, "lost");
        break;
    default:
        return;
    }
    check_after(r);
}

/* ---- the whole ---- */

static void begin(struct run *r) {
    static const struct stream_callbacks callbacks = {.starttls = on_starttls,
                                                      .ready = on_ready,
                                                      .stanza = on_stanza,
                                                      .closed = on_closed,
                                                      .trace = on_trace,
                                                      .greet = on_greet,
                                                      .resumed = on_resumed};
    static const char *const plain[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", NULL};
    unsigned how = (unsigned char)r->input[0] - '0';
    bool is_component = has(r, 'x');
    struct stream_options options = {.node = is_component ? NULL : "user",
                                     .domain = "example.org",
                                     .resource = is_component || has(r, 'n') ? NULL : "bot",
                                     .password = PASSWORD,
                                     .mechanisms = how / 3 % 2 ? plain : NULL,
                                     .tls = r->tls,
                                     .framing = has(r, 'w') ? STREAM_FRAMING_WEBSOCKET : STREAM_FRAMING_TCP,
                                     .has_certificate = has(r, 'c'),
                                     .memory = r->memory,
                                     .sm = r->sm,
                                     .known = has(r, 'k') ? &r->known : NULL,
                                     .wall_offset_ms = WALL_S * 1000LL - r->now_ms,
                                     .is_patient = has(r, 'p'),
                                     .registration = has(r, 'i')   ? STREAM_REGISTER_FIRST
                                                     : has(r, 'a') ? STREAM_REGISTER_AFTER
                                                                   : STREAM_REGISTER_NO,
                                     .legacy_auth = has(r, 'l'),
                                     .is_component = is_component};
    r->is_closed = r->wants_tls = r->with_scram = r->with_token = r->is_away = false;
    r->came = 0;
    r->handled_before = r->sm != NULL ? sm_h(r->sm) : 0;
    r->stream = stream_new(&options, &callbacks, r);
    stream_fix_nonce(r->stream, NONCE);
    r->in_verb = true;
    r->was_secured = false;
    if (r->tls == STREAM_TLS_DIRECT)
        secured(r);
    else
        stream_open(r->stream, r->now_ms);
    check_after(r);
}

/* What does not go together is put right. */
static void read_head(struct run *r) {
    const char *letters = r->input + 3;
    snprintf(r->options, sizeof(r->options), "%.*s", (int)strcspn(letters, "\n"), letters);
    r->tls = (enum stream_tls)(((unsigned char)r->input[0] - '0') % 3U);
    if (r->tls == STREAM_TLS_REQUIRED && (has(r, 'w') || has(r, 'x')))
        r->tls = STREAM_TLS_DIRECT;
    for (char *at = strchr(r->options, 'w'); at != NULL && has(r, 'x'); at = strchr(r->options, 'w'))
        *at = '-';
    r->close_in = ((unsigned char)r->input[1] - '0') % 16;
    r->free_in = ((unsigned char)r->input[2] - '0') % 16;
}

static void start(struct run *r) {
    struct err err = ERR_INIT;
    read_head(r);
    if (has(r, 's') || has(r, 'r'))
        r->sm = sm_new();
    if (has(r, 'r'))
        demand(sm_read(r->sm, STR_LIT(SAVED_SESSION), &err) == 0, "the saved session is one");
    if (has(r, 'm') || has(r, 'f'))
        r->memory = memory_new();
    if (has(r, 'f'))
        demand(memory_read(r->memory, STR_LIT(SAVED_MEMORY), &err) == 0, "the saved memory is one");
    r->known = (struct stream_known){.is_known = has(r, 'r'), .sm = true};
    r->kept = kept(r);
    r->reader = xml_parser_new(NULL);
    begin(r);
}

static void finish(struct run *r) {
    if (!r->is_freed) {
        r->in_verb = true;
        stream_lost(r->stream, "the end of the input");
        check_after(r);
        if (!r->is_freed && !r->is_closed)
            die(r, "no end was told");
    }
    if (!r->is_freed)
        stream_free(r->stream);
    xml_parser_free(r->reader);
    sm_free(r->sm);
    memory_free(r->memory);
}

static void play(struct run *r, const char *input, size_t len, size_t step) {
    *r = (struct run){.input = input, .input_len = len, .now_ms = 1000};
    next_id = 0;
    start(r);
    const char *at = memchr(input, '\n', len), *end = input + len;
    while (at != NULL && !r->is_freed) {
        const char *line = at + 1;
        at = memchr(line, '\n', (size_t)(end - line));
        do_step(r, line, (size_t)((at != NULL ? at : end) - line), step);
    }
    finish(r);
}

/* What follows <proceed/> or <success/> in one read ends a stream by design (RFC 6120 5.4.3.3, 6.4.6). */
static void compare(const struct run *whole, const struct run *bytes) {
    if (whole->may_differ || bytes->may_differ)
        return;
    if (strcmp(buf_data(&whole->log), buf_data(&bytes->log)) != 0) {
        fprintf(stderr, "whole:\n%s\n\n", buf_data(&whole->log));
        die(bytes, "other events byte by byte");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct run whole, bytes;
    if (len < 4)
        return 0;
    char *input = mem_strndup((const char *)data, len);
    play(&whole, input, len, SIZE_MAX);
    play(&bytes, input, len, 1);
    compare(&whole, &bytes);
    buf_finish(&whole.log);
    buf_finish(&bytes.log);
    mem_free(input);
    return 0;
}
