/* SPDX-License-Identifier: MIT */
#include "session/place.h"

#include "base/mem.h"

enum { HOST_MAX = 255 };

/* A server may send us to a name or an address, and to nothing else. */
static bool is_host(struct str host, bool is_bracketed) {
    if (host.len == 0 || host.len > HOST_MAX)
        return false;
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char)host.s[i];
        bool is_name = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' ||
                       c == '-' || c >= 0x80;
        if (!is_name && !(is_bracketed && (c == ':' || c == '%')))
            return false;
    }
    return true;
}

static int read_port(struct str text, uint16_t *out) {
    unsigned value = 0;
    if (text.len == 0 || text.len > 5)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] < '0' || text.s[i] > '9')
            return -1;
        value = value * 10 + (unsigned)(text.s[i] - '0');
    }
    *out = (uint16_t)value;
    return value > 0 && value <= 65535 ? 0 : -1;
}

/* Where the host ends; the colon of a port stands right there (behind the bracket). */
static const char *host_end(struct str text, bool is_bracketed) {
    const char *end = memchr(text.s, is_bracketed ? ']' : ':', text.len);
    return end != NULL || is_bracketed ? end : text.s + text.len;
}

int place_parse(struct str text, struct place *out) {
    *out = (struct place){NULL, 0};
    bool is_bracketed = text.len > 0 && text.s[0] == '[';
    if (is_bracketed)
        text = (struct str){text.s + 1, text.len - 1};
    const char *end = text.len > 0 ? host_end(text, is_bracketed) : NULL;
    if (end == NULL)
        return -1;
    struct str host = {text.s, (size_t)(end - text.s)};
    struct str rest = {end + is_bracketed, text.len - host.len - is_bracketed};
    bool is_bad = !is_host(host, is_bracketed) ||
                  (rest.len > 0 &&
                   (rest.s[0] != ':' || read_port((struct str){rest.s + 1, rest.len - 1}, &out->port) != 0));
    if (is_bad)
        return -1;
    out->host = mem_strndup(host.s, host.len);
    return 0;
}

void place_finish(struct place *p) {
    mem_free(p->host);
    p->host = NULL;
}
