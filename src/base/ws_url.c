/* SPDX-License-Identifier: MIT */
#include "base/ws_url.h"

#include "base/mem.h"
#include "base/str.h"

#include <strings.h>

enum { HOST_MAX = 255, RESOURCE_MAX = 2048 };

/* The port behind its colon; 0: it is none. */
static unsigned port_of(struct str text) {
    unsigned value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] < '0' || text.s[i] > '9' || value > 65535)
            return 0;
        value = value * 10 + (unsigned)(text.s[i] - '0');
    }
    return value <= 65535 ? value : 0;
}

static bool is_host(struct str host, bool is_bracketed) {
    if (host.len == 0 || host.len > HOST_MAX)
        return false;
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char)host.s[i];
        bool is_hex = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
        bool is_name =
            is_hex || ((c | 0x20) >= 'g' && (c | 0x20) <= 'z') || c == '-' || c == '.' || c >= 0x80;
        if (is_bracketed ? !is_hex && c != ':' && c != '.' : !is_name)
            return false;
    }
    return true;
}

/* What stands between "//" and the path. */
static int read_authority(struct ws_url *u, struct str text, struct err *err) {
    bool is_bracketed = text.len > 0 && text.s[0] == '[';
    const char *end = text.s + text.len, *colon = NULL;
    struct str host = text;
    if (is_bracketed) {
        const char *close = memchr(text.s, ']', text.len);
        if (close == NULL || (close + 1 < end && close[1] != ':'))
            return err_set(err, "the brackets of its address are not in order");
        host = (struct str){text.s + 1, (size_t)(close - text.s - 1)};
        colon = close + 1 < end ? close + 1 : NULL;
    } else if ((colon = memchr(text.s, ':', text.len)) != NULL) {
        host.len = (size_t)(colon - text.s);
    }
    if (memchr(text.s, '@', text.len) != NULL)
        return err_set(err, "a user name has no place in it");
    if (!is_host(host, is_bracketed))
        return err_set(err, "it names no host");
    unsigned port = colon != NULL ? port_of((struct str){colon + 1, (size_t)(end - colon - 1)})
                                  : (u->is_secure ? 443 : 80);
    if (port == 0)
        return err_set(err, "its port is not one from 1 to 65535");
    u->port = (uint16_t)port;
    u->host = mem_strndup(host.s, host.len);
    return 0;
}

static int check_resource(const char *text, struct err *err) {
    if (strlen(text) > RESOURCE_MAX)
        return err_set(err, "its path is too long");
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '#')
            return err_set(err, "a fragment (#) has no place in it");
        if (*p <= 0x20 || *p >= 0x7f)
            return err_set(err, "what is not printable ASCII must be written as %%XX in its path");
    }
    return 0;
}

static int read_url(struct ws_url *u, const char *text, const char *secure, const char *clear,
                    struct err *err) {
    *u = (struct ws_url){.is_secure = strncasecmp(text, secure, strlen(secure)) == 0};
    if (!u->is_secure && strncasecmp(text, clear, strlen(clear)) != 0)
        return err_set(err, "it does not begin with %s", secure);
    const char *at = strchr(text, '/') + 2;
    const char *rest = at + strcspn(at, "/?#");
    if (check_resource(rest, err) != 0 || read_authority(u, (struct str){at, (size_t)(rest - at)}, err) != 0)
        return -1;
    size_t len = strlen(rest);
    u->resource = mem_alloc(len + 2); /* "?query" alone stands for "/?query" */
    memcpy(u->resource, "/", 1);
    memcpy(u->resource + (rest[0] != '/'), rest, len + 1);
    return 0;
}

int ws_url_read(struct ws_url *u, const char *text, struct err *err) {
    return read_url(u, text, "wss://", "ws://", err);
}

int bosh_url_read(struct ws_url *u, const char *text, struct err *err) {
    int r = read_url(u, text, "https://", "http://", err);
    u->is_http = r == 0;
    return r;
}

void ws_url_finish(struct ws_url *u) {
    mem_free(u->host);
    mem_free(u->resource);
    *u = (struct ws_url){.host = NULL};
}
