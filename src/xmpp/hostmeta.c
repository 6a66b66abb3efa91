/* SPDX-License-Identifier: MIT */
/*
 * An XRD document is a root with first-level children, as a stream is, so the stream's parser does. That one
 * refuses comments, which a person who writes a file may well use: they are cut out before. No '<' can stand
 * in an attribute's value, so "<!--" begins a comment, or stands in CDATA, which no Link has.
 * Implements: XEP-0156 1.4.0 partial (WebSocket, from the XML document)
 */
#include "xmpp/hostmeta.h"

#include "base/buf.h"
#include "base/mem.h"
#include "xml/parse.h"

#include <string.h>
#include <strings.h>

#define NS_XRD        "http://docs.oasis-open.org/ns/xri/xrd-1.0"
#define REL_WEBSOCKET "urn:xmpp:alt-connections:websocket"
#define SCHEME        "wss://"

enum { URL_MOST_LEN = 1024 };

/* ---- where it is ---- */

static bool is_of_a_host(const char *domain) {
    static const char others[] = ".-_:[]";
    for (const char *s = domain; *s != '\0'; s++) {
        char lower = (char)(*s | 0x20);
        if (!((lower >= 'a' && lower <= 'z') || (*s >= '0' && *s <= '9') || (unsigned char)*s >= 0x80 ||
              strchr(others, *s) != NULL))
            return false;
    }
    return domain[0] != '\0';
}

char *hostmeta_url(const char *domain) {
    struct buf url = BUF_INIT;
    if (!is_of_a_host(domain))
        return NULL;
    buf_addf(&url, "https://%s/.well-known/host-meta", domain);
    return buf_detach(&url);
}

/* ---- what it says ---- */

/* Visible ASCII after the scheme: what a URL is made of, and nothing that could break a line of HTTP. */
static bool is_websocket_url(struct str url) {
    size_t scheme_len = sizeof(SCHEME) - 1;
    if (url.len <= scheme_len || url.len > URL_MOST_LEN || strncasecmp(url.s, SCHEME, scheme_len) != 0)
        return false;
    for (size_t i = 0; i < url.len; i++)
        if (url.s[i] <= ' ' || url.s[i] >= 0x7f || strchr("\"<>\\^`{|}", url.s[i]) != NULL)
            return false;
    return true;
}

static void take_link(struct hostmeta *m, const struct xml_node *link) {
    struct str rel = xml_attr(link, "rel"), href = xml_attr(link, "href");
    if (rel.s == NULL || href.s == NULL || !str_is(rel, REL_WEBSOCKET) || !is_websocket_url(href))
        return;
    if (m->count < HOSTMETA_URLS_MOST)
        m->websockets[m->count++] = mem_strndup(href.s, href.len);
}

/* 1: the root has ended; 0: more may come; -1: err. */
static int take_events(struct xml_parser *p, struct hostmeta *m, struct err *err) {
    struct xml_node *node = NULL;
    for (;;) {
        switch (xml_parser_next(p, &node)) {
        case XML_MORE:
            return 0;
        case XML_OPEN:
            if (!xml_is(node, "XRD", NS_XRD))
                return err_set(err, "it is no XRD document");
            break;
        case XML_STANZA:
            if (xml_is(node, "Link", NS_XRD))
                take_link(m, node);
            break;
        case XML_CLOSE:
            return 1;
        case XML_BAD:
            return err_set(err, "it is no XML that is accepted here: %s", xml_parser_error(p)->text);
        }
    }
}

/* Where the next comment begins; len when there is none. */
static size_t comment_at(const char *bytes, size_t len) {
    const char *at = memmem(bytes, len, "<!--", 4);
    return at != NULL ? (size_t)(at - bytes) : len;
}

static size_t comment_len(const char *bytes, size_t len) {
    const char *end = len >= 4 ? memmem(bytes + 4, len - 4, "-->", 3) : NULL;
    return end != NULL ? (size_t)(end + 3 - bytes) : len;
}

static int parse(struct xml_parser *p, const char *bytes, size_t len, struct hostmeta *m, struct err *err) {
    int rc = 0;
    while (len > 0 && rc == 0) {
        size_t part = comment_at(bytes, len);
        xml_parser_feed(p, bytes, part);
        rc = take_events(p, m, err);
        size_t skip = part + comment_len(bytes + part, len - part);
        bytes += skip;
        len -= skip;
    }
    return rc == 0 ? err_set(err, "the document is cut") : rc;
}

int hostmeta_parse(const char *bytes, size_t len, struct hostmeta *out, struct err *err) {
    struct xml_parser *p = xml_parser_new(NULL);
    *out = (struct hostmeta){.count = 0};
    int rc = parse(p, bytes, len, out, err);
    xml_parser_free(p);
    if (rc < 0)
        hostmeta_finish(out);
    return rc < 0 ? -1 : 0;
}

void hostmeta_finish(struct hostmeta *m) {
    for (size_t i = 0; i < m->count; i++)
        mem_free(m->websockets[i]);
    m->count = 0;
}
