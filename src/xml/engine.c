/* SPDX-License-Identifier: MIT */
/*
 * engine: the expat parser behind a document, and its replacement. expat keeps every name that it has met and
 * its largest buffer until it is freed, so on a stream that is open for months, anybody who can send stanzas
 * could fill the memory with made-up names. Between two stanzas all that expat has to know is the name of the
 * root, so a fresh one takes over there from time to time.
 */
#include "xml/parser.h"

#include "base/mem.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

enum {
    RENEW_AFTER = 1024 * 1024, /* bytes: a renewal then costs less than a thousandth of the parse */
    LONG = 16384,              /* bytes at once: expat's buffer becomes twice as large, and stays so */
};

#ifdef HAVE_EXPAT_DEFERRAL
XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled);
#endif

static void prepare(struct xml_parser *p) {
#ifdef HAVE_EXPAT_DEFERRAL
    /* a stanza that is complete is wanted now; see guard.h for what deferral is there for */
    XML_SetReparseDeferralEnabled(p->expat, XML_FALSE);
#endif
    tree_install(p);
}

static XML_Parser create(void) {
    XML_Parser expat = XML_ParserCreate("UTF-8"); /* whatever the declaration says (RFC 6120 11.6) */
    if (expat == NULL)
        abort();
    return expat;
}

void engine_init(struct xml_parser *p) {
    p->expat = create();
    prepare(p);
}

static void drop_content(struct xml_parser *p) {
    arena_finish(&p->arena);
    scope_finish(&p->scope);
    guard_finish(&p->guard);
    mem_free(p->root);
}

void engine_finish(struct xml_parser *p) {
    XML_ParserFree(p->expat);
    drop_content(p);
}

void engine_reset(struct xml_parser *p) {
    struct xml_limits limits = p->limits;
    engine_finish(p);
    *p = (struct xml_parser){.limits = limits};
    engine_init(p);
}

/* The root's start tag again, without handlers: namespaces are scope.c's, which keeps them. */
static void open_root(struct xml_parser *p) {
    struct buf tag = BUF_INIT;
    buf_addf(&tag, "<%s>", p->root);
    if (XML_Parse(p->expat, buf_data(&tag), (int)buf_len(&tag), XML_FALSE) != XML_STATUS_OK)
        abort(); /* expat took the same name before */
    p->base = p->fed - buf_len(&tag);
    buf_finish(&tag);
}

void engine_renew(struct xml_parser *p) {
    if (p->root == NULL || (p->fed - p->base < RENEW_AFTER && !p->is_swollen))
        return;
    XML_ParserFree(p->expat);
    p->expat = create();
    p->names = (struct name_cache){0};
    p->is_swollen = false;
    open_root(p);
    prepare(p);
}

/* Without document types every entity but the five of XML is undefined (RFC 6120 11.1). */
static void fail_as_expat_says(struct xml_parser *p) {
    enum XML_Error code = XML_GetErrorCode(p->expat);
    size_t at = p->base + (size_t)XML_GetErrorByteIndex(p->expat);
    if (code == XML_ERROR_NO_MEMORY)
        abort();
    if (code == XML_ERROR_UNDEFINED_ENTITY)
        parser_fail(p, at, XML_FAULT_RESTRICTED, "a reference to an entity");
    else
        parser_fail(p, at, XML_FAULT_NOT_WELL_FORMED, XML_ErrorString(code));
}

static void take_status(struct xml_parser *p, enum XML_Status status) {
    p->suspended = status == XML_STATUS_SUSPENDED;
    if (status == XML_STATUS_ERROR)
        fail_as_expat_says(p);
}

void engine_parse(struct xml_parser *p, const char *bytes, size_t len) {
    p->is_swollen |= len > LONG;
    assert(len <= INT_MAX && !p->suspended);
    take_status(p, XML_Parse(p->expat, bytes, (int)len, XML_FALSE));
}

void engine_resume(struct xml_parser *p) {
    take_status(p, XML_ResumeParser(p->expat));
}

size_t engine_event_end(struct xml_parser *p) {
    return p->base + (size_t)XML_GetCurrentByteIndex(p->expat) + (size_t)XML_GetCurrentByteCount(p->expat);
}
