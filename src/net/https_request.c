/* SPDX-License-Identifier: MIT */
/*
 * The transfer of one hop: what libcurl is told, the body that goes out, the answer that comes in. A file is
 * read piece by piece as the line takes it, never as a whole.
 */
#include "net/https_internal.h"

#include "base/mem.h"
#include "net/address.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MOST = 65536 };

/* ---- the connection ---- */

/* CURLOPT_OPENSOCKETFUNCTION: the one place that every connection passes, with the address it goes to. */
static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *to) {
    struct https *h = ctx;
    union address a;
    (void)purpose;
    bool is_known = address_from(&to->addr, h->port, &a);
    if (!is_known || (h->options.is_public_only && !address_is_public(&a)))
        h->stopped = "that is a private address";
    else if (h->is_clear && h->options.clear == HTTPS_CLEAR_ON_LOOPBACK && !address_is_loopback(&a))
        h->stopped = "only https:// is allowed";
    else
        return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    return CURL_SOCKET_BAD;
}

static void set_up_connection(struct https *h, CURL *easy) {
    struct curl_library *lib = &h->curl.lib;
    lib->easy_setopt(easy, CURLOPT_RESOLVE, h->resolve);
    lib->easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    lib->easy_setopt(easy, CURLOPT_OPENSOCKETDATA, h);
    lib->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, h->is_clear ? "http" : "https");
    lib->easy_setopt(easy, CURLOPT_PROXY, "");
    lib->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    lib->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    lib->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    lib->easy_setopt(
        easy, CURLOPT_SSLVERSION,
        (long)(h->options.min_version == 0x0304 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2));
    if (h->options.crl_file != NULL)
        lib->easy_setopt(easy, CURLOPT_CRLFILE, h->options.crl_file);
    const char *ca_file = h->options.ca_file;
    if (ca_file == NULL) /* OpenSSL heeds it for XMPP; the same server's uploads are trusted alike */
        ca_file = secure_getenv("SSL_CERT_FILE");
    if (ca_file == NULL)
        return;
    lib->easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    lib->easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

/* ---- what goes out ---- */

static size_t on_want(char *to, size_t size, size_t count, void *ctx) {
    struct https *h = ctx;
    size_t left = h->body_len - h->body_sent, len = size * count < left ? size * count : left;
    if (len == 0)
        return 0;
    if (h->body != NULL) {
        memcpy(to, h->body + h->body_sent, len);
    } else {
        ssize_t n = pread(h->fd, to, len, (off_t)h->body_sent);
        if (n <= 0) {
            h->stopped = n < 0 ? "the file cannot be read" : "the file has become shorter";
            return CURL_READFUNC_ABORT;
        }
        len = (size_t)n;
    }
    h->body_sent += len;
    return len;
}

static int on_seek(void *ctx, curl_off_t to, int origin) {
    struct https *h = ctx;
    if (origin != SEEK_SET || to < 0 || (size_t)to > h->body_len)
        return CURL_SEEKFUNC_FAIL;
    h->body_sent = (size_t)to;
    return CURL_SEEKFUNC_OK;
}

static void set_up_body(struct https *h, CURL *easy) {
    struct curl_library *lib = &h->curl.lib;
    h->body_sent = 0;
    if (strcmp(h->method, "HEAD") == 0)
        lib->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (h->has_body) {
        lib->easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        lib->easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)h->body_len);
        lib->easy_setopt(easy, CURLOPT_READFUNCTION, on_want);
        lib->easy_setopt(easy, CURLOPT_READDATA, h);
        lib->easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
        lib->easy_setopt(easy, CURLOPT_SEEKDATA, h);
    }
    lib->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, h->method);
}

/* "Expect:" keeps libcurl from waiting a second for a server that does not know 100-continue. */
static struct curl_slist *make_headers(struct https *h) {
    struct curl_slist *list = h->has_body ? h->curl.lib.slist_append(NULL, "Expect:") : NULL;
    struct buf text = BUF_INIT;
    for (char **s = h->wanted; s != NULL && *s != NULL; s++) {
        const char *colon = strchr(*s, ':');
        buf_clear(&text);
        if (colon[1 + strspn(colon + 1, " ")] == '\0')
            buf_addf(&text, "%.*s;", (int)(colon - *s), *s); /* libcurl's way to send one without value */
        else
            buf_adds(&text, *s);
        list = h->curl.lib.slist_append(list, buf_data(&text));
    }
    buf_finish(&text);
    return list;
}

/* ---- what comes in ---- */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *ctx) {
    struct https *h = ctx;
    size_t len = size * count;
    if (len > h->options.most_len - buf_len(&h->came)) {
        h->stopped = "the document is too large";
        return 0;
    }
    buf_add(&h->came, bytes, len);
    return len;
}

/* A line of the head; a status line begins a new one (after 100 Continue). */
static size_t on_head(char *bytes, size_t size, size_t count, void *ctx) {
    struct https *h = ctx;
    size_t len = size * count;
    if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        buf_clear(&h->head);
        return len;
    }
    if (len > HEAD_MOST - buf_len(&h->head)) {
        h->stopped = "its headers are too large";
        return 0;
    }
    buf_add(&h->head, bytes, len);
    return len;
}

static void set_up_answer(struct https *h, CURL *easy) {
    struct curl_library *lib = &h->curl.lib;
    lib->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    lib->easy_setopt(easy, CURLOPT_WRITEDATA, h);
    lib->easy_setopt(easy, CURLOPT_ERRORBUFFER, h->curl_why);
    if (h->options.unpacks)
        lib->easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    if (!h->options.wants_head)
        return;
    lib->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    lib->easy_setopt(easy, CURLOPT_HEADERDATA, h);
}

static void set_up_request(struct https *h, CURL *easy) {
    struct curl_library *lib = &h->curl.lib;
    lib->easy_setopt(easy, CURLOPT_URL, h->url);
    lib->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    lib->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    lib->easy_setopt(easy, CURLOPT_USERAGENT, "couplet");
    lib->easy_setopt(easy, CURLOPT_HTTPHEADER, h->headers);
}

/* What dns found, so that libcurl asks nobody; an address in the URL needs none of that. */
static struct curl_slist *make_resolve(struct https *h) {
    struct buf text = BUF_INIT;
    union address literal;
    if (address_parse(h->host, h->port, &literal))
        return NULL;
    buf_addf(&text, "%s:%u:%s", h->host, h->port, buf_data(&h->addresses));
    struct curl_slist *list = h->curl.lib.slist_append(NULL, buf_data(&text));
    buf_finish(&text);
    return list;
}

int https_transfer(struct https *h, const char **why) {
    h->resolve = make_resolve(h);
    h->headers = make_headers(h);
    h->curl_why[0] = '\0';
    h->stopped = NULL;
    h->curl.easy = h->curl.lib.easy_init();
    if (h->curl.easy == NULL) {
        *why = "libcurl cannot be set up";
        return -1;
    }
    set_up_connection(h, h->curl.easy);
    set_up_request(h, h->curl.easy);
    set_up_body(h, h->curl.easy);
    set_up_answer(h, h->curl.easy);
    https_curl_start(&h->curl);
    return 0;
}
