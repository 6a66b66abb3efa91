/* SPDX-License-Identifier: MIT */
#include "runtime/pages.h"

#include "runtime/exposition.h"
#include "runtime/internal.h"
#include "runtime/watch.h"

static void answer(struct http_request *q, int status, const char *type, struct buf *text) {
    http_answer(
        q, &(struct http_answer){.status = status, .type = type, .body = {buf_data(text), buf_len(text)}});
    buf_finish(text);
}

static void on_metrics(void *ctx, struct http_request *q) {
    struct buf text = BUF_INIT;
    watch_metrics(ctx, &text);
    answer(q, 200, EXPOSITION_TYPE, &text);
}

static void on_health(void *ctx, struct http_request *q) {
    struct buf text = BUF_INIT;
    bool good = watch_health(ctx, &text);
    answer(q, good ? 200 : 503, "application/json", &text);
}

void pages_add(struct runtime *r) {
    if (r->web.server != NULL)
        http_server_watch(r->web.server, web_counts_add, &r->web_counts);
    web_route(&r->web, "/metrics", on_metrics, r);
    web_route(&r->web, "/healthz", on_health, r);
}
