/* SPDX-License-Identifier: MIT */
/* tree: expat's callbacks build the stanza in the arena. No user code runs here: an event suspends expat. */
#include "xml/parser.h"

#include "base/mem.h"

#include <assert.h>

static void stop(struct xml_parser *p, enum xml_fault fault, const char *text) {
    parser_fail(p, engine_event_end(p), fault, text);
    XML_StopParser(p->expat, XML_FALSE);
}

/* expat is suspended unless it has nothing left that could lead to another event. */
static void report(struct xml_parser *p, enum xml_event event, struct xml_node *node) {
    size_t end = engine_event_end(p);
    if (end - p->boundary > p->limits.stanza_len) {
        stop(p, XML_FAULT_POLICY, "");
        return;
    }
    p->event = event;
    p->node = node;
    p->boundary = end;
    if (end != parser_consumed(p))
        XML_StopParser(p->expat, XML_TRUE);
}

/* ---- elements ---- */

static int resolve_element(struct xml_parser *p, struct xml_node *n, const char *raw) {
    struct name name;
    name_read(&name, raw);
    if (name.kind == NAME_BAD)
        return -1;
    n->ns = scope_find(&p->scope, name_prefix(&name));
    if (n->ns.s == NULL)
        return -1;
    struct str local = name_local(&name);
    n->name.len = (uint32_t)local.len;
    n->name.atom = name.local == 0 ? name.whole_atom : xml_atom_of(local.s, n->name.len);
    if (n->name.atom != ATOM_NONE)
        n->name.s = xml_atom_text(n->name.atom);
    else
        n->name.s = arena_strndup(&p->arena, local.s, local.len);
    return 0;
}

static void append(struct xml_node *parent, struct xml_node *n) {
    n->parent = parent;
    if (parent == NULL)
        return;
    if (parent->last != NULL)
        parent->last->next = n;
    else
        parent->first = n;
    parent->last = n;
    parent->child_count++;
}

static struct xml_node *new_node(struct xml_parser *p) {
    struct xml_node *n = arena_alloc(&p->arena, sizeof(*n));
    memset(n, 0, sizeof(*n));
    return n;
}

/* ---- attributes ---- */

static int declare(struct xml_parser *p, const struct name *name, const char *uri) {
    struct arena *arena = p->depth > 1 ? &p->arena : NULL; /* the root's live as long as the stream */
    struct str prefix = name->local ? name_local(name) : STR_LIT("");
    if (p->limits.as_client != NULL && strcmp(uri, p->limits.as_client) == 0)
        uri = xml_atom_text(ATOM_NS_CLIENT);
    if (p->scope.count == SCOPE_MOST)
        stop(p, XML_FAULT_POLICY, "too many namespaces are declared");
    else if (scope_add(&p->scope, arena, prefix, str_of(uri), p->depth) < 0)
        stop(p, XML_FAULT_NOT_WELL_FORMED, "a namespace declaration that XML does not allow");
    return p->failed ? -1 : 0;
}

static int too_many(struct xml_parser *p) {
    stop(p, XML_FAULT_POLICY, "an element has too many attributes");
    return -1;
}

/* The name stays where it is, in expat, which keeps it longer than the node lives. */
static void set_name(struct xml_attr *a, struct str shown, enum xml_atom atom) {
    a->name = (struct xml_str){shown.s, (uint32_t)shown.len, atom};
}

/* expat refuses the same name twice; two prefixes of one namespace are ours to find. */
static bool is_doubled(const struct xml_node *n, const struct xml_attr *a) {
    for (const struct xml_attr *b = n->attrs; b < a; b++)
        if (b->ns.s != NULL && strcmp(a->ns.s, b->ns.s) == 0 && strcmp(a->name.s, b->name.s) == 0)
            return true;
    return false;
}

/* Once all declarations are known: they hold for the attributes before them too. */
static int resolve_attrs(struct xml_parser *p, struct xml_node *n, const char **atts) {
    for (struct xml_attr *a = n->attrs; *atts != NULL; atts += 2) {
        const struct name *name = name_of_attr(&p->names, atts[0]);
        if (name->kind == NAME_PREFIXED) {
            struct str local = name_local(name);
            set_name(a, local, xml_atom_of(local.s, (uint32_t)local.len));
            a->ns = scope_find(&p->scope, name_prefix(name));
            if (a->ns.s == NULL || is_doubled(n, a))
                return -1;
        }
        a += name->kind != NAME_XMLNS;
    }
    return 0;
}

/* One attribute; *at is where its value goes. */
static void take_attr(struct xml_attr *a, const struct name *name, const char *value, char **at, char *end) {
    set_name(a, (struct str){name->s, name->len}, name->whole_atom);
    a->ns = (struct xml_str){NULL, 0, ATOM_NONE};
    a->value = (struct xml_str){*at, 0, ATOM_NONE};
    *at = memccpy(*at, value, '\0', (size_t)(end - *at));
    assert(*at != NULL);
    a->value.len = (uint32_t)(*at - 1 - a->value.s);
}

/* All values go into one piece of the arena: they are never longer than the tag that they stand in. */
static int take_attrs(struct xml_parser *p, struct xml_node *n, const char **atts) {
    size_t most = (size_t)XML_GetSpecifiedAttributeCount(p->expat) / 2;
    size_t room = (size_t)XML_GetCurrentByteCount(p->expat);
    if (most > p->limits.attrs + SCOPE_MOST)
        return too_many(p);
    struct xml_attr *a = n->attrs = arena_alloc(&p->arena, most * sizeof(*a) + room);
    char *at = (char *)(a + most), *end = at + room;
    unsigned kinds = 0;
    for (const char **att = atts; *att != NULL; att += 2) {
        const struct name *name = name_of_attr(&p->names, att[0]);
        kinds |= 1u << name->kind;
        if (name->kind != NAME_XMLNS)
            take_attr(a++, name, att[1], &at, end);
        else if (declare(p, name, att[1]) < 0)
            return -1;
    }
    n->attr_count = (uint32_t)(a - n->attrs);
    if (n->attr_count > p->limits.attrs)
        return too_many(p);
    if (kinds & 1u << NAME_BAD)
        return -1;
    return kinds & 1u << NAME_PREFIXED ? resolve_attrs(p, n, atts) : 0;
}

/* ---- the handlers ---- */

static void opened(struct xml_parser *p, struct xml_node *n, const char *name) {
    if (p->depth == 1) {
        p->root = mem_strdup(name);
        report(p, XML_OPEN, n);
    } else {
        append(p->at, n);
        p->at = n;
    }
}

static void on_start(void *ctx, const char *name, const char **atts) {
    struct xml_parser *p = ctx;
    if (p->failed)
        return;
    if (p->depth++ > p->limits.depth) {
        stop(p, XML_FAULT_POLICY, "elements are nested too deeply");
        return;
    }
    struct xml_node *n = new_node(p);
    if ((*atts != NULL && take_attrs(p, n, atts) < 0) || resolve_element(p, n, name) < 0)
        stop(p, XML_FAULT_NOT_WELL_FORMED, "a prefix that is not bound, a bad name, or an attribute twice");
    else
        opened(p, n, name);
}

static void root_closed(struct xml_parser *p) {
    bool by_one_tag = p->event == XML_OPEN;
    struct xml_node *root = p->node;
    p->closed = true;
    report(p, XML_CLOSE, NULL);
    if (!by_one_tag)
        return;
    p->event = XML_OPEN;
    p->node = root;
    p->close_follows = true;
}

static void on_end(void *ctx, const char *name) {
    struct xml_parser *p = ctx;
    (void)name;
    if (p->failed)
        return;
    if (--p->depth == 0) {
        root_closed(p); /* its namespaces stay: it may not have been told yet */
        return;
    }
    scope_leave(&p->scope, p->depth + 1);
    struct xml_node *n = p->at;
    p->at = n->parent;
    if (p->at == NULL)
        report(p, XML_STANZA, n);
}

static bool is_blank(const char *s, int len) {
    for (int i = 0; i < len; i++)
        if (s[i] != ' ' && s[i] != '\n' && s[i] != '\r' && s[i] != '\t')
            return false;
    return true;
}

/* Text comes in pieces, cut at line ends and references: they are put together in place. */
static void add_text(struct xml_parser *p, const char *s, size_t len) {
    struct xml_node *n = p->at->last;
    if (n == NULL || !xml_is_text(n)) {
        n = new_node(p);
        n->text.s = arena_alloc(&p->arena, len + 1);
        append(p->at, n);
    } else {
        size_t old_len = n->text.len;
        n->text.s = arena_extend(&p->arena, (char *)n->text.s, old_len + 1, old_len + len + 1);
    }
    char *to = (char *)n->text.s + n->text.len;
    memcpy(to, s, len);
    to[len] = '\0';
    n->text.len += (uint32_t)len;
}

static void on_text(void *ctx, const char *s, int len) {
    struct xml_parser *p = ctx;
    if (p->failed)
        return;
    if (p->at != NULL)
        add_text(p, s, (size_t)len);
    else if (is_blank(s, len))
        p->boundary = engine_event_end(p); /* white space between stanzas (RFC 6120 11.7) counts for none */
    else
        stop(p, XML_FAULT_NOT_WELL_FORMED, "text between stanzas");
}

static void on_cdata_start(void *ctx) {
    struct xml_parser *p = ctx;
    p->in_cdata = true;
}

static void on_cdata_end(void *ctx) {
    struct xml_parser *p = ctx;
    p->in_cdata = false;
}

static void on_declaration(void *ctx, const char *version, const char *encoding, int standalone) {
    (void)version;
    (void)standalone;
    if (encoding != NULL && strcasecmp(encoding, "UTF-8") != 0)
        stop(ctx, XML_FAULT_ENCODING, "an encoding other than UTF-8");
}

/* The guard sees it first; this is the second wall. */
static void on_doctype(void *ctx, const char *name, const char *system, const char *public, int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(ctx, XML_FAULT_RESTRICTED, "a document type declaration");
}

void tree_install(struct xml_parser *p) {
    XML_SetUserData(p->expat, p);
    XML_SetElementHandler(p->expat, on_start, on_end);
    XML_SetCharacterDataHandler(p->expat, on_text);
    XML_SetCdataSectionHandler(p->expat, on_cdata_start, on_cdata_end);
    XML_SetXmlDeclHandler(p->expat, on_declaration);
    XML_SetStartDoctypeDeclHandler(p->expat, on_doctype);
}
