/* SPDX-License-Identifier: MIT */
#include "xml/parser.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SLICE = 16384, /* given to expat at once: its own buffer grows with it and never shrinks */
    TEXT_KEEP = 1024,
};

#ifdef HAVE_EXPAT_DEFERRAL
XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled);
#endif

void parser_fail(struct xml_parser *p, enum xml_fault fault, const char *text) {
    if (p->failed)
        return;
    p->failed = true;
    p->error = (struct xml_error){fault, text, p->boundary};
}

static void prepare(struct xml_parser *p) {
#ifdef HAVE_EXPAT_DEFERRAL
    XML_SetReparseDeferralEnabled(p->expat,
                                  XML_FALSE); /* a stanza that is complete is wanted now; see guard.h */
#endif
    tree_install(p);
}

struct xml_parser *xml_parser_new(const struct xml_limits *limits) {
    static const struct xml_limits defaults = {262144, 200, 256};
    struct xml_parser *p = mem_new(struct xml_parser);
    p->limits = limits ? *limits : defaults;
    p->limits.stanza_len = p->limits.stanza_len ? p->limits.stanza_len : defaults.stanza_len;
    p->limits.depth = p->limits.depth ? p->limits.depth : defaults.depth;
    p->limits.attrs = p->limits.attrs ? p->limits.attrs : defaults.attrs;
    p->expat = XML_ParserCreate("UTF-8"); /* whatever the declaration says (RFC 6120 11.6) */
    if (p->expat == NULL)
        abort();
    prepare(p);
    return p;
}

static void drop_content(struct xml_parser *p) {
    arena_finish(&p->arena);
    scope_finish(&p->scope);
    guard_finish(&p->guard);
    buf_finish(&p->text);
}

void xml_parser_free(struct xml_parser *p) {
    if (p == NULL)
        return;
    XML_ParserFree(p->expat);
    drop_content(p);
    mem_free(p);
}

void xml_parser_reset(struct xml_parser *p) {
    struct xml_limits limits = p->limits;
    XML_Parser expat = p->expat;
    drop_content(p);
    *p = (struct xml_parser){.expat = expat, .limits = limits};
    XML_ParserReset(expat, "UTF-8");
    prepare(p);
}

void xml_parser_feed(struct xml_parser *p, const char *bytes, size_t len) {
    assert(p->in_len == 0 || p->failed);
    p->in = bytes;
    p->in_len = len;
    p->fed += len;
}

/* ---- bytes to expat ---- */

static void fail_as_expat_says(struct xml_parser *p) {
    enum XML_Error code = XML_GetErrorCode(p->expat);
    bool encoding = code == XML_ERROR_UNKNOWN_ENCODING || code == XML_ERROR_INCORRECT_ENCODING;
    parser_fail(p, encoding ? XML_FAULT_ENCODING : XML_FAULT_NOT_WELL_FORMED, XML_ErrorString(code));
}

static void take_status(struct xml_parser *p, enum XML_Status status) {
    p->suspended = status == XML_STATUS_SUSPENDED;
    if (status == XML_STATUS_ERROR)
        fail_as_expat_says(p);
}

static void parse(struct xml_parser *p, const char *bytes, size_t len) {
    take_status(p, XML_Parse(p->expat, bytes, (int)len, XML_FALSE));
}

static void consume(struct xml_parser *p, size_t len) {
    p->in += len;
    p->in_len -= len;
}

/* Adds to the token that is held; when it is whole, expat gets it. */
static void feed_held(struct xml_parser *p) {
    consume(p, guard_hold(&p->guard, p->in, p->in_len));
    if (p->guard.state != GUARD_TEXT || p->guard.refused)
        return;
    struct buf token = p->guard.held;
    p->guard.held = (struct buf)BUF_INIT;
    for (size_t at = 0; at < token.len && !p->failed; at += SLICE) {
        assert(!p->suspended);
        parse(p, token.data + at, token.len - at < SLICE ? token.len - at : SLICE);
    }
    buf_finish(&token);
}

static void feed_slice(struct xml_parser *p) {
    const char *bytes = p->in;
    size_t len = p->in_len < SLICE ? p->in_len : SLICE;
    size_t whole = p->in_cdata ? guard_cdata_end(bytes, len) : guard_split(&p->guard, bytes, len);
    consume(p, whole);
    if (whole > 0)
        parse(p, bytes, whole);
    else if (!p->guard.refused)
        consume(p, guard_hold(&p->guard, bytes, len));
}

static void advance(struct xml_parser *p) {
    if (p->suspended)
        take_status(p, XML_ResumeParser(p->expat));
    else if (p->guard.refused)
        parser_fail(p, XML_FAULT_RESTRICTED, "a comment or a document type declaration");
    else if (buf_len(&p->guard.held) > 0)
        feed_held(p);
    else
        feed_slice(p);
}

/* ---- events ---- */

static void check_size(struct xml_parser *p) {
    if (p->event == XML_MORE &&
        p->fed - p->in_len - p->boundary > p->limits.stanza_len + (p->suspended ? SLICE : 0))
        parser_fail(p, XML_FAULT_POLICY, "a stanza is larger than the limit");
}

/* An idle parser keeps no arena and no text: there are thousands of them in a process. */
static void rest(struct xml_parser *p) {
    p->in = NULL;
    if (p->at != NULL)
        return;
    arena_finish(&p->arena);
    buf_release(&p->text, TEXT_KEEP);
}

enum xml_event xml_parser_next(struct xml_parser *p, struct xml_node **node) {
    if (p->event != XML_MORE && p->at == NULL)
        arena_reset(&p->arena);
    p->event = XML_MORE;
    while (!p->failed && p->event == XML_MORE && (p->suspended || p->guard.refused || p->in_len > 0)) {
        advance(p);
        check_size(p);
    }
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
