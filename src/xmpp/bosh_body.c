/* SPDX-License-Identifier: MIT */
/*
 * An answer is read as a first-level element of a root that nobody sees (as in messages.c): so it is exactly
 * one element, and all of it has been checked before any of it is used. What is in it goes on as text, with
 * the namespaces that were in force written where they stand.
 * Implements: XEP-0124 1.11.2 partial (one stream; neither keys nor pauses), XEP-0206 1.4
 */
#include "xmpp/bosh_body.h"

#include "xml/write.h"
#include "xmpp/ns.h"

#include <inttypes.h>

enum { DEPTH_MOST = 201, DECLARATION_MOST = 128, NUMBER_MOST = 1000000 };

struct xml_parser *bosh_parser_new(void) {
    static const struct xml_limits limits = {.stanza_len = BOSH_BODY_MOST + 1, .depth = DEPTH_MOST};
    return xml_parser_new(&limits);
}

/* ---- text ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct str trimmed(struct str t) {
    while (t.len > 0 && is_blank(t.s[t.len - 1]))
        t.len--;
    while (t.len > 0 && is_blank(t.s[0]))
        t = (struct str){t.s + 1, t.len - 1};
    return t;
}

/* Without the XML declaration that may stand in front. */
static struct str document(const char *bytes, size_t len) {
    static const char mark[] = "<?xml";
    struct str t = trimmed((struct str){bytes, len});
    if (t.len <= sizeof(mark) || memcmp(t.s, mark, sizeof(mark) - 1) != 0 || !is_blank(t.s[sizeof(mark) - 1]))
        return t;
    const char *end = memmem(t.s, t.len < DECLARATION_MOST ? t.len : DECLARATION_MOST, "?>", 2);
    if (end == NULL)
        return t;
    return trimmed((struct str){end + 2, t.len - (size_t)(end + 2 - t.s)});
}

static bool read_number(struct str text, uint64_t most, uint64_t *out) {
    uint64_t n = 0;
    if (text.len == 0 || text.len > 16)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] < '0' || text.s[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(text.s[i] - '0');
    }
    *out = n;
    return n <= most;
}

/* ---- an answer ---- */

/* version='1.0' of urn:xmpp:xbosh (XEP-0206 3). */
static struct str xbosh_attr(const struct xml_node *n, const char *name) {
    for (uint32_t i = 0; i < n->attr_count; i++)
        if (n->attrs[i].ns.s != NULL && str_is(xml_view(&n->attrs[i].ns), NS_XBOSH) &&
            str_is(xml_view(&n->attrs[i].name), name))
            return xml_view(&n->attrs[i].value);
    return STR_NONE;
}

static int read_numbers(struct bosh_answer *a, struct err *err) {
    const struct {
        const char *name;
        uint32_t *to;
    } rows[] = {
        {"wait", &a->wait_s}, {"hold", &a->hold}, {"requests", &a->requests}, {"polling", &a->polling_s}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str text = xml_attr(a->body, rows[i].name);
        uint64_t n = 0;
        if (text.s == NULL)
            continue;
        if (!read_number(text, NUMBER_MOST, &n))
            return err_set(err, "has a number that is none: %s", rows[i].name);
        *rows[i].to = (uint32_t)n;
    }
    struct str ack = xml_attr(a->body, "ack");
    a->has_ack = ack.s != NULL;
    if (a->has_ack && !read_number(ack, BOSH_RID_MOST, &a->ack))
        return err_set(err, "has a number that is none: ack");
    return 0;
}

static int read_type(struct bosh_answer *a, struct err *err) {
    struct str type = xml_attr(a->body, "type");
    if (type.s == NULL || type.len == 0)
        a->type = BOSH_PLAIN;
    else if (str_is(type, "terminate"))
        a->type = BOSH_TERMINATE;
    else if (str_is(type, "error"))
        a->type = BOSH_ERROR;
    else
        return err_set(err, "is a <body/> of no type that there is");
    return 0;
}

static int check_children(const struct bosh_answer *a, struct err *err) {
    for (const struct xml_node *n = a->body->first; n != NULL; n = n->next)
        if (xml_is_text(n) && trimmed(xml_view(&n->text)).len > 0)
            return err_set(err, "has text between its stanzas");
    return 0;
}

static int read_body(struct bosh_answer *a, struct err *err) {
    if (!xml_is(a->body, "body", NS_HTTPBIND))
        return err_set(err, "is no <body/> of BOSH");
    a->condition = xml_attr(a->body, "condition");
    a->sid = xml_attr(a->body, "sid");
    a->from = xml_attr(a->body, "from");
    a->authid = xml_attr(a->body, "authid");
    a->lang = xml_attr_atom(a->body, ATOM_LANG);
    a->version = xbosh_attr(a->body, "version");
    a->uri = xml_text(xml_child(a->body, "uri", NS_HTTPBIND));
    if (a->sid.len > BOSH_SID_MOST)
        return err_set(err, "names a session with more than %d bytes", BOSH_SID_MOST);
    if (read_type(a, err) != 0 || read_numbers(a, err) != 0)
        return -1;
    return check_children(a, err);
}

int bosh_read(struct xml_parser *p, const char *bytes, size_t len, struct bosh_answer *out, struct err *err) {
    struct xml_node *node = NULL;
    struct str text = document(bytes, len);
    *out = (struct bosh_answer){.wait_s = BOSH_WAIT_S, .hold = 1, .requests = BOSH_LANES};
    xml_parser_reset(p);
    xml_parser_feed(p, "<s>", 3);
    while (xml_parser_next(p, &node) != XML_MORE)
        ;
    if (text.len == 0 || text.len > BOSH_BODY_MOST)
        return err_set(err, text.len == 0 ? "is empty" : "is too large");
    xml_parser_feed(p, text.s, text.len);
    enum xml_event event = xml_parser_next(p, &node);
    if (event == XML_BAD)
        return err_set(err, "holds %s", xml_parser_error(p)->text);
    if (event != XML_STANZA || xml_parser_pending(p) > 0)
        return err_set(err, "is not one whole <body/>");
    out->body = node;
    return read_body(out, err);
}

/* ---- what it means ---- */

static void add_attr(struct buf *out, const char *name, struct str value) {
    if (value.s != NULL)
        xml_write_attr(out, name, value);
}

void bosh_read_open(const struct bosh_answer *a, bool is_restart, struct buf *out) {
    buf_lit(out, "<open xmlns='" NS_FRAMING "'");
    add_attr(out, "from", a->from);
    add_attr(out, "id", a->authid);
    add_attr(out, "xml:lang", a->lang);
    add_attr(out, "version", is_restart ? STR_LIT("1.0") : a->version); /* it was told, and stays */
    buf_lit(out, "/>");
}

/* 17.2; .stream: the condition of RFC 6120 4.9.3 that says it. */
static const struct condition {
    const char *name, *stream;
} conditions[] = {
    {"bad-request", "bad-format"},
    {"host-gone", "host-gone"},
    {"host-unknown", "host-unknown"},
    {"improper-addressing", "improper-addressing"},
    {"internal-server-error", "internal-server-error"},
    {"item-not-found", "undefined-condition"},
    {"other-request", "undefined-condition"},
    {"policy-violation", "policy-violation"},
    {"remote-connection-failed", "remote-connection-failed"},
    {"remote-stream-error", "undefined-condition"},
    {"system-shutdown", "system-shutdown"},
};

static const char *stream_condition(struct str name) {
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
        if (str_is(name, conditions[i].name))
            return conditions[i].stream;
    return "undefined-condition";
}

void bosh_read_end(const struct bosh_answer *a, struct buf *out) {
    if (a->condition.s == NULL || str_is(a->condition, "see-other-uri")) {
        buf_lit(out, "<close xmlns='" NS_FRAMING "'");
        add_attr(out, "see-other-uri", a->condition.s != NULL ? a->uri : STR_NONE);
        buf_lit(out, "/>");
        return;
    }
    buf_addf(out,
             "<stream:error xmlns:stream='" NS_STREAM "'><%s xmlns='" NS_STREAM_ERRORS
             "'/><text xmlns='" NS_STREAM_ERRORS "'>",
             stream_condition(a->condition));
    xml_write_text(out, a->condition);
    buf_lit(out, "</text></stream:error>");
}

/* ---- a request ---- */

static void begin(struct buf *out, uint64_t rid) {
    buf_addf(out, "<body xmlns='" NS_HTTPBIND "' rid='%" PRIu64 "'", rid);
}

void bosh_write_creation(struct buf *out, const struct bosh_options *o, uint64_t rid) {
    begin(out, rid);
    xml_write_attr(out, "to", str_of(o->domain));
    if (o->from != NULL)
        xml_write_attr(out, "from", str_of(o->from));
    xml_write_attr(out, "xml:lang", str_of(o->lang));
    buf_addf(
        out,
        " ver='1.11' wait='%d' hold='1' ack='1' content='text/xml; charset=utf-8'%s xmlns:xmpp='" NS_XBOSH
        "' xmpp:version='1.0'/>",
        BOSH_WAIT_S, o->is_secure ? " secure='true'" : "");
}

void bosh_write_body(struct buf *out, const struct bosh_request *r) {
    begin(out, r->rid);
    xml_write_attr(out, "sid", str_of(r->sid));
    if (r->ack != 0 && r->ack != r->rid - 1) /* 9.2 */
        buf_addf(out, " ack='%" PRIu64 "'", r->ack);
    if (r->is_end)
        buf_lit(out, " type='terminate'");
    if (r->is_restart) {
        xml_write_attr(out, "to", str_of(r->domain));
        xml_write_attr(out, "xml:lang", str_of(r->lang));
        buf_lit(out, " xmlns:xmpp='" NS_XBOSH "' xmpp:restart='true'");
    }
    if (r->payload.len == 0) {
        buf_lit(out, "/>");
        return;
    }
    buf_lit(out, ">");
    buf_add(out, r->payload.s, r->payload.len);
    buf_lit(out, "</body>");
}
