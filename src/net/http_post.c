/* SPDX-License-Identifier: MIT */
/*
 * A conn is made for each connection and goes with it. What arrives is parsed as it comes; what follows from
 * it is done once the parser has returned, so that no callback runs inside of it.
 */
#include "net/http_post.h"

#include "base/library.h"
#include "base/mem.h"
#include "net/http_host.h"

#include <http_parser.h>
#include <stdio.h>

enum { HEADER_MOST = 16384 };

struct http {
    __typeof__(http_parser_init) *init;
    __typeof__(http_parser_execute) *execute;
    __typeof__(http_errno_description) *description;
    __typeof__(http_should_keep_alive) *should_keep_alive;
};

struct http_post {
    struct loop *loop;
    struct dns *dns;
    struct conn_target target; /* host is owned */
    struct tls_context *tls;
    char *head; /* owned; of a request, up to the value of Content-Length */
    size_t most_len;
    bool is_secure;
    const struct http_post_callbacks *callbacks;
    void *ctx;

    void *library;
    struct http http;
    http_parser parser;
    struct conn *conn;  /* NULL: none */
    bool is_up;         /* requests may be written to it */
    bool is_opening;    /* ready is owed */
    bool is_asked;      /* an answer is owed */
    bool is_good;       /* who answers is */
    struct buf request; /* until it is up */
    struct buf came;    /* of the answer's body */
    size_t header_len;  /* bytes of its header so far, at least */
    bool has_header, is_complete, keeps;
    const char *refused; /* static; why the answer is none */
};

/* ---- the parser ---- */

static int load(struct http_post *p, struct err *err) {
    static const struct library_symbol symbols[] = {
        LIBRARY_SYMBOL(struct http, init, http_parser_init),
        LIBRARY_SYMBOL(struct http, execute, http_parser_execute),
        LIBRARY_SYMBOL(struct http, description, http_errno_description),
        LIBRARY_SYMBOL(struct http, should_keep_alive, http_should_keep_alive),
        {NULL, 0},
    };
    static const struct library library = {"libhttp_parser.so.2.9", "libhttp-parser2.9", symbols};
    p->library = library_open(&library, &p->http, err);
    return p->library != NULL ? 0 : -1;
}

/* One answer to one request. */
static int on_begin(http_parser *parser) {
    struct http_post *p = parser->data;
    if (p->is_complete)
        p->refused = "more than one answer";
    return p->refused != NULL ? -1 : 0;
}

static int on_headers_complete(http_parser *parser) {
    struct http_post *p = parser->data;
    p->has_header = true;
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t len) {
    struct http_post *p = parser->data;
    if (len > p->most_len - buf_len(&p->came)) {
        p->refused = "its answer is too large";
        return -1;
    }
    buf_add(&p->came, at, len);
    return 0;
}

/* 1xx are no answers (RFC 9110 15.2). The parser stops behind what is one: nothing may follow it. */
static int on_message_complete(http_parser *parser) {
    struct http_post *p = parser->data;
    bool is_interim = parser->status_code < 200;
    p->is_complete = !is_interim;
    p->has_header = !is_interim;
    p->keeps = !is_interim && p->http.should_keep_alive(parser) != 0;
    if (is_interim)
        buf_clear(&p->came);
    return 0;
}

static void expect_answer(struct http_post *p) {
    p->http.init(&p->parser, HTTP_RESPONSE);
    p->parser.data = p;
    buf_clear(&p->came);
    p->header_len = 0;
    p->has_header = p->is_complete = p->keeps = false;
    p->refused = NULL;
}

/* ---- the connection ---- */

static void drop(struct http_post *p) {
    conn_free(p->conn);
    p->conn = NULL;
    p->is_up = false;
}

static void fail(struct http_post *p, enum conn_kind kind, const char *why) {
    bool is_owed = p->is_asked || p->is_opening;
    char said[512];
    snprintf(said, sizeof(said), "%s", why); /* it may be the conn's */
    p->is_asked = p->is_opening = false;
    drop(p);
    buf_clear(&p->request);
    if (is_owed)
        p->callbacks->failed(p->ctx, kind, said);
}

static void write_out(struct http_post *p) {
    if (!p->is_up || buf_len(&p->request) == 0)
        return;
    buf_add(conn_out(p->conn), buf_data(&p->request), buf_len(&p->request));
    buf_release(&p->request, 0);
    conn_flush(p->conn);
}

static void come_up(struct http_post *p, const struct conn_tls_info *tls) {
    bool is_opening = p->is_opening;
    bool has_waited = buf_len(&p->request) > 0;
    p->is_up = true;
    p->is_opening = false;
    write_out(p);
    if (is_opening)
        p->callbacks->ready(p->ctx, tls);
    else if (has_waited && p->callbacks->sent != NULL)
        p->callbacks->sent(p->ctx);
}

static void on_connected(void *ctx) {
    struct http_post *p = ctx;
    if (!p->is_secure)
        come_up(p, NULL);
}

static void on_secured(void *ctx, const struct conn_tls_info *tls) {
    come_up(ctx, tls);
}

/* ---- an answer ---- */

static void finish(struct http_post *p) {
    struct buf came = p->came;
    unsigned status = p->parser.status_code;
    buf_init(&p->came);
    p->is_asked = false;
    if (p->is_good)
        conn_is_good(p->conn);
    if (!p->keeps)
        drop(p);
    p->callbacks->answered(p->ctx, status, buf_data(&came), buf_len(&came)); /* may free p */
    buf_finish(&came);
}

static const char *parse(struct http_post *p, const char *bytes, size_t len) {
    static const http_parser_settings settings = {.on_message_begin = on_begin,
                                                  .on_headers_complete = on_headers_complete,
                                                  .on_body = on_body,
                                                  .on_message_complete = on_message_complete};
    size_t used = p->http.execute(&p->parser, &settings, bytes, len);
    if (p->refused != NULL)
        return p->refused;
    if (HTTP_PARSER_ERRNO(&p->parser) != HPE_OK || used != len)
        return p->http.description(HTTP_PARSER_ERRNO(&p->parser));
    p->header_len += p->has_header ? 0 : len;
    return p->header_len > HEADER_MOST ? "the header of its answer is too large" : NULL;
}

static void on_received(void *ctx, const char *bytes, size_t len) {
    struct http_post *p = ctx;
    char text[320];
    const char *wrong = !p->is_asked && len > 0 ? "it says what nobody asked for" : parse(p, bytes, len);
    if (wrong == NULL && p->is_complete) {
        finish(p);
    } else if (wrong != NULL) {
        snprintf(text, sizeof(text), "the server %.100s:%u does not answer with HTTP as it should (%.120s)",
                 p->target.host, (unsigned)p->target.port, wrong);
        fail(p, CONN_FAILED, text);
    }
}

/* An answer without a length ends with the connection (RFC 9112 6.3). */
static void on_closed(void *ctx, enum conn_kind kind, const char *text) {
    struct http_post *p = ctx;
    p->is_up = false;
    if (kind == CONN_CLOSED_BY_PEER && p->is_asked && p->has_header && !p->is_complete &&
        parse(p, NULL, 0) == NULL && p->is_complete) {
        p->keeps = false;
        finish(p);
    } else {
        fail(p, kind, text);
    }
}

static const struct conn_callbacks events = {
    .connected = on_connected, .secured = on_secured, .received = on_received, .closed = on_closed};

static void connect_now(struct http_post *p) {
    p->conn = conn_new(p->loop, p->dns, &events, p);
    conn_open(p->conn, &p->target, p->tls);
}

/* ---- the owner's verbs ---- */

static int write_head(struct http_post *p, const struct http_post_options *o, struct err *err) {
    struct buf head = BUF_INIT;
    buf_addf(&head, "POST %s HTTP/1.1\r\nHost: ", o->resource);
    int r = http_host_write(&head, o->host, o->port, o->is_secure, err);
    buf_addf(&head, "\r\nContent-Type: %s\r\nContent-Length: ", o->type);
    p->head = buf_detach(&head);
    return r;
}

struct http_post *http_post_new(struct loop *l, struct dns *dns, const struct http_post_options *o,
                                const struct http_post_callbacks *callbacks, void *ctx, struct err *err) {
    struct http_post *p = mem_new(struct http_post);
    p->loop = l;
    p->dns = dns;
    p->target = o->target;
    p->target.domain = p->target.host = mem_strdup(o->host);
    p->target.port = o->port;
    p->target.mode = o->is_secure ? CONN_DIRECT : CONN_STARTTLS;
    p->target.alpn = "http/1.1";
    p->target.loopback_only = !o->is_secure;
    p->tls = o->tls;
    p->most_len = o->most_len;
    p->is_secure = o->is_secure;
    p->callbacks = callbacks;
    p->ctx = ctx;
    if (load(p, err) == 0 && write_head(p, o, err) == 0)
        return p;
    http_post_free(p);
    return NULL;
}

void http_post_free(struct http_post *p) {
    if (p == NULL)
        return;
    drop(p);
    library_close(p->library);
    mem_free((char *)p->target.host);
    mem_free(p->head);
    buf_finish(&p->request);
    buf_finish(&p->came);
    mem_free(p);
}

void http_post_open(struct http_post *p) {
    p->is_opening = true;
    connect_now(p);
}

void http_post_send(struct http_post *p, const char *body, size_t len) {
    if (p->is_asked)
        drop(p);
    expect_answer(p);
    p->is_asked = true;
    buf_clear(&p->request);
    buf_addf(&p->request, "%s%zu\r\n\r\n", p->head, len);
    buf_add(&p->request, body, len);
    if (p->conn == NULL)
        connect_now(p);
    else
        write_out(p);
}

bool http_post_is_sent(const struct http_post *p) {
    return p->is_asked && p->is_up && buf_len(&p->request) == 0;
}

void http_post_is_good(struct http_post *p) {
    p->is_good = true;
    if (p->is_up)
        conn_is_good(p->conn);
}

const char *http_post_peer(const struct http_post *p) {
    return p->conn != NULL ? conn_peer(p->conn) : "";
}
