/* SPDX-License-Identifier: MIT */
#include "net/proxy_talk.h"

#include "base/base64.h"
#include "base/mem.h"
#include "net/address.h"

#include <stdio.h>
#include <string.h>

enum { GREETING, LOGIN, CONNECT, HTTP_HEAD }; /* what is waited for */
enum { HEAD_MAX = 16384 };

/* ---- SOCKS5 ---- */

static void write_connect(const struct proxy_talk *t, struct buf *out) {
    union address literal;
    size_t len = strlen(t->host);
    buf_add(out, "\x05\x01\x00", 3);
    if (address_parse(t->host, 0, &literal)) {
        const unsigned char *bytes = address_bytes(&literal, &len);
        buf_addc(out, len == 4 ? 1 : 4);
        buf_add(out, (const char *)bytes, len);
    } else {
        buf_addc(out, 3);
        buf_addc(out, (char)len); /* a name of DNS: 253 at most */
        buf_adds(out, t->host);
    }
    buf_addc(out, (char)(t->port >> 8));
    buf_addc(out, (char)t->port);
}

static void write_login(const struct proxy_talk *t, struct buf *out) {
    const char *parts[] = {t->proxy->user, t->proxy->password};
    buf_addc(out, 1);
    for (int i = 0; i < 2; i++) {
        buf_addc(out, (char)strlen(parts[i]));
        buf_adds(out, parts[i]);
    }
}

static enum proxy_said on_greeting(struct proxy_talk *t, const unsigned char *in, struct buf *out,
                                   struct err *err) {
    if (in[0] != 5)
        return err_set(err, "it does not speak SOCKS5"), PROXY_FAILED;
    if (in[1] == 2 && t->proxy->user != NULL) {
        t->step = LOGIN;
        write_login(t, out);
    } else if (in[1] == 0) {
        t->step = CONNECT;
        write_connect(t, out);
    } else {
        return err_set(err, t->proxy->user != NULL ? "it takes no login by user and password"
                                                   : "it wants a login (proxy: socks5://user:password@…)"),
               PROXY_FAILED;
    }
    buf_consume(&t->in, 2);
    return PROXY_MORE;
}

static enum proxy_said on_login(struct proxy_talk *t, const unsigned char *in, struct buf *out,
                                struct err *err) {
    if (in[1] != 0)
        return err_set(err, "it does not take user and password"), PROXY_FAILED;
    t->step = CONNECT;
    write_connect(t, out);
    buf_consume(&t->in, 2);
    return PROXY_MORE;
}

/* RFC 1928 6: the address that it connected from has a length of its own. */
static enum proxy_said on_connect(struct proxy_talk *t, const unsigned char *in, size_t len,
                                  struct err *err) {
    static const char *const why[] = {NULL,
                                      "it failed",
                                      "it may not",
                                      "the network cannot be reached",
                                      "the host cannot be reached",
                                      "the connection was refused",
                                      "it took too long",
                                      "it cannot do that",
                                      "it has no such addresses"};
    if (in[0] != 5 || in[1] != 0)
        return err_set(err, "it did not connect to %s: %s", t->host,
                       in[0] == 5 && in[1] < sizeof(why) / sizeof(why[0]) ? why[in[1]]
                                                                          : "it says something unknown"),
               PROXY_FAILED;
    if (len < 5)
        return PROXY_MORE;
    size_t whole = 6 + (in[3] == 1 ? 4U : in[3] == 4 ? 16U : 1U + in[4]);
    if (in[3] != 1 && in[3] != 3 && in[3] != 4)
        return err_set(err, "its answer makes no sense"), PROXY_FAILED;
    if (len > whole)
        return err_set(err, "it says more than that it has connected"), PROXY_FAILED;
    return len == whole ? PROXY_DONE : PROXY_MORE;
}

static enum proxy_said socks(struct proxy_talk *t, struct buf *out, struct err *err) {
    enum proxy_said said = PROXY_MORE;
    int before = -1;
    while (said == PROXY_MORE && t->step != before && buf_len(&t->in) >= 2) {
        const unsigned char *in = (const unsigned char *)buf_data(&t->in);
        before = t->step;
        said = t->step == GREETING ? on_greeting(t, in, out, err)
               : t->step == LOGIN  ? on_login(t, in, out, err)
                                   : on_connect(t, in, buf_len(&t->in), err);
    }
    return said;
}

/* ---- HTTP ---- */

static void write_request(const struct proxy_talk *t, struct buf *out) {
    bool is_six = strchr(t->host, ':') != NULL;
    char place[300];
    snprintf(place, sizeof(place), "%s%.255s%s:%u", is_six ? "[" : "", t->host, is_six ? "]" : "",
             (unsigned)t->port);
    buf_addf(out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", place, place);
    if (t->proxy->user != NULL) {
        struct buf login = BUF_INIT;
        buf_reserve(&login, 600); /* no moving, which would leave copies behind */
        buf_addf(&login, "%s:%s", t->proxy->user, t->proxy->password);
        buf_lit(out, "Proxy-Authorization: Basic ");
        base64_encode(out, buf_data(&login), buf_len(&login));
        buf_lit(out, "\r\n");
        mem_wipe(login.data, login.cap);
        buf_finish(&login);
    }
    buf_lit(out, "\r\n");
}

/* "HTTP/1.x NNN": any of 2xx is a connection (RFC 9110 9.3.6), and has no body. */
static enum proxy_said http(struct proxy_talk *t, struct err *err) {
    const char *head = buf_data(&t->in);
    const char *end = memmem(head, buf_len(&t->in), "\r\n\r\n", 4);
    int status = 0;
    if (end == NULL)
        return buf_len(&t->in) <= HEAD_MAX ? PROXY_MORE
                                           : (err_set(err, "its answer does not end"), PROXY_FAILED);
    if (sscanf(head, "HTTP/1.%*1[01] %3d", &status) != 1 || status < 100)
        return err_set(err, "it does not speak HTTP/1.1"), PROXY_FAILED;
    if (status == 407)
        return err_set(err, t->proxy->user != NULL ? "it does not take user and password"
                                                   : "it wants a login (proxy: http://user:password@…)"),
               PROXY_FAILED;
    if (status < 200 || status > 299)
        return err_set(err, "it did not connect to %s: HTTP status %d", t->host, status), PROXY_FAILED;
    if (end + 4 != head + buf_len(&t->in))
        return err_set(err, "it says more than that it has connected"), PROXY_FAILED;
    return PROXY_DONE;
}

/* ---- both ---- */

void proxy_talk_begin(struct proxy_talk *t, struct buf *out) {
    if (t->proxy->kind == PROXY_HTTP) {
        t->step = HTTP_HEAD;
        write_request(t, out);
    } else if (t->proxy->user != NULL) {
        buf_add(out, "\x05\x02\x00\x02", 4);
    } else {
        buf_add(out, "\x05\x01\x00", 3);
    }
}

enum proxy_said proxy_talk_feed(struct proxy_talk *t, const char *bytes, size_t len, struct buf *out,
                                struct err *err) {
    buf_add(&t->in, bytes, len);
    return t->step == HTTP_HEAD ? http(t, err) : socks(t, out, err);
}

void proxy_talk_finish(struct proxy_talk *t) {
    buf_finish(&t->in);
}
