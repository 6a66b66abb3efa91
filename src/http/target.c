/* SPDX-License-Identifier: MIT */
#include "http/target.h"

#include "base/mem.h"
#include "base/utf8.h"

static int digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that %XX stands for at s; -1: it is no such thing. */
static int escaped(const char *s, const char *end) {
    int high = end - s > 2 ? digit(s[1]) : -1, low = high >= 0 ? digit(s[2]) : -1;
    return low >= 0 ? high * 16 + low : -1;
}

/* ---- the path ---- */

/* Decoded to out; -1: a '%' that is none, or one that hides a slash. */
static int decode_path(struct str text, char *out, size_t *len) {
    const char *s = text.s, *end = text.s + text.len;
    char *at = out;
    while (s < end) {
        int c = *s == '%' ? escaped(s, end) : (unsigned char)*s;
        if (c < 0 || (*s == '%' && (c == '/' || c == '\\')))
            return -1;
        s += *s == '%' ? 3 : 1;
        *at++ = (char)c;
    }
    *len = (size_t)(at - out);
    return 0;
}

static bool has_control(struct str s) {
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.s[i] < 0x20 || s.s[i] == 0x7f)
            return true;
    return false;
}

/* "/./" and "/../", at the end too. */
static bool has_dots(struct str path) {
    for (size_t i = 0; i < path.len; i++) {
        if (path.s[i] != '/')
            continue;
        size_t dots = 0;
        while (dots < 3 && i + 1 + dots < path.len && path.s[i + 1 + dots] == '.')
            dots++;
        bool ends = i + 1 + dots == path.len || path.s[i + 1 + dots] == '/';
        if (ends && (dots == 1 || dots == 2))
            return true;
    }
    return false;
}

static int read_path(struct target *t, struct str raw, struct err *err) {
    t->path.s = t->memory;
    if (decode_path(raw, t->memory, &t->path.len) < 0 || has_control(t->path) ||
        utf8_xml_span(t->path.s, t->path.len) < t->path.len)
        return err_set(err, "the path is not written as a path is");
    if (t->path.len == 0 || t->path.s[0] != '/' || has_dots(t->path))
        return err_set(err, "the path is none of this server's");
    return 0;
}

/* ---- the query ---- */

static struct str decode_field(struct str text, char **at) {
    const char *s = text.s, *end = text.s + text.len;
    char *out = *at;
    while (s < end) {
        int c = *s == '%' ? escaped(s, end) : -1;
        *(*at)++ = (char)(c >= 0 ? c : *s == '+' ? ' ' : *s);
        s += c >= 0 ? 3 : 1;
    }
    return (struct str){out, (size_t)(*at - out)};
}

size_t target_fields(struct str text, char *memory, struct target_field *fields, size_t most) {
    const char *s = text.s, *end = text.s + text.len;
    size_t count = 0;
    while (s != NULL && s < end && count < most) {
        const char *next = memchr(s, '&', (size_t)(end - s));
        const char *stop = next != NULL ? next : end, *equals = memchr(s, '=', (size_t)(stop - s));
        const char *name_end = equals != NULL ? equals : stop;
        if (stop > s) {
            struct str value = {name_end + (equals != NULL), (size_t)(stop - name_end) - (equals != NULL)};
            fields[count].name = decode_field((struct str){s, (size_t)(name_end - s)}, &memory);
            fields[count++].value = decode_field(value, &memory);
        }
        s = stop + 1;
    }
    return count;
}

int target_parse(struct target *t, struct str text, struct err *err) {
    const char *mark = text.len > 0 ? memchr(text.s, '?', text.len) : NULL;
    struct str raw = {text.s, mark != NULL ? (size_t)(mark - text.s) : text.len};
    t->memory = NULL;
    t->path = t->query = STR_NONE;
    if (text.len > TARGET_MOST)
        return err_set(err, "the path and query are longer than %d bytes", TARGET_MOST);
    t->memory = mem_alloc(text.len + 1);
    if (read_path(t, raw, err) < 0)
        return -1;
    if (mark == NULL)
        return 0;
    char *rest = t->memory + raw.len;
    size_t len = text.len - raw.len - 1;
    memcpy(rest, mark + 1, len);
    t->query = (struct str){rest, len};
    return 0;
}

void target_finish(struct target *t) {
    mem_free(t->memory);
    t->memory = NULL;
    t->path = t->query = STR_NONE; /* a request that is refused for it goes to the log */
}
