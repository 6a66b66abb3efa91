/* SPDX-License-Identifier: MIT */
#include "xml/parser.h"

#include "base/mem.h"

#include <assert.h>

enum { LOOK_AHEAD = 16384 }; /* bytes that are split at once; see engine.c on the size of expat's buffer */

void parser_fail(struct xml_parser *p, size_t end, enum xml_fault fault, const char *text) {
    if (p->failed)
        return;
    p->failed = true;
    if (end - p->boundary > p->limits.stanza_len)
        p->error = (struct xml_error){XML_FAULT_POLICY, "a stanza is larger than the limit", p->boundary};
    else
        p->error = (struct xml_error){fault, text, p->boundary};
}

static void fail_here(struct xml_parser *p, enum xml_fault fault, const char *text) {
    parser_fail(p, parser_consumed(p), fault, text);
}

struct xml_parser *xml_parser_new(const struct xml_limits *limits) {
    static const struct xml_limits defaults = {262144, 200, 256, NULL};
    struct xml_parser *p = mem_new(struct xml_parser);
    p->limits = limits ? *limits : defaults;
    p->limits.stanza_len = p->limits.stanza_len ? p->limits.stanza_len : defaults.stanza_len;
    p->limits.depth = p->limits.depth ? p->limits.depth : defaults.depth;
    p->limits.attrs = p->limits.attrs ? p->limits.attrs : defaults.attrs;
    engine_init(p);
    return p;
}

void xml_parser_free(struct xml_parser *p) {
    if (p == NULL)
        return;
    engine_finish(p);
    mem_free(p);
}

void xml_parser_reset(struct xml_parser *p) {
    engine_reset(p);
}

void xml_parser_feed(struct xml_parser *p, const char *bytes, size_t len) {
    assert(p->in_len == 0 || p->failed);
    p->in = bytes;
    p->in_len = len;
    p->fed += len;
}

/* ---- bytes to expat ---- */

static const char *take(struct xml_parser *p, size_t len) {
    const char *bytes = p->in;
    p->in += len;
    p->in_len -= len;
    return bytes;
}

/* Adds to the token that is held; when it is whole, expat gets it. */
static void feed_held(struct xml_parser *p, size_t len) {
    take(p, guard_hold(&p->guard, p->in, len));
    if (p->guard.refused != NULL) {
        fail_here(p, XML_FAULT_RESTRICTED, p->guard.refused);
    } else if (p->guard.is_whole) {
        struct buf token = p->guard.held;
        buf_init(&p->guard.held);
        engine_parse(p, buf_data(&token), buf_len(&token));
        buf_finish(&token);
    }
}

static void feed_slice(struct xml_parser *p, size_t len) {
    len = p->in_cdata ? guard_cdata_end(p->in, len) : guard_split(&p->guard, p->in, len);
    engine_parse(p, take(p, len), len);
}

static void fail_encoding(struct xml_parser *p) {
    fail_here(p, XML_FAULT_ENCODING, "an encoding other than UTF-8");
}

/* Outside of the root only blanks and tags may stand. expat would wait for the end of a word before it said
 * so, and takes a byte order mark, which XMPP does not know (RFC 6120 11.6). */
static void check_outside(struct xml_parser *p, size_t len) {
    size_t n = 0;
    while (n < len && (p->in[n] == ' ' || p->in[n] == '\t' || p->in[n] == '\r' || p->in[n] == '\n'))
        n++;
    if (n == len || p->in[n] == '<')
        return;
    bool is_first = n == 0 && parser_consumed(p) == 0;
    bool is_text = !is_first || (p->in[n] > 0 && p->in[n] < 0x7f);
    take(p, n + 1);
    if (is_text)
        fail_here(p, XML_FAULT_NOT_WELL_FORMED, "text outside of the stream");
    else
        fail_encoding(p);
}

/* Tag by tag, up to the root's, and up to a zero byte: from these expat guesses UTF-16, whatever it was told.
 */
static size_t look_outside(struct xml_parser *p, size_t len) {
    const char *end = memchr(p->in, '>', len);
    len = strnlen(p->in, end ? (size_t)(end + 1 - p->in) : len);
    if (len == 0)
        fail_encoding(p);
    else if (p->guard.state == GUARD_TEXT)
        check_outside(p, len);
    return len;
}

static void feed(struct xml_parser *p) {
    size_t len = p->in_len < LOOK_AHEAD ? p->in_len : LOOK_AHEAD;
    if (p->depth == 0)
        len = look_outside(p, len);
    if (p->failed)
        return;
    if (p->guard.state != GUARD_TEXT)
        feed_held(p, len);
    else
        feed_slice(p, len);
}

static void advance(struct xml_parser *p) {
    if (p->suspended)
        engine_resume(p);
    else
        feed(p);
    if (p->event == XML_MORE && parser_consumed(p) - p->boundary > p->limits.stanza_len)
        fail_here(p, XML_FAULT_POLICY, "");
}

/* ---- events ---- */

/* An idle parser keeps no arena: there are thousands of them in a process. */
static void rest(struct xml_parser *p) {
    p->in = NULL;
    if (p->at != NULL)
        return;
    arena_finish(&p->arena);
    if (p->fed == p->boundary)
        engine_renew(p);
}

/* Nothing follows the root: what comes after it is dropped. */
static void find_event(struct xml_parser *p) {
    p->event = p->close_follows ? XML_CLOSE : XML_MORE;
    p->close_follows = false;
    if (p->closed)
        take(p, p->in_len);
    else
        while (!p->failed && p->event == XML_MORE && (p->suspended || p->in_len > 0))
            advance(p);
}

enum xml_event xml_parser_next(struct xml_parser *p, struct xml_node **node) {
    if (p->event != XML_MORE)
        arena_reset(&p->arena); /* what was reported */
    if (!p->failed)
        find_event(p);
    if (p->failed)
        return XML_BAD;
    if (p->event == XML_MORE)
        rest(p);
    else
        *node = p->node;
    return p->event;
}

size_t xml_parser_pending(const struct xml_parser *p) {
    return p->fed - p->boundary;
}

const struct xml_error *xml_parser_error(const struct xml_parser *p) {
    return &p->error;
}
