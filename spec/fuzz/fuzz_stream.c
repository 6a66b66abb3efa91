/* SPDX-License-Identifier: MIT */
/*
 * fuzz_stream: a server that says anything, at any time, to the stream machine, while its owner closes it,
 * frees it in a callback, loses the connection or lets time pass. `make fuzz` builds and runs it.
 *
 * An input is text, a line a step; the first line is three digits: how (enum stream_tls, plus 3: PLAIN may be
 * used), in which callback the owner closes, in which it frees (0: in none). Then, by the first byte of the
 * line (corpus/stream shows it):
 *
 *   S<xml>  the server says this; $ stands for the newest id that we sent
 *   T       the TLS handshake is done       Kd  2^3 ms pass         P  the bot sends a stanza
 *   C       the owner closes                L   the connection is lost
 *
 * Checked, besides what the sanitizers see: one end and nothing after it; no name and no login in clear where
 * TLS is required; no login without the server's proof; well-formed output; no secret in a trace; a deadline
 * as long as anything is awaited; and the same events and bytes for S lines whole and byte by byte.
 * Random ids are numbers here, and PBKDF2 does few rounds, so that a run is quick and can be repeated.
 */
#include "xml_events.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/utf8.h"
#include "xml/write.h"
#include "xmpp/machine.h"
#include "xmpp/ns.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define PASSWORD "pencil"
#define NONCE    "rOprNGfwEbeRWgbNEkqO"                                          /* RFC 7677 3 */
#define PROOF    "dj02cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4vZEI1bkxUSlJzamw5NUc0P" /* the server's, there */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct run {
    struct stream *stream;
    const char *input; /* all of it */
    size_t input_len;
    int64_t now_ms;
    enum stream_tls tls;
    int callbacks, close_in, free_in;
    bool is_freed, is_closed, is_policy, wants_tls, was_secured, in_verb;
    char id[RANDOM_ID_LEN + 1];
    bool with_scram; /* the newest <auth/> */
    struct xml_parser *reader;
    struct buf log;
};

static void die(const struct run *r, const char *what) {
    fprintf(stderr, "%s\n--- log:\n%s\n", what, buf_data(&r->log));
    abort();
}

/* ---- in place of chance and of time ---- */

static uint32_t next_id; /* the harness is one thread */

void random_bytes(void *out, size_t len) {
    memset(out, 7, len);
}

uint32_t random_below(uint32_t bound) {
    return bound / 2;
}

void random_id(char out[RANDOM_ID_LEN + 1]) {
    snprintf(out, RANDOM_ID_LEN + 1, "id%018u", ++next_id);
}

/* Instead of libcrypto's: the one key that a seed needs, and hardly any work for the others. */
int PKCS5_PBKDF2_HMAC(const char *pass, int pass_len, const unsigned char *salt, int salt_len, int rounds,
                      const EVP_MD *md, int key_len, unsigned char *out) {
    static const unsigned char rfc_salt[] = {0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                                             0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};
    static const unsigned char rfc_key[32] = {
        0xc4, 0xa4, 0x95, 0x10, 0x32, 0x3a, 0xb4, 0xf9, 0x52, 0xca, 0xc1, 0xfa, 0x99, 0x44, 0x19, 0x39,
        0xe7, 0x8e, 0xa7, 0x4d, 0x6b, 0xe8, 0x1d, 0xdf, 0x70, 0x96, 0xe8, 0x75, 0x13, 0xdc, 0x61, 0x5d};
    if (rounds == 4096 && key_len == 32 && salt_len == 16 && memcmp(salt, rfc_salt, 16) == 0)
        memcpy(out, rfc_key, 32);
    else
        for (int i = 0; i < key_len; i++)
            out[i] = (unsigned char)(i * 7 + rounds + salt_len + pass[i % pass_len] + EVP_MD_get_size(md));
    return 1;
}

/* ---- what comes out ---- */

static void read_document(struct run *r, const char *xml, size_t len) {
    struct xml_node *node = NULL;
    enum xml_event event;
    xml_parser_feed(r->reader, xml, len);
    while ((event = xml_parser_next(r->reader, &node)) != XML_MORE)
        if (event == XML_BAD)
            die(r, "the output is not well-formed");
}

/* Each header begins a document. */
static void check_output(struct run *r, const char *xml, size_t len) {
    const char *end = xml + len, *at = xml;
    while (at < end) {
        bool is_header = strncmp(at, "<?xml", 5) == 0;
        const char *next = strstr(at + 1, "<?xml");
        next = next != NULL ? next : end;
        if (is_header)
            xml_parser_reset(r->reader);
        read_document(r, at, (size_t)(next - at));
        at = next;
    }
}

static void check_privacy(struct run *r, const char *xml) {
    if (r->wants_tls && !r->was_secured)
        die(r, "something is said while TLS begins");
    if (r->tls == STREAM_TLS_REQUIRED && !r->was_secured &&
        (strstr(xml, "<auth") != NULL || strstr(xml, " from='") != NULL || strstr(xml, "user") != NULL))
        die(r, "said in clear");
}

static void take_output(struct run *r) {
    struct buf *out = stream_out(r->stream);
    if (buf_len(out) == 0)
        return;
    check_privacy(r, buf_data(out));
    check_output(r, buf_data(out), buf_len(out));
    for (const char *at = buf_data(out); (at = strstr(at, " id='")) != NULL; at++)
        snprintf(r->id, sizeof(r->id), "%s", at + 5);
    for (const char *at = buf_data(out); (at = strstr(at, " mechanism='")) != NULL; at++)
        r->with_scram = strncmp(at + 12, "SCRAM", 5) == 0;
    buf_add(&r->log, buf_data(out), buf_len(out));
    buf_clear(out);
}

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
    r->wants_tls = true;
    act(r);
}

/* Could the server's proof have been in the input? Most of its groups must stand there, if not in a row. */
static bool has_proof(const struct run *r) {
    int found = 0;
    for (size_t i = 0; i + 4 < sizeof(PROOF); i += 4)
        found += memmem(r->input, r->input_len, &PROOF[i], 4) != NULL;
    return found > 8;
}

static void on_ready(void *ctx, const char *full_jid) {
    struct run *r = ctx;
    event(r, "ready");
    buf_adds(&r->log, full_jid);
    if (r->tls == STREAM_TLS_REQUIRED && !r->was_secured)
        die(r, "ready without TLS");
    if (r->with_scram && !has_proof(r))
        die(r, "ready without the server's proof");
    if (!stream_is_ready(r->stream) || strcmp(stream_jid(r->stream), full_jid) != 0)
        die(r, "ready, and not ready");
    act(r);
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
    bool is_quoted = memmem(r->input, r->input_len, PASSWORD, 3) != NULL; /* the server may guess it */
    if (strstr(reason->text, PASSWORD) != NULL && !is_quoted)
        die(r, "the password in a reason");
    if (!utf8_is_valid(reason->text, strlen(reason->text)) || reason->text[0] == '\0')
        die(r, "a reason that nobody can read");
    r->is_policy = strcmp(reason->condition, "policy-violation") == 0;
    r->is_closed = true;
    act(r);
}

/* Ours alone: the server may say what it wants. */
static void on_trace(void *ctx, bool in, const char *text, size_t len) {
    struct run *r = ctx;
    if (strlen(text) != len)
        die(r, "a trace of a wrong length");
    if (!in && (strstr(text, PASSWORD) != NULL || strstr(text, "AHVzZXIA") != NULL))
        die(r, "a secret in a trace");
}

/* ---- steps ---- */

static void check_after(struct run *r) {
    r->in_verb = false;
    if (r->is_freed)
        return;
    take_output(r);
    int64_t deadline_ms = stream_deadline_ms(r->stream);
    if (!r->is_closed && deadline_ms == INT64_MAX)
        die(r, "nothing limits the wait");
    if (!r->is_closed && deadline_ms > r->now_ms + 60000)
        die(r, "a deadline too far away");
}

static void feed(struct run *r, const char *bytes, size_t len) {
    char *piece = mem_alloc(len);
    memcpy(piece, bytes, len);
    r->in_verb = true;
    stream_feed(r->stream, piece, len, r->now_ms);
    mem_free(piece);
    check_after(r);
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
    buf_finish(&all);
}

static void send_stanza(struct run *r) {
    struct buf *out = stream_stanza_out(r->stream);
    if (out == NULL)
        return;
    size_t from = buf_len(out);
    buf_lit(out, "<message to='a@b' id='x'><body>hi</body></message>");
    stream_sent(r->stream, from, r->now_ms);
}

static void secured(struct run *r) {
    static const struct stream_tls_info info = {.version = "TLSv1.3"};
    if (!r->wants_tls || r->was_secured)
        return;
    r->was_secured = true;
    stream_secured(r->stream, &info, r->now_ms);
}

static void do_step(struct run *r, const char *line, size_t len, size_t step) {
    r->in_verb = true;
    switch (len > 0 ? line[0] : '\0') {
    case 'S':
        serve(r, line + 1, len - 1, step);
        return;
    case 'T':
        secured(r);
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

static void start(struct run *r, const char *head) {
    static const struct stream_callbacks callbacks = {.starttls = on_starttls,
                                                      .ready = on_ready,
                                                      .stanza = on_stanza,
                                                      .closed = on_closed,
                                                      .trace = on_trace};
    static const char *const plain[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", NULL};
    unsigned how = (unsigned char)head[0] - '0';
    r->tls = (enum stream_tls)(how % 3);
    struct stream_options options = {.node = "user",
                                     .domain = "example.org",
                                     .resource = how % 2 ? "bot" : NULL,
                                     .password = PASSWORD,
                                     .mechanisms = how / 3 % 2 ? plain : NULL,
                                     .tls = r->tls};
    r->close_in = ((unsigned char)head[1] - '0') % 16;
    r->free_in = ((unsigned char)head[2] - '0') % 16;
    r->was_secured = r->tls == STREAM_TLS_DIRECT;
    r->stream = stream_new(&options, &callbacks, r);
    r->reader = xml_parser_new(NULL);
    stream_fix_nonce(r->stream, NONCE);
    r->in_verb = true;
    stream_open(r->stream, r->now_ms);
    check_after(r);
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
}

static void play(struct run *r, const char *input, size_t len, size_t step) {
    *r = (struct run){.input = input, .input_len = len, .now_ms = 1000};
    next_id = 0;
    start(r, input);
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
    if (whole->wants_tls || whole->is_policy || bytes->is_policy)
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
