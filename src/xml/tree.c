/* SPDX-License-Identifier: MIT */
/* tree: expat's callbacks build the stanza in the arena. No user code runs here: an event suspends expat. */
#include "xml/parser.h"

#include "base/mem.h"

static void stop(struct xml_parser *p, enum xml_fault fault, const char *text) {
    parser_fail(p, fault, text);
    XML_StopParser(p->expat, XML_FALSE);
}

static size_t event_end(struct xml_parser *p) {
    return (size_t)XML_GetCurrentByteIndex(p->expat) + (size_t)XML_GetCurrentByteCount(p->expat);
}

static void report(struct xml_parser *p, enum xml_event event, struct xml_node *node) {
    p->event = event;
    p->node = node;
    p->boundary = event_end(p);
    XML_StopParser(p->expat, XML_TRUE);
}

/* ---- names ---- */

static struct xml_str intern(struct xml_parser *p, const char *s, size_t len) {
    enum xml_atom atom = xml_atom_of(s, (uint32_t)len);
    const char *kept = atom != ATOM_NONE ? xml_atom_text(atom) : arena_strndup(&p->arena, s, len);
    return (struct xml_str){kept, (uint32_t)len, atom};
}

/* Splits prefix:local. -1 for two colons, or an empty half. */
static int split(struct str name, struct str *prefix, struct str *local) {
    const char *colon = memchr(name.s, ':', name.len);
    if (colon == NULL) {
        *prefix = STR_LIT("");
        *local = name;
        return 0;
    }
    *prefix = (struct str){name.s, (size_t)(colon - name.s)};
    *local = (struct str){colon + 1, name.len - prefix->len - 1};
    return prefix->len == 0 || local->len == 0 || memchr(local->s, ':', local->len) ? -1 : 0;
}

/* Puts a copy of the namespace into the arena unless it is known: the declaration may end before the node is
 * read. */
static struct xml_str keep(struct xml_parser *p, struct xml_str ns) {
    if (ns.s != NULL && ns.len > 0)
        ns.s = ns.atom != ATOM_NONE ? xml_atom_text(ns.atom) : arena_strndup(&p->arena, ns.s, ns.len);
    return ns;
}

static int resolve_element(struct xml_parser *p, struct xml_node *n, const char *name) {
    struct str prefix = STR_LIT(""), local, whole = str_of(name);
    n->name.atom = xml_atom_of(whole.s, (uint32_t)whole.len);
    if (n->name.atom != ATOM_NONE && n->name.atom != ATOM_LANG) {
        n->name.s = xml_atom_text(n->name.atom);
        n->name.len = (uint32_t)whole.len;
    } else if (split(whole, &prefix, &local) < 0) {
        return -1;
    } else {
        n->name = intern(p, local.s, local.len);
    }
    n->ns = keep(p, scope_find(&p->scope, prefix));
    return n->ns.s == NULL ? -1 : 0;
}

/* ---- attributes ---- */

static bool is_declaration(const char *name) {
    return strncmp(name, "xmlns", 5) == 0 && (name[5] == '\0' || name[5] == ':');
}

static int declare(struct xml_parser *p, const char **atts, uint32_t *count) {
    *count = 0;
    for (int i = 0; atts[i] != NULL; i += 2) {
        if (atts[i][0] != 'x' || !is_declaration(atts[i])) {
            ++*count;
            continue;
        }
        struct str prefix = str_of(atts[i][5] == ':' ? atts[i] + 6 : "");
        if ((atts[i][5] == ':' && prefix.len == 0) || memchr(prefix.s, ':', prefix.len) ||
            scope_add(&p->scope, prefix, str_of(atts[i + 1]), p->depth) < 0)
            return -1;
    }
    return 0;
}

static int resolve_attr(struct xml_parser *p, struct xml_attr *a, const char *name) {
    struct str prefix, local, whole = str_of(name);
    a->ns = (struct xml_str){NULL, 0, ATOM_NONE};
    a->name = (struct xml_str){NULL, (uint32_t)whole.len, xml_atom_of(whole.s, (uint32_t)whole.len)};
    if (a->name.atom != ATOM_NONE) {
        a->name.s = xml_atom_text(a->name.atom);
        return 0;
    }
    if (split(whole, &prefix, &local) < 0)
        return -1;
    if (prefix.len == 0 || str_is(prefix, "xml")) {
        a->name = intern(p, whole.s, whole.len);
        return 0;
    }
    a->name = intern(p, local.s, local.len);
    a->ns = keep(p, scope_find(&p->scope, prefix));
    return a->ns.s == NULL ? -1 : 0;
}

/* expat refuses the same name twice; two prefixes of one namespace are ours to find. */
static bool is_doubled(const struct xml_node *n, const struct xml_attr *a) {
    for (const struct xml_attr *b = n->attrs; a->ns.s != NULL && b < a; b++)
        if (b->ns.s != NULL && strcmp(a->ns.s, b->ns.s) == 0 && strcmp(a->name.s, b->name.s) == 0)
            return true;
    return false;
}

static int take_attrs(struct xml_parser *p, struct xml_node *n, const char **atts) {
    if (n->attr_count > 0)
        n->attrs = arena_alloc(&p->arena, n->attr_count * sizeof(*n->attrs));
    struct xml_attr *a = n->attrs;
    for (int i = 0; atts[i] != NULL; i += 2) {
        if (atts[i][0] == 'x' && is_declaration(atts[i]))
            continue;
        size_t len = strlen(atts[i + 1]);
        if (resolve_attr(p, a, atts[i]) < 0 || is_doubled(n, a))
            return -1;
        a->value = (struct xml_str){arena_strndup(&p->arena, atts[i + 1], len), (uint32_t)len, ATOM_NONE};
        a++;
    }
    return 0;
}

/* ---- the tree ---- */

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

static void end_text(struct xml_parser *p) {
    size_t len = buf_len(&p->text);
    if (len == 0)
        return;
    struct xml_node *n = new_node(p);
    n->text = (struct xml_str){arena_strndup(&p->arena, buf_data(&p->text), len), (uint32_t)len, ATOM_NONE};
    append(p->at, n);
    buf_clear(&p->text);
}

static void on_start(void *ctx, const char *name, const char **atts) {
    struct xml_parser *p = ctx;
    uint32_t count;
    if (p->failed)
        return;
    if (p->depth++ > p->limits.depth) {
        stop(p, XML_FAULT_POLICY, "elements are nested too deeply");
        return;
    }
    end_text(p);
    struct xml_node *n = new_node(p);
    if (declare(p, atts, &count) < 0) {
        stop(p, XML_FAULT_NOT_WELL_FORMED, "a namespace declaration that XML does not allow");
        return;
    }
    n->attr_count = count;
    if (count > p->limits.attrs)
        stop(p, XML_FAULT_POLICY, "an element has too many attributes");
    else if (resolve_element(p, n, name) < 0 || take_attrs(p, n, atts) < 0)
        stop(p, XML_FAULT_NOT_WELL_FORMED, "a prefix that is not bound, a bad name, or an attribute twice");
    else if (p->depth == 1)
        report(p, XML_OPEN, n);
    else {
        append(p->at, n);
        p->at = n;
    }
}

static void on_end(void *ctx, const char *name) {
    struct xml_parser *p = ctx;
    (void)name;
    if (p->failed)
        return;
    if (p->depth > 1)
        end_text(p);
    scope_leave(&p->scope, p->depth);
    p->depth--;
    if (p->depth == 0) {
        report(p, XML_CLOSE, NULL);
        return;
    }
    struct xml_node *n = p->at;
    p->at = n->parent;
    if (p->at != NULL)
        return;
    if (event_end(p) - p->boundary > p->limits.stanza_len)
        stop(p, XML_FAULT_POLICY, "a stanza is larger than the limit");
    else
        report(p, XML_STANZA, n);
}

static bool is_blank(const char *s, int len) {
    for (int i = 0; i < len; i++)
        if (s[i] != ' ' && s[i] != '\n' && s[i] != '\r' && s[i] != '\t')
            return false;
    return true;
}

static void on_text(void *ctx, const char *s, int len) {
    struct xml_parser *p = ctx;
    if (p->failed)
        return;
    if (p->at != NULL)
        buf_add(&p->text, s, (size_t)len);
    else if (is_blank(s, len))
        p->boundary = event_end(p); /* white space between stanzas (RFC 6120 11.7) counts for none */
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

/* ---- what RFC 6120 11.1 forbids ---- */

static void on_comment(void *ctx, const char *text) {
    (void)text;
    stop(ctx, XML_FAULT_RESTRICTED, "a comment or a document type declaration");
}

static void on_instruction(void *ctx, const char *target, const char *data) {
    (void)target;
    (void)data;
    stop(ctx, XML_FAULT_RESTRICTED, "a processing instruction");
}

static void on_doctype(void *ctx, const char *name, const char *system, const char *public, int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(ctx, XML_FAULT_RESTRICTED, "a comment or a document type declaration");
}

void tree_install(struct xml_parser *p) {
    XML_SetUserData(p->expat, p);
    XML_SetElementHandler(p->expat, on_start, on_end);
    XML_SetCharacterDataHandler(p->expat, on_text);
    XML_SetCdataSectionHandler(p->expat, on_cdata_start, on_cdata_end);
    XML_SetCommentHandler(p->expat, on_comment);
    XML_SetProcessingInstructionHandler(p->expat, on_instruction);
    XML_SetStartDoctypeDeclHandler(p->expat, on_doctype);
}
