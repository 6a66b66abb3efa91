/* SPDX-License-Identifier: MIT */
#include "net/tunnel.h"

#include "base/mem.h"
#include "net/name.h"
#include "net/proxy_talk.h"
#include "net/tcp.h"

enum { READ_LEN = 2048 };

struct tunnel {
    struct eyeballs *eyeballs; /* until the proxy is reached */
    uv_tcp_t *tcp;             /* from then on */
    union address at;          /* the proxy's */
    char *name;                /* owned; A-labels */
    struct proxy_talk talk;
    eyeballs_fn *done;
    void *ctx;
    struct loop_defer failure; /* of what cannot be told within tunnel_new */
    struct loop *loop;
    struct err why;
    char bytes[READ_LEN];
};

void tunnel_free(struct tunnel *t) {
    if (t == NULL)
        return;
    loop_defer_cancel(t->loop, &t->failure);
    eyeballs_free(t->eyeballs);
    if (t->tcp != NULL)
        tcp_close(t->tcp);
    proxy_talk_finish(&t->talk);
    mem_free(t->name);
    mem_free(t);
}

/* The last act of a callback. */
static void finish(struct tunnel *t, uv_tcp_t *tcp, const char *why) {
    eyeballs_fn *done = t->done;
    void *ctx = t->ctx;
    union address at = t->at;
    struct err err = ERR_INIT;
    if (tcp == NULL)
        err_set(&err, "the proxy %.200s: %.250s", t->talk.proxy->host, why);
    t->tcp = tcp != NULL ? NULL : t->tcp;
    tunnel_free(t);
    done(ctx, tcp, &at, tcp != NULL ? NULL : err.text);
}

static void on_failure(struct loop_defer *d) {
    struct tunnel *t = (struct tunnel *)((char *)d - offsetof(struct tunnel, failure));
    finish(t, NULL, t->why.text);
}

/* ---- talking ---- */

static void on_written(uv_tcp_t *tcp, int status) {
    struct tunnel *t = tcp->data;
    if (t != NULL && status < 0)
        finish(t, NULL, uv_strerror(status));
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *out) {
    struct tunnel *t = handle->data;
    (void)wanted;
    *out = t != NULL ? uv_buf_init(t->bytes, READ_LEN) : uv_buf_init(NULL, 0);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes) {
    struct tunnel *t = stream->data;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    if (t == NULL || len == 0)
        return;
    if (len < 0) {
        finish(t, NULL, len == UV_EOF ? "it closed the connection" : uv_strerror((int)len));
        return;
    }
    enum proxy_said said = proxy_talk_feed(&t->talk, bytes->base, (size_t)len, &out, &err);
    int rc = said == PROXY_MORE ? tcp_write(t->tcp, &out, on_written) : 0;
    buf_finish(&out);
    if (said == PROXY_FAILED || rc < 0) {
        finish(t, NULL, rc < 0 ? uv_strerror(rc) : err.text);
    } else if (said == PROXY_DONE) {
        uv_read_stop(stream);
        stream->data = NULL;
        finish(t, t->tcp, NULL);
    }
}

static void on_proxy(void *ctx, uv_tcp_t *tcp, const union address *to, const char *why) {
    struct tunnel *t = ctx;
    struct buf out = BUF_INIT;
    t->eyeballs = NULL;
    t->at = *to;
    if (tcp == NULL) {
        finish(t, NULL, why);
        return;
    }
    t->tcp = tcp;
    tcp->data = t;
    proxy_talk_begin(&t->talk, &out);
    int rc = tcp_write(tcp, &out, on_written);
    buf_finish(&out);
    if (rc == 0)
        rc = uv_read_start((uv_stream_t *)tcp, give_room, on_read);
    if (rc != 0)
        finish(t, NULL, uv_strerror(rc));
}

struct tunnel *tunnel_new(struct loop *l, struct dns *dns, const struct proxy *proxy, const char *host,
                          uint16_t port, eyeballs_fn *done, void *ctx) {
    struct tunnel *t = mem_new(struct tunnel);
    union address literal;
    t->loop = l;
    t->talk = (struct proxy_talk){.proxy = proxy, .host = host, .port = port};
    t->done = done;
    t->ctx = ctx;
    t->failure.run = on_failure;
    t->name = address_parse(proxy->host, 0, &literal) ? mem_strdup(proxy->host)
                                                      : name_to_ascii(proxy->host, &t->why);
    if (t->name == NULL) {
        loop_defer(l, &t->failure);
        return t;
    }
    struct eyeballs_options options = {.host = t->name, .port = proxy->port};
    t->eyeballs = eyeballs_new(l, dns, &options, on_proxy, t);
    return t;
}
