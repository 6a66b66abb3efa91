/* SPDX-License-Identifier: MIT */
/*
 * A hop is: look the host up, both families; hand the addresses to libcurl (CURLOPT_RESOLVE), so that it asks
 * no resolver of its own; the transfer (https_request.c). A redirect is the next hop. One deadline covers all
 * of them. The end always comes from the end of a loop turn.
 */
#include "net/https_internal.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_LEN = 65536, TIMEOUT_MS = 15000, ADDRESSES_MOST = 16 };

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
    buf_clear(&h->head);
    buf_clear(&h->came);
    mem_free(h->host);
    h->host = NULL;
}

static void drop_wanted(struct https *h) {
    for (char **s = h->wanted; s != NULL && *s != NULL; s++)
        mem_free(*s);
    mem_free(h->wanted);
    h->wanted = NULL;
}

void https_cancel(struct https *h) {
    if (h == NULL)
        return;
    drop_hop(h);
    https_curl_finish(&h->curl);
    loop_timer_stop(h->loop, &h->deadline);
    loop_defer_cancel(h->loop, &h->fail);
    buf_finish(&h->addresses);
    buf_finish(&h->head);
    buf_finish(&h->came);
    drop_wanted(h);
    if (h->fd >= 0)
        close(h->fd);
    mem_free((char *)h->options.ca_file);
    mem_free((char *)h->options.crl_file);
    mem_free(h->method);
    mem_free(h->url);
    mem_free(h->body);
    mem_free(h);
}

/* ---- the end ---- */

/* Without what may be a secret: the query of the URL, and the name and password before its host. */
static void say_why(const struct https *h, struct err *text, const char *why) {
    const char *verb = strcmp(h->method, "GET") == 0   ? "get"
                       : strcmp(h->method, "PUT") == 0 ? "put to"
                                                       : "ask";
    const char *slashes = strstr(h->url, "://"), *host = slashes != NULL ? slashes + 3 : h->url;
    int scheme_len = (int)(host - h->url), len = (int)strcspn(host, "?#");
    const char *at = memrchr(host, '@', strcspn(host, "/?#"));
    if (at != NULL) {
        len -= (int)(at + 1 - host);
        host = at + 1;
    }
    err_set(text, "cannot %s %.*s%.*s: %.250s", verb, scheme_len < 20 ? scheme_len : 20, h->url,
            len < 200 ? len : 200, host, why);
}

/* why: NULL where it is well. */
static void end(struct https *h, int status, const char *why) {
    https_fn *done = h->done;
    void *ctx = h->ctx;
    struct buf came = h->came, head = h->head;
    char *url = h->url;
    struct err text = ERR_INIT;
    buf_init(&h->came);
    buf_init(&h->head);
    if (why != NULL)
        say_why(h, &text, why);
    h->url = NULL;
    https_cancel(h);
    struct https_answer answer = {.status = status,
                                  .bytes = status != 0 ? buf_data(&came) : "",
                                  .len = status != 0 ? buf_len(&came) : 0,
                                  .head = buf_data(&head),
                                  .url = url,
                                  .why = why != NULL ? text.text : NULL};
    done(ctx, &answer);
    buf_finish(&came);
    buf_finish(&head);
    mem_free(url);
}

static void on_fail(struct loop_defer *d) {
    struct https *h = (struct https *)((char *)d - offsetof(struct https, fail));
    end(h, 0, h->why.text);
}

static void on_deadline(struct loop_timer *t) {
    end((struct https *)((char *)t - offsetof(struct https, deadline)), 0, "it takes too long");
}

static void fail(struct https *h, const char *why) {
    if (why != h->why.text)
        err_set(&h->why, "%s", why);
    loop_defer(h->loop, &h->fail);
}

/* ---- hops ---- */

static void start_hop(struct https *h);

static bool may_redirect(const struct https *h) {
    return h->options.redirects > 0 && (strcmp(h->method, "GET") == 0 || strcmp(h->method, "HEAD") == 0);
}

static void redirect(struct https *h, const char *to) {
    if (++h->hops > h->options.redirects) {
        fail(h, "it redirects too often");
        return;
    }
    char *url = mem_strdup(to), *host = h->host;
    uint16_t port = h->port;
    bool is_clear = h->is_clear;
    h->host = NULL;
    drop_hop(h);
    mem_free(h->url);
    h->url = url;
    if (https_curl_split(&h->curl, &h->url, &h->host, &h->port, &h->is_clear, &h->why) < 0) {
        fail(h, h->why.text);
    } else if (h->is_clear && !is_clear && h->options.clear == HTTPS_CLEAR) {
        fail(h, "it redirects from https:// to http://");
    } else {
        if (strcmp(host, h->host) != 0 || port != h->port || is_clear != h->is_clear)
            drop_wanted(h); /* what was meant for one host is not told to another */
        start_hop(h);
    }
    mem_free(host);
}

static const char *curl_trouble(const struct https *h) {
    if (h->stopped != NULL)
        return h->stopped;
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
    if (to != NULL && may_redirect(h)) {
        redirect(h, to);
        return;
    }
    snprintf(why, sizeof(why), "HTTP status %ld%s", status, to != NULL ? ", a redirect" : "");
    end(h, (int)status, status >= 200 && status < 300 ? NULL : why);
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
    else if (https_transfer(h, &why) < 0)
        fail(h, why);
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

/* The URL was split. */
static void start_hop(struct https *h) {
    if (h->is_clear && h->options.clear == HTTPS_NEVER_CLEAR) {
        fail(h, "only https:// is allowed");
        return;
    }
    h->dns_why = NULL;
    h->six = dns_addresses(h->dns, h->host, AF_INET6, h->port, on_six, h);
    h->four = dns_addresses(h->dns, h->host, AF_INET, h->port, on_four, h);
}

/* ---- the beginning ---- */

/* No header may end early and begin another one. */
static bool is_sound(const char *header) {
    const char *colon = strchr(header, ':');
    for (const char *s = header; *s != '\0'; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7F || (s < colon && *s == ' '))
            return false;
    return colon != NULL && colon > header;
}

static int take_headers(struct https *h, const char *const *headers) {
    size_t count = 0;
    while (headers != NULL && headers[count] != NULL)
        count++;
    h->wanted = mem_alloc0((count + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        if (!is_sound(headers[i]))
            return err_set(&h->why, "a header of the request is none");
        h->wanted[i] = mem_strdup(headers[i]);
    }
    return 0;
}

static void take_body(struct https *h, const struct https_request *r) {
    h->has_body = r->has_file || r->body != NULL;
    h->fd = r->has_file ? r->fd : -1;
    h->body_len = r->body_len;
    if (!r->has_file && r->body != NULL) {
        h->body = mem_alloc(r->body_len + 1);
        memcpy(h->body, r->body, r->body_len);
    }
}

static void take_options(struct https *h, const struct https_options *options) {
    if (options != NULL)
        h->options = *options;
    h->options.ca_file = mem_strdup(h->options.ca_file);
    h->options.crl_file = mem_strdup(h->options.crl_file);
    if (h->options.most_len == 0)
        h->options.most_len = MOST_LEN;
    if (h->options.timeout_ms == 0)
        h->options.timeout_ms = TIMEOUT_MS;
}

struct https *https_ask(struct loop *l, struct dns *dns, const struct https_request *request,
                        const struct https_options *options, https_fn *done, void *ctx) {
    struct https *h = mem_new(struct https);
    h->loop = l;
    h->dns = dns;
    h->method = mem_strdup(request->method != NULL ? request->method : "GET");
    h->url = mem_strdup(request->url);
    take_options(h, options);
    take_body(h, request);
    h->curl.loop = l;
    h->curl.finish.run = on_finish;
    h->fail.run = on_fail;
    h->deadline.fire = on_deadline;
    h->done = done;
    h->ctx = ctx;
    loop_timer_in(l, &h->deadline, h->options.timeout_ms);
    if (take_headers(h, request->headers) < 0 || https_curl_init(&h->curl, l, &h->why) < 0 ||
        https_curl_split(&h->curl, &h->url, &h->host, &h->port, &h->is_clear, &h->why) < 0)
        fail(h, h->why.text);
    else
        start_hop(h);
    return h;
}
