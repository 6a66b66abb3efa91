/* SPDX-License-Identifier: MIT */
#include "base/proxy.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SOCKS5_PORT = 1080, HTTP_PORT = 8080, HOST_MAX = 255, NAME_MAX_LEN = 255 };

static int digit(char c) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* NULL: it is empty or too long, or has a %XX that is none, or stands for NUL. */
static char *decode(const char *text, size_t len) {
    char *out = mem_alloc(len + 1);
    size_t n = 0;
    bool is_good = true;
    for (size_t i = 0; i < len && is_good; i++) {
        int high = 0, low = text[i];
        if (text[i] == '%') {
            high = i + 2 < len ? digit(text[i + 1]) : -1;
            low = i + 2 < len ? digit(text[i + 2]) : -1;
            i += 2;
            is_good = high >= 0 && low >= 0 && high + low > 0;
        }
        out[n++] = (char)(is_good ? high * 16 + low : 0);
    }
    out[n] = '\0';
    if (is_good && n >= 1 && n <= NAME_MAX_LEN)
        return out;
    mem_free(out);
    return NULL;
}

/* host, host:port, [IPv6]:port */
static int read_place(struct proxy *p, const char *text, struct err *err) {
    bool is_bracketed = text[0] == '[';
    size_t len = strcspn(text + is_bracketed, is_bracketed ? "]" : ":/");
    const char *rest = text + is_bracketed + len;
    char *end = NULL;
    if (len == 0 || len > HOST_MAX || (is_bracketed && *rest++ != ']') ||
        strcspn(text + is_bracketed, " \t\r\n?#@") < len)
        return err_set(err, "it names no host");
    if (*rest == ':') {
        unsigned long port = rest[1] >= '0' && rest[1] <= '9' ? strtoul(rest + 1, &end, 10) : 0;
        if (port == 0 || port > UINT16_MAX)
            return err_set(err, "its port is not one from 1 to 65535");
        p->port = (uint16_t)port;
        rest = end;
    }
    if (*rest != '\0' && strcmp(rest, "/") != 0)
        return err_set(err, "behind the host and the port nothing has a place in it");
    p->host = mem_strndup(text + is_bracketed, len);
    return 0;
}

static int read_login(struct proxy *p, const char *text, size_t len, struct err *err) {
    const char *colon = memchr(text, ':', len);
    if (colon != NULL) {
        p->user = decode(text, (size_t)(colon - text));
        p->password = decode(colon + 1, (size_t)(text + len - colon - 1));
    }
    if (p->user != NULL && p->password != NULL && (p->kind != PROXY_HTTP || strchr(p->user, ':') == NULL))
        return 0;
    return err_set(
        err, "what stands before the @ is no user:password (1 to 255 bytes each; %%XX for what is special)");
}

int proxy_read(struct proxy *p, const char *text, struct err *err) {
    *p = (struct proxy){.kind = PROXY_NONE};
    if (strncasecmp(text, "socks5://", 9) == 0)
        *p = (struct proxy){.kind = PROXY_SOCKS5, .port = SOCKS5_PORT};
    else if (strncasecmp(text, "http://", 7) == 0)
        *p = (struct proxy){.kind = PROXY_HTTP, .port = HTTP_PORT};
    else
        return err_set(err, "it begins neither with socks5:// nor with http://");
    const char *at = strchr(text, '/') + 2, *login_end = strrchr(at, '@');
    if ((login_end != NULL && read_login(p, at, (size_t)(login_end - at), err) != 0) ||
        read_place(p, login_end != NULL ? login_end + 1 : at, err) != 0) {
        proxy_finish(p);
        return -1;
    }
    return 0;
}

void proxy_finish(struct proxy *p) {
    if (p->password != NULL)
        mem_wipe(p->password, strlen(p->password));
    mem_free(p->host);
    mem_free(p->user);
    mem_free(p->password);
    *p = (struct proxy){.kind = PROXY_NONE};
}
