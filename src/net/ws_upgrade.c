/* SPDX-License-Identifier: MIT */
/*
 * The request is written, the answer is read by libhttp-parser up to the end of its header, and each rule of
 * RFC 6455 4.1 is a row of the table of headers or a line of judge(). What is longer than ANSWER_MOST is no
 * answer. Redirects and authentication are allowed to clients there and not wanted here: a server that was
 * named is not left for another one, and nobody is there to be asked for a password.
 */
#include "net/ws_upgrade.h"

#include "base/base64.h"
#include "base/library.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"
#include "net/http_host.h"

#include <http_parser.h>
#include <openssl/evp.h>
#include <strings.h>

enum { ANSWER_MOST = 16384, NAME_MOST = 64, SHOWN_MOST = 160 };

enum found { UPGRADE = 1, CONNECTION = 2, ACCEPT = 4, PROTOCOL = 8, EXTENSIONS = 16 };

struct http {
    __typeof__(http_parser_init) *init;
    __typeof__(http_parser_execute) *execute;
    __typeof__(http_errno_description) *description;
};

struct ws_upgrade {
    void *library;
    struct http http;
    http_parser parser;
    char *protocol;
    struct buf accept; /* the value that is due */
    size_t fed;
    bool is_complete;
    struct buf name, value; /* of the header that is being read */
    bool in_value;
    unsigned found;    /* enum found: the headers that are there, and good */
    const char *wrong; /* the first header that is not; NULL: none */
    struct buf status, location;
};

static void load(struct ws_upgrade *u, struct err *err) {
    static const struct library_symbol symbols[] = {
        LIBRARY_SYMBOL(struct http, init, http_parser_init),
        LIBRARY_SYMBOL(struct http, execute, http_parser_execute),
        LIBRARY_SYMBOL(struct http, description, http_errno_description),
        {NULL, 0},
    };
    static const struct library library = {"libhttp_parser.so.2.9", "libhttp-parser2.9", symbols};
    u->library = library_open(&library, &u->http, err);
}

/* ---- the request ---- */

/* The value that only who has seen the key can know (4.2.2). */
static void expect_accept(struct ws_upgrade *u, const struct buf *key) {
    struct buf text = BUF_INIT;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    buf_add(&text, buf_data(key), buf_len(key));
    buf_lit(&text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    EVP_Digest(buf_data(&text), buf_len(&text), digest, &len, EVP_sha1(), NULL);
    base64_encode(&u->accept, digest, len);
    buf_finish(&text);
}

static int write_request(struct ws_upgrade *u, const struct websocket_options *o, struct buf *out,
                         struct err *err) {
    struct buf host = BUF_INIT, key = BUF_INIT;
    unsigned char nonce[16];
    random_bytes(nonce, sizeof(nonce));
    base64_encode(&key, nonce, sizeof(nonce));
    expect_accept(u, &key);
    int r = http_host_write(&host, o->host, o->port, o->is_secure, err);
    if (r == 0)
        buf_addf(out,
                 "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
                 o->resource, buf_data(&host), buf_data(&key), o->protocol);
    buf_finish(&host);
    buf_finish(&key);
    return r;
}

struct ws_upgrade *ws_upgrade_new(const struct websocket_options *options, struct buf *out, struct err *err) {
    struct ws_upgrade *u = mem_new(struct ws_upgrade);
    u->protocol = mem_strdup(options->protocol);
    load(u, err);
    if (u->library == NULL || write_request(u, options, out, err) != 0) {
        ws_upgrade_free(u);
        return NULL;
    }
    u->http.init(&u->parser, HTTP_RESPONSE);
    u->parser.data = u;
    return u;
}

void ws_upgrade_free(struct ws_upgrade *u) {
    if (u == NULL)
        return;
    struct buf *all[] = {&u->accept, &u->name, &u->value, &u->status, &u->location};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        buf_finish(all[i]);
    mem_free(u->protocol);
    library_close(u->library);
    mem_free(u);
}

/* ---- its headers ---- */

static bool is_websocket(const struct ws_upgrade *u, struct str value) {
    (void)u;
    return value.len == 9 && strncasecmp(value.s, "websocket", 9) == 0;
}

/* Is "upgrade" among the words of the list? */
static bool has_upgrade(const struct ws_upgrade *u, struct str value) {
    (void)u;
    const char *end = value.s + value.len;
    for (const char *p = value.s, *word; p < end;) {
        while (p < end && strchr(" \t,", *p) != NULL)
            p++;
        for (word = p; p < end && strchr(" \t,", *p) == NULL;)
            p++;
        if (p - word == 7 && strncasecmp(word, "upgrade", 7) == 0)
            return true;
    }
    return false;
}

static bool is_accepted(const struct ws_upgrade *u, struct str value) {
    return str_eq(value, (struct str){buf_data(&u->accept), buf_len(&u->accept)});
}

static bool is_protocol(const struct ws_upgrade *u, struct str value) {
    return str_is(value, u->protocol);
}

static bool is_none(const struct ws_upgrade *u, struct str value) {
    (void)u, (void)value;
    return false;
}

static const struct header {
    const char *name;
    enum found bit;
    bool (*is_good)(const struct ws_upgrade *u, struct str value);
    bool may_repeat; /* it is a list */
} headers[] = {
    {"Upgrade", UPGRADE, is_websocket, false},
    {"Connection", CONNECTION, has_upgrade, true},
    {"Sec-WebSocket-Accept", ACCEPT, is_accepted, false},
    {"Sec-WebSocket-Protocol", PROTOCOL, is_protocol, false},
    {"Sec-WebSocket-Extensions", EXTENSIONS, is_none, false},
};

static struct str trimmed(const struct buf *b) {
    struct str v = {buf_data(b), buf_len(b)};
    while (v.len > 0 && (v.s[v.len - 1] == ' ' || v.s[v.len - 1] == '\t'))
        v.len--;
    return v;
}

static void take_header(struct ws_upgrade *u) {
    struct str value = trimmed(&u->value);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        const struct header *h = &headers[i];
        if (strcasecmp(buf_data(&u->name), h->name) != 0)
            continue;
        bool again = (u->found & h->bit) != 0 && !h->may_repeat;
        if (h->is_good(u, value) && !again)
            u->found |= h->bit;
        else if (u->wrong == NULL && !(h->may_repeat && !again))
            u->wrong = h->name;
    }
    if (strcasecmp(buf_data(&u->name), "Location") == 0 && buf_len(&u->location) == 0)
        buf_add(&u->location, value.s, value.len < SHOWN_MOST ? value.len : SHOWN_MOST);
    buf_clear(&u->name);
    buf_clear(&u->value);
    u->in_value = false;
}

/* ---- the parser's callbacks ---- */

static int on_status(http_parser *p, const char *at, size_t len) {
    struct ws_upgrade *u = p->data;
    size_t room = SHOWN_MOST - buf_len(&u->status);
    buf_add(&u->status, at, len < room ? len : room);
    return 0;
}

static int on_field(http_parser *p, const char *at, size_t len) {
    struct ws_upgrade *u = p->data;
    if (u->in_value)
        take_header(u);
    size_t room = NAME_MOST - buf_len(&u->name);
    buf_add(&u->name, at, len < room ? len : room);
    return 0;
}

static int on_value(http_parser *p, const char *at, size_t len) {
    struct ws_upgrade *u = p->data;
    u->in_value = true;
    buf_add(&u->value, at, len);
    return 0;
}

/* 2: what follows is not HTTP; the parser stops behind the header, whatever the status. */
static int on_complete(http_parser *p) {
    struct ws_upgrade *u = p->data;
    if (u->in_value || buf_len(&u->name) > 0)
        take_header(u);
    u->is_complete = true;
    return 2;
}

/* ---- the answer as a whole ---- */

/* For a log line: nothing but printable ASCII. */
static const char *shown(struct buf *text) {
    for (size_t i = text->start; i < text->len; i++)
        if (text->data[i] < 0x20 || text->data[i] > 0x7e)
            text->data[i] = '?';
    return buf_data(text);
}

static int refused(struct ws_upgrade *u, struct err *why) {
    unsigned status = u->parser.status_code;
    if (status >= 300 && status < 400 && buf_len(&u->location) > 0)
        return err_set(why, "sends us elsewhere (HTTP %u), which is not followed; `server:` may name %s",
                       status, shown(&u->location));
    return err_set(why, "answers HTTP %u %s in place of a WebSocket; are path and port of the URL right?",
                   status, shown(&u->status));
}

static int judge(struct ws_upgrade *u, struct err *why) {
    if (u->parser.status_code != 101)
        return refused(u, why);
    if (u->parser.http_major != 1 || u->parser.http_minor < 1)
        return err_set(why, "opens a WebSocket with HTTP/%u.%u, which cannot do that", u->parser.http_major,
                       u->parser.http_minor);
    if (u->wrong != NULL)
        return err_set(why, "opens a WebSocket that was not asked for: its %s is not the one that is due",
                       u->wrong);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (headers[i].bit != EXTENSIONS && (u->found & headers[i].bit) == 0)
            return err_set(why, "opens a WebSocket, but not for %s: its answer has no %s that says so",
                           u->protocol, headers[i].name);
    return 0;
}

enum ws_upgrade_result ws_upgrade_feed(struct ws_upgrade *u, const char *bytes, size_t len, size_t *used,
                                       struct err *why) {
    static const http_parser_settings settings = {.on_status = on_status,
                                                  .on_header_field = on_field,
                                                  .on_header_value = on_value,
                                                  .on_headers_complete = on_complete};
    size_t room = ANSWER_MOST - u->fed;
    size_t most = len < room ? len : room;
    *used = u->http.execute(&u->parser, &settings, bytes, most);
    u->fed += *used;
    if (HTTP_PARSER_ERRNO(&u->parser) != HPE_OK) {
        err_set(why, "does not answer with HTTP (%s); is this the port for WebSocket?",
                u->http.description(HTTP_PARSER_ERRNO(&u->parser)));
        return WS_UPGRADE_FAILED;
    }
    if (u->is_complete)
        return judge(u, why) == 0 ? WS_UPGRADE_DONE : WS_UPGRADE_FAILED;
    if (u->fed < ANSWER_MOST)
        return WS_UPGRADE_MORE;
    err_set(why, "answers the request for a WebSocket with more than %d bytes", ANSWER_MOST);
    return WS_UPGRADE_FAILED;
}
