/* SPDX-License-Identifier: MIT */
/*
 * A hop is: look the host up, both families; hand the addresses to libcurl (CURLOPT_RESOLVE), so that it asks
 * no resolver of its own; GET. A redirect is the next hop. One deadline covers all of them. The end always
 * comes from the end of a loop turn.
 */
#include "net/https.h"

#include "base/buf.h"
#include "base/mem.h"
#include "net/dns.h"
#include "net/https_curl.h"

#include <stdio.h>
#include <string.h>

enum { MOST_LEN = 65536, TIMEOUT_MS = 15000, HOPS_MOST = 4, ADDRESSES_MOST = 16 };

struct https {
    struct loop *loop;
    struct dns *dns;
    struct https_curl curl;
    char *url, *host,
        *ca_file; /* owned; host (an A-label, or an address) and port: of the URL, for this hop */
    uint16_t port;
    char *accept;
    int min_version;
    size_t most_len;
    int hops;
    struct dns_query *six, *four;
    struct buf addresses; /* "[::1],127.0.0.1" */
    const char *dns_why;  /* static */
    struct curl_slist *resolve, *headers;
    struct buf body;
    bool is_too_long;
    char curl_why[CURL_ERROR_SIZE];
    struct err why; /* of the end */
    struct loop_defer fail;
    struct loop_timer deadline;
    https_fn *done;
    void *ctx;
};

static void drop_lists(struct https *h) {
    if (h->resolve != NULL)
        h->curl.lib.slist_free_all(h->resolve);
    if (h->headers != NULL)
        h->curl.lib.slist_free_all(h->headers);
    h->resolve = h->headers = NULL;
}

static void drop_hop(struct https *h) {
    dns_cancel(h->six);
    dns_cancel(h->four);
    h->six = h->four = NULL;
    https_curl_stop(&h->curl);
    drop_lists(h);
    buf_clear(&h->addresses);
    buf_clear(&h->body);
    mem_free(h->host);
    h->host = NULL;
}

void https_cancel(struct https *h) {
    if (h == NULL)
        return;
    drop_hop(h);
    https_curl_finish(&h->curl);
    loop_timer_stop(h->loop, &h->deadline);
    loop_defer_cancel(h->loop, &h->fail);
    buf_finish(&h->addresses);
    buf_finish(&h->body);
    mem_free(h->url);
    mem_free(h->ca_file);
    mem_free(h->accept);
    mem_free(h);
}

/* ---- the end ---- */

static void end(struct https *h, const char *why) {
    https_fn *done = h->done;
    void *ctx = h->ctx;
    struct buf body = h->body;
    struct err text = ERR_INIT;
    buf_init(&h->body);
    if (why != NULL)
        err_set(&text, "cannot get %.200s: %.250s", h->url, why);
    https_cancel(h);
    done(ctx, why ? NULL : buf_data(&body), why ? 0 : buf_len(&body), why ? text.text : NULL);
    buf_finish(&body);
}

static void on_fail(struct loop_defer *d) {
    struct https *h = (struct https *)((char *)d - offsetof(struct https, fail));
    end(h, h->why.text);
}

static void on_deadline(struct loop_timer *t) {
    end((struct https *)((char *)t - offsetof(struct https, deadline)), "it takes too long");
}

static void fail(struct https *h, const char *why) {
    if (why != h->why.text)
        err_set(&h->why, "%s", why);
    loop_defer(h->loop, &h->fail);
}

/* ---- a hop ---- */

static void start_hop(struct https *h);

static void redirect(struct https *h, const char *to) {
    char *url = mem_strdup(to);
    if (++h->hops == HOPS_MOST) {
        mem_free(url);
        fail(h, "it redirects too often");
        return;
    }
    drop_hop(h);
    mem_free(h->url);
    h->url = url;
    start_hop(h);
}

static const char *curl_trouble(const struct https *h) {
    if (h->is_too_long)
        return "the document is too large";
    return h->curl_why[0] != '\0' ? h->curl_why : h->curl.lib.easy_strerror(h->curl.result);
}

static void on_finish(struct loop_defer *d) {
    struct https *h = (struct https *)((char *)d - offsetof(struct https, curl.finish));
    struct curl_library *lib = &h->curl.lib;
    long status = 0;
    char *to = NULL, why[64];
    if (h->curl.result != CURLE_OK) {
        fail(h, curl_trouble(h));
        return;
    }
    lib->easy_getinfo(h->curl.easy, CURLINFO_RESPONSE_CODE, &status);
    lib->easy_getinfo(h->curl.easy, CURLINFO_REDIRECT_URL, &to);
    snprintf(why, sizeof(why), "HTTP status %ld", status);
    if (to != NULL)
        redirect(h, to);
    else
        end(h, status == 200 ? NULL : why);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *ctx) {
    struct https *h = ctx;
    size_t len = size * count;
    h->is_too_long = len > h->most_len - buf_len(&h->body);
    if (h->is_too_long)
        return 0;
    buf_add(&h->body, bytes, len);
    return len;
}

static void set_up_trust(struct https *h, CURL *easy) {
    struct curl_library *lib = &h->curl.lib;
    lib->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    lib->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    lib->easy_setopt(easy, CURLOPT_SSLVERSION,
                     (long)(h->min_version == 0x0304 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2));
    if (h->ca_file == NULL)
        return;
    lib->easy_setopt(easy, CURLOPT_CAINFO, h->ca_file);
    lib->easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

static void set_up_request(struct https *h, CURL *easy) {
    struct curl_library *lib = &h->curl.lib;
    lib->easy_setopt(easy, CURLOPT_URL, h->url);
    lib->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    lib->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    lib->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    lib->easy_setopt(easy, CURLOPT_PROXY, "");
    lib->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    lib->easy_setopt(easy, CURLOPT_USERAGENT, "couplet");
    lib->easy_setopt(easy, CURLOPT_RESOLVE, h->resolve);
    lib->easy_setopt(easy, CURLOPT_HTTPHEADER, h->headers);
    lib->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    lib->easy_setopt(easy, CURLOPT_WRITEDATA, h);
    lib->easy_setopt(easy, CURLOPT_ERRORBUFFER, h->curl_why);
}

static void get(struct https *h) {
    struct buf text = BUF_INIT;
    buf_addf(&text, "%s:%u:%s", h->host, h->port, buf_data(&h->addresses));
    h->resolve = h->curl.lib.slist_append(NULL, buf_data(&text));
    buf_clear(&text);
    buf_addf(&text, "Accept: %s", h->accept != NULL ? h->accept : "*/*");
    h->headers = h->curl.lib.slist_append(NULL, buf_data(&text));
    buf_finish(&text);
    h->curl_why[0] = '\0';
    h->is_too_long = false;
    h->curl.easy = h->curl.lib.easy_init();
    if (h->curl.easy == NULL) {
        fail(h, "libcurl cannot be set up");
        return;
    }
    set_up_trust(h, h->curl.easy);
    set_up_request(h, h->curl.easy);
    https_curl_start(&h->curl);
}

/* ---- where it is ---- */

static void add_address(struct https *h, const union address *a) {
    char text[ADDRESS_TEXT_LEN];
    address_text(a, text);
    *strrchr(text, ':') = '\0';
    buf_addf(&h->addresses, "%s%s", buf_len(&h->addresses) > 0 ? "," : "", text);
}

static void have_addresses(struct https *h, const union address *list, size_t count, const char *why) {
    for (size_t i = 0; i < count && i < ADDRESSES_MOST; i++)
        add_address(h, &list[i]);
    if (why != NULL)
        h->dns_why = why;
    if (h->six != NULL || h->four != NULL)
        return;
    if (buf_len(&h->addresses) == 0)
        fail(h, h->dns_why);
    else
        get(h);
}

static void on_six(void *ctx, const union address *list, size_t count, const char *why) {
    struct https *h = ctx;
    h->six = NULL;
    have_addresses(h, list, count, why);
}

static void on_four(void *ctx, const union address *list, size_t count, const char *why) {
    struct https *h = ctx;
    h->four = NULL;
    have_addresses(h, list, count, why);
}

static void start_hop(struct https *h) {
    if (https_curl_split(&h->curl, &h->url, &h->host, &h->port, &h->why) < 0) {
        fail(h, h->why.text);
        return;
    }
    h->dns_why = NULL;
    h->six = dns_addresses(h->dns, h->host, AF_INET6, h->port, on_six, h);
    h->four = dns_addresses(h->dns, h->host, AF_INET, h->port, on_four, h);
}

struct https *https_get(struct loop *l, struct dns *dns, const char *url, const struct https_options *options,
                        https_fn *done, void *ctx) {
    static const struct https_options defaults;
    const struct https_options *o = options != NULL ? options : &defaults;
    struct https *h = mem_new(struct https);
    h->loop = l;
    h->dns = dns;
    h->url = mem_strdup(url);
    h->ca_file = mem_strdup(o->ca_file);
    h->accept = mem_strdup(o->accept);
    h->min_version = o->min_version;
    h->most_len = o->most_len != 0 ? o->most_len : MOST_LEN;
    h->curl.loop = l;
    h->curl.finish.run = on_finish;
    h->fail.run = on_fail;
    h->deadline.fire = on_deadline;
    h->done = done;
    h->ctx = ctx;
    loop_timer_in(l, &h->deadline, o->timeout_ms != 0 ? o->timeout_ms : TIMEOUT_MS);
    if (https_curl_init(&h->curl, l, &h->why) < 0)
        fail(h, h->why.text);
    else
        start_hop(h);
    return h;
}
