/* SPDX-License-Identifier: MIT */
#include "base/jid.h"

#include "base/buf.h"
#include "base/idn.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <arpa/inet.h>

enum { PART_MOST = 1023 }; /* octets of a prepared part (RFC 7622 3.2-3.4) */

/* ---- splitting ---- */

int jid_split(struct str text, struct jid_parts *out) {
    *out = (struct jid_parts){STR_NONE, STR_NONE, STR_NONE};
    if (text.s == NULL)
        return -1;
    struct str bare = jid_bare_view(text);
    out->resource = jid_resource_view(text);
    out->host = bare;
    const char *at = bare.len ? memchr(bare.s, '@', bare.len) : NULL;
    if (at != NULL) {
        out->node = (struct str){bare.s, (size_t)(at - bare.s)};
        out->host = (struct str){at + 1, bare.len - out->node.len - 1};
    }
    bool empty = (out->node.s && out->node.len == 0) || (out->resource.s && out->resource.len == 0);
    return out->host.len == 0 || empty ? -1 : 0;
}

struct str jid_bare_view(struct str text) {
    const char *slash = text.len ? memchr(text.s, '/', text.len) : NULL;
    return slash ? (struct str){text.s, (size_t)(slash - text.s)} : text;
}

struct str jid_resource_view(struct str text) {
    const char *slash = text.len ? memchr(text.s, '/', text.len) : NULL;
    return slash ? (struct str){slash + 1, text.len - (size_t)(slash + 1 - text.s)} : STR_NONE;
}

/* ---- preparing ---- */

static bool is_ascii(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
            return false;
    return true;
}

static char *lower(const char *s) {
    char *copy = mem_strdup(s);
    for (char *p = copy; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    return copy;
}

/* By a profile of stringprep (RFC 3454); NULL with the reason when the profile forbids it. */
static char *by_profile(const char *s, const char *profile, const char *part, struct err *err) {
    char *out = NULL;
    enum idn_result result = IDN_REFUSED;
    if (utf8_is_valid(s, strlen(s)))
        result = idn_prepare(s, profile, &out, err);
    if (result == IDN_REFUSED)
        err_set(err, "the %s holds characters that are not allowed there", part);
    return out;
}

static char *prep_node(const char *node, struct err *err) {
    if (!is_ascii(node))
        return by_profile(node, "Nodeprep", "localpart", err);
    const char *bad = strpbrk(node, " \"&'/:<>@"); /* RFC 7622 3.3.1 */
    if (bad != NULL) {
        err_set(err, "the localpart may not hold '%c'", *bad);
        return NULL;
    }
    return lower(node);
}

static char *prep_resource(const char *resource, struct err *err) {
    return is_ascii(resource) ? mem_strdup(resource) : by_profile(resource, "Resourceprep", "resource", err);
}

/* RFC 3986 3.2.2, without the rarer forms. */
static char *prep_literal(const char *host, struct err *err) {
    struct in6_addr parsed;
    size_t len = strlen(host);
    char *inside = mem_strndup(host + 1, len > 2 ? len - 2 : 0);
    bool is_good = host[len - 1] == ']' && inet_pton(AF_INET6, inside, &parsed) == 1;
    mem_free(inside);
    if (!is_good)
        err_set(err, "the domain is no IPv6 address in brackets");
    return is_good ? lower(host) : NULL;
}

static bool is_label_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || (c & 0x80);
}

/* What is left in the end, also after mapping: a fullwidth '@' or '/' must not become a separator. Takes
 * `host` over. */
static char *check_labels(char *host, struct err *err) {
    size_t len = strlen(host);
    const char *bad = host;
    while (is_label_byte(*bad))
        bad++;
    if (len == 0) /* U+200B and its like are mapped to nothing */
        err_set(err, "the domain is empty");
    else if (*bad != '\0')
        err_set(err, "the domain may not hold '%c'", *bad);
    else if (host[0] == '.' || host[len - 1] == '.' || strstr(host, "..") != NULL)
        err_set(err, "the domain has an empty label");
    else
        return host;
    mem_free(host);
    return NULL;
}

/* U-labels (RFC 7622 3.2.1): to A-labels, which checks them, and back. */
static char *prep_unicode_host(const char *host, struct err *err) {
    struct err why = ERR_INIT;
    char *unicode = idn_to_unicode(host, &why);
    if (unicode != NULL)
        return check_labels(unicode, err);
    err_set(err, "the domain is no internationalised domain name: %s", why.text);
    return NULL;
}

static char *prep_ascii_host(const char *host, struct err *err) {
    char *low = lower(host);
    if (strncmp(low, "xn--", 4) != 0 && strstr(low, ".xn--") == NULL)
        return check_labels(low, err);
    char *out = prep_unicode_host(low, err);
    mem_free(low);
    return out;
}

/* The final dot goes before anything else is done (RFC 7622 3.2). */
static char *prep_host(const char *host, struct err *err) {
    size_t len = strlen(host);
    char *bare = mem_strndup(host, len > 0 && host[len - 1] == '.' ? len - 1 : len), *out;
    if (bare[0] == '\0') {
        err_set(err, "the domain is empty");
        out = NULL;
    } else if (bare[0] == '[') {
        out = prep_literal(bare, err);
    } else {
        out = is_ascii(bare) ? prep_ascii_host(bare, err) : prep_unicode_host(bare, err);
    }
    mem_free(bare);
    return out;
}

typedef char *prep_fn(const char *part, struct err *err);

static int prep_part(const char *part, prep_fn *prep, const char *name, char **out, struct err *err) {
    *out = NULL;
    if (part == NULL)
        return 0;
    if (part[0] == '\0')
        return err_set(err, "the %s is empty", name);
    if (strlen(part) > PART_MOST * 3 || (*out = prep(part, err)) == NULL)
        return err && err->text[0] ? -1 : err_set(err, "the %s is longer than %d bytes", name, PART_MOST);
    size_t len = strlen(*out);
    if (len == 0)
        return err_set(err, "the %s is empty", name);
    return len > PART_MOST ? err_set(err, "the %s is longer than %d bytes", name, PART_MOST) : 0;
}

int jid_prep(const char *node, const char *host, const char *resource, struct jid *out, struct err *err) {
    struct err own = ERR_INIT;
    *out = (struct jid){NULL, NULL, NULL};
    if (host == NULL)
        return err_set(err, "the domain is missing");
    if (prep_part(node, prep_node, "localpart", &out->node, &own) == 0 &&
        prep_part(host, prep_host, "domain", &out->host, &own) == 0 &&
        prep_part(resource, prep_resource, "resource", &out->resource, &own) == 0)
        return 0;
    jid_finish(out);
    return err_set(err, "%s", own.text);
}

static char *copy_part(struct str s) {
    return s.s ? mem_strndup(s.s, s.len) : NULL;
}

int jid_parse(struct str text, struct jid *out, struct err *err) {
    struct jid_parts parts;
    if (text.s == NULL || memchr(text.s, '\0', text.len) != NULL)
        return err_set(err, "it holds a NUL byte");
    jid_split(text, &parts); /* what is empty is told by jid_prep */
    char *node = copy_part(parts.node), *host = mem_strndup(parts.host.s, parts.host.len),
         *resource = copy_part(parts.resource);
    int result = jid_prep(node, host, resource, out, err);
    mem_free(node);
    mem_free(host);
    mem_free(resource);
    return result;
}

void jid_finish(struct jid *j) {
    mem_free(j->node);
    mem_free(j->host);
    mem_free(j->resource);
    *j = (struct jid){NULL, NULL, NULL};
}

/* ---- putting together, comparing ---- */

char *jid_bare(const struct jid *j) {
    struct buf b = BUF_INIT;
    if (j->node != NULL)
        buf_addf(&b, "%s@", j->node);
    buf_adds(&b, j->host);
    return buf_detach(&b);
}

char *jid_full(const struct jid *j) {
    struct buf b = BUF_INIT;
    if (j->node != NULL)
        buf_addf(&b, "%s@", j->node);
    buf_adds(&b, j->host);
    if (j->resource != NULL)
        buf_addf(&b, "/%s", j->resource);
    return buf_detach(&b);
}

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool jid_equal(struct str a, struct str b) {
    struct jid x, y;
    bool equal = false;
    if (jid_parse(a, &x, NULL) < 0)
        return false;
    if (jid_parse(b, &y, NULL) == 0) {
        equal = same(x.node, y.node) && same(x.host, y.host) && same(x.resource, y.resource);
        jid_finish(&y);
    }
    jid_finish(&x);
    return equal;
}
