/* SPDX-License-Identifier: MIT */
/* Requests over HTTPS, against a server of this test's: a thread that answers one request after the other by
 * path.
 */
#include "staple.h"
#include "check.h"
#include "fake_dns.h"
#include "mapped.h"

#include "net/address.h"
#include "net/https.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>

static struct cert ca, other_ca;
static char folder[] = "/tmp/couplet-https-XXXXXX", ca_file[64], other_file[64];

/* ---- the server ---- */

struct page {
    const char *path;
    const char *answer; /* head and body; "%u" is the port. NULL: silence until the client goes */
    size_t filler_len;  /* so many 'x' more */
};

struct web {
    const struct page *pages;
    SSL_CTX *ssl;
    int fd, requests;
    uint16_t port;
    char seen[1024];        /* the head of the last request, and what came with it */
    char method[16];        /* its */
    size_t body_len, marks; /* so long was its body, and so many '#' were in it */
    pthread_t thread;
};

static void web_answer(struct web *w, SSL *ssl, const struct page *p) {
    char text[1024], piece[4096], byte;
    if (p->answer == NULL) {
        SSL_read(ssl, &byte, 1);
        return;
    }
    int len = snprintf(text, sizeof(text), p->answer, w->port);
    SSL_write(ssl, text, len);
    memset(piece, 'x', sizeof(piece));
    for (size_t left = p->filler_len; left > 0;) {
        size_t n = left < sizeof(piece) ? left : sizeof(piece);
        if (SSL_write(ssl, piece, (int)n) <= 0)
            return;
        left -= n;
    }
}

static void count_body(struct web *w, const char *bytes, size_t len) {
    w->body_len += len;
    for (size_t i = 0; i < len; i++)
        w->marks += bytes[i] == '#';
}

static void web_read_body(struct web *w, SSL *ssl) {
    char piece[4096];
    const char *body = strstr(w->seen, "\r\n\r\n") + 4, *length = strstr(w->seen, "Content-Length: ");
    size_t want = length != NULL ? strtoul(length + 16, NULL, 10) : 0;
    int n = 1;
    w->body_len = w->marks = 0;
    count_body(w, body, strlen(body));
    while (w->body_len < want && (n = SSL_read(ssl, piece, sizeof(piece))) > 0)
        count_body(w, piece, (size_t)n);
}

static void web_serve_one(struct web *w, SSL *ssl) {
    char path[128] = "";
    int len = 0, n;
    while ((n = SSL_read(ssl, w->seen + len, (int)sizeof(w->seen) - 1 - len)) > 0) {
        w->seen[len += n] = '\0';
        if (strstr(w->seen, "\r\n\r\n") != NULL)
            break;
    }
    if (n <= 0 || sscanf(w->seen, "%15s %127s HTTP/1.1", w->method, path) != 2)
        return;
    web_read_body(w, ssl);
    w->requests++;
    for (const struct page *p = w->pages; p->path != NULL; p++)
        if (strcmp(p->path, path) == 0)
            web_answer(w, ssl, p);
    SSL_shutdown(ssl);
}

static void *web_main(void *arg) {
    struct web *w = arg;
    for (;;) {
        int fd = accept(w->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        SSL *ssl = SSL_new(w->ssl);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1)
            web_serve_one(w, ssl);
        SSL_free(ssl);
        close(fd);
    }
}

static void web_start(struct web *w, const struct page *pages, const char *alt) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    struct cert leaf = cert_make(&(struct cert_wish){.name = "web", .alt = alt}, &ca);
    *w = (struct web){.pages = pages, .ssl = SSL_CTX_new(TLS_server_method())};
    SSL_CTX_use_certificate(w->ssl, leaf.x509);
    SSL_CTX_use_PrivateKey(w->ssl, leaf.key);
    cert_finish(&leaf);
    w->fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(bind(w->fd, (struct sockaddr *)&a, len), 0);
    CHECK_INT(listen(w->fd, 8), 0);
    getsockname(w->fd, (struct sockaddr *)&a, &len);
    w->port = ntohs(a.sin_port);
    pthread_create(&w->thread, NULL, web_main, w);
}

static void web_finish(struct web *w) {
    shutdown(w->fd, SHUT_RDWR);
    pthread_join(w->thread, NULL);
    close(w->fd);
    SSL_CTX_free(w->ssl);
}

/* ---- the client ---- */

struct world {
    struct web web;
    struct fake_dns names;
    struct loop *loop;
    struct dns *dns;
    struct https_options options;
    struct https_request request;
    struct buf got; /* the document, or "!why" */
    struct buf head;
    int status;
};

static const struct fact facts[] = {{.name = "web.test", .type = A, .value = "127.0.0.1"},
                                    {.name = "xn--bcher-kva.test", .type = A, .value = "127.0.0.1"},
                                    {.name = "other.test", .type = A, .value = "127.0.0.1"},
                                    {.name = NULL}};

static void start(struct world *w, const struct page *pages) {
    char address[32];
    *w = (struct world){.options = {.ca_file = ca_file, .redirects = 3, .wants_head = true}};
    web_start(&w->web, pages, "DNS:web.test,DNS:xn--bcher-kva.test");
    fake_dns_start(&w->names, facts);
    w->loop = loop_new(NULL);
    w->dns = dns_new(w->loop, fake_dns_address(&w->names, address), NULL);
}

static void finish(struct world *w) {
    dns_free(w->dns);
    loop_free(w->loop);
    fake_dns_finish(&w->names);
    web_finish(&w->web);
    buf_finish(&w->got);
    buf_finish(&w->head);
}

static void on_document(void *ctx, const struct https_answer *a) {
    struct world *w = ctx;
    CHECK((a->status >= 200 && a->status < 300) == (a->why == NULL));
    CHECK(a->bytes[a->len] == '\0');
    w->status = a->status;
    buf_clear(&w->head);
    buf_adds(&w->head, a->head);
    if (a->why != NULL)
        buf_addf(&w->got, "!%s", a->why);
    else
        buf_add(&w->got, a->bytes, a->len);
}

/* "%u" in the URL is the port. w->request: the rest of it. */
static const char *get(struct world *w, const char *url) {
    char text[200];
    snprintf(text, sizeof(text), url, w->web.port);
    buf_clear(&w->got);
    w->request.url = text;
    https_ask(w->loop, w->dns, &w->request, &w->options, on_document, w);
    CHECK_INT(buf_len(&w->got), 0); /* never before it has returned */
    loop_run(w->loop);
    return buf_data(&w->got);
}

static const struct page pages[] = {
    {"/", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0},
    {"/chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 0},
    {"/empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0},
    {"/fits", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 65536},
    {"/large", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 65537},
    {"/huge", "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", 10000000},
    {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", 0},
    {"/none", "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", 0},
    {"/moved", "HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 3\r\n\r\nbye", 0},
    {"/away", "HTTP/1.1 302 Found\r\nLocation: https://web.test:%u/\r\nContent-Length: 0\r\n\r\n", 0},
    {"/other", "HTTP/1.1 302 Found\r\nLocation: https://other.test:%u/\r\nContent-Length: 0\r\n\r\n", 0},
    {"/clear", "HTTP/1.1 302 Found\r\nLocation: http://web.test:%u/\r\nContent-Length: 0\r\n\r\n", 0},
    {"/file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", 0},
    {"/round", "HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n", 0},
    {"/silent", NULL, 0},
    {"/junk", "what?\r\n\r\n", 0},
    {NULL, NULL, 0}};

static void documents_come(void) {
    struct world w;
    start(&w, pages);
    static const char *const headers[] = {"Accept: application/xrd+xml", "X-Empty:", NULL};
    w.request.headers = headers;
    CHECK_STR(get(&w, "https://web.test:%u/"), "hello");
    CHECK_HAS(w.web.seen, "Host: web.test:");
    CHECK_HAS(w.web.seen, "Accept: application/xrd+xml\r\n");
    CHECK_HAS(w.web.seen, "X-Empty:\r\n");
    CHECK_STR(buf_data(&w.head), "Content-Length: 5\r\n\r\n");
    CHECK_STR(get(&w, "https://WEB.test:%u/chunks"), "hello");
    CHECK_STR(get(&w, "https://b\xc3\xbc"
                      "cher.test:%u/"),
              "hello");
    CHECK_STR(get(&w, "https://web.test:%u/empty"), "");
    CHECK_INT(strlen(get(&w, "https://web.test:%u/fits")), 65536);
    finish(&w);
}

static void failures_are_told(void) {
    struct world w;
    start(&w, pages);
    CHECK_HAS(get(&w, "https://web.test:%u/none"), "/none: HTTP status 404");
    CHECK_HAS(get(&w, "https://web.test:%u/large"), "the document is too large");
    CHECK_HAS(get(&w, "https://web.test:%u/huge"), "the document is too large");
    CHECK(get(&w, "https://web.test:%u/short")[0] == '!');
    CHECK(get(&w, "https://web.test:%u/junk")[0] == '!');
    CHECK_HAS(get(&w, "https://nobody.test:%u/"), "no such name in DNS");
    CHECK_HAS(get(&w, "https://127.0.0.77:1/"), "!cannot get https://127.0.0.77:1/: ");
    CHECK_HAS(get(&w, "what?"), "it is no https:// URL");
    w.options.timeout_ms = 100;
    CHECK_HAS(get(&w, "https://web.test:%u/silent"), "it takes too long");
    finish(&w);
}

/* SECURITY.md 10: https and nothing else, the certificate good for that very host. */
static void only_https_is_used(void) {
    struct world w;
    start(&w, pages);
    CHECK_HAS(get(&w, "http://web.test:%u/"), "only https:// is allowed");
    CHECK_HAS(get(&w, "file:///etc/passwd"), "it is no https:// URL");
    CHECK_INT(w.web.requests, 0);
    CHECK_HAS(get(&w, "https://web.test:%u/clear"), "only https:// is allowed");
    CHECK_HAS(get(&w, "https://web.test:%u/file"), "it is no https:// URL");
    CHECK_INT(w.web.requests, 2);
    finish(&w);
}

static void the_certificate_is_verified(void) {
    struct world w;
    start(&w, pages);
    CHECK_HAS(get(&w, "https://other.test:%u/"), "other.test");
    CHECK(w.got.data[0] == '!');
    CHECK(get(&w, "https://127.0.0.1:%u/")[0] == '!');
    w.options.ca_file = other_file;
    CHECK(get(&w, "https://web.test:%u/")[0] == '!');
    w.options.ca_file = NULL; /* the system's */
    CHECK(get(&w, "https://web.test:%u/")[0] == '!');
    CHECK_INT(w.web.requests, 0);
    finish(&w);
}

static void a_revoked_certificate_is_refused(void) {
    struct world w;
    char list_file[96];
    start(&w, pages);
    snprintf(list_file, sizeof(list_file), "%s/list.pem", folder);
    w.options.crl_file = list_file;
    list_save(&(struct list_wish){.revoked = NULL}, &ca, list_file);
    CHECK_STR(get(&w, "https://web.test:%u/"), "hello");
    list_save(&(struct list_wish){.revoked = SSL_CTX_get0_certificate(w.web.ssl)}, &ca, list_file);
    CHECK_HAS(get(&w, "https://web.test:%u/"), "certificate revoked");
    list_save(&(struct list_wish){.revoked = NULL}, &other_ca, list_file);
    CHECK_HAS(get(&w, "https://web.test:%u/"), "unable to get certificate CRL");
    CHECK_INT(w.web.requests, 1);
    remove(list_file);
    finish(&w);
}

static void old_tls_is_refused(void) {
    struct world w;
    start(&w, pages);
    SSL_CTX_set_max_proto_version(w.web.ssl, TLS1_2_VERSION);
    CHECK_STR(get(&w, "https://web.test:%u/"), "hello");
    w.options.min_version = 0x0304;
    CHECK(get(&w, "https://web.test:%u/")[0] == '!');
    w.options.min_version = 0;
    SSL_CTX_set_security_level(w.web.ssl, 0);
    SSL_CTX_set_min_proto_version(w.web.ssl, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(w.web.ssl, TLS1_1_VERSION);
    CHECK(get(&w, "https://web.test:%u/")[0] == '!');
    CHECK_INT(w.web.requests, 1);
    finish(&w);
}

static void redirects_are_followed(void) {
    struct world w;
    start(&w, pages);
    CHECK_STR(get(&w, "https://web.test:%u/moved"), "hello");
    CHECK_STR(get(&w, "https://web.test:%u/away"), "hello");
    CHECK(get(&w, "https://web.test:%u/other")[0] == '!'); /* its certificate is not good for that host */
    CHECK_HAS(get(&w, "https://web.test:%u/round"), "it redirects too often");
    CHECK_INT(w.web.requests, 9);
    finish(&w);
}

/* ---- bodies ---- */

static void bodies_go_out(void) {
    struct world w;
    static const char *const headers[] = {"Content-Type: text/plain", NULL};
    start(&w, pages);
    w.request.method = "PUT";
    w.request.headers = headers;
    w.request.body = "#one#";
    w.request.body_len = 5;
    CHECK_STR(get(&w, "https://web.test:%u/"), "hello");
    CHECK_STR(w.web.method, "PUT");
    CHECK_INT(w.web.body_len, 5);
    CHECK_INT(w.web.marks, 2);
    CHECK_HAS(w.web.seen, "Content-Length: 5\r\n");
    CHECK_HAS(w.web.seen, "Content-Type: text/plain\r\n");
    CHECK(strstr(w.web.seen, "Expect") == NULL);
    w.request.method = "POST";
    w.request.body_len = 0;
    CHECK_STR(get(&w, "https://web.test:%u/"), "hello");
    CHECK_STR(w.web.method, "POST");
    CHECK_INT(w.web.body_len, 0);
    w.request.body = NULL;
    w.request.method = "DELETE";
    CHECK_STR(get(&w, "https://web.test:%u/"), "hello");
    CHECK_STR(w.web.method, "DELETE");
    finish(&w);
}

static int file_of(size_t len) {
    char path[80];
    snprintf(path, sizeof(path), "%s/body", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    remove(path);
    for (size_t i = 0; i < len; i += 1000)
        CHECK_INT(pwrite(fd, "#", 1, (off_t)i), 1);
    CHECK_INT(ftruncate(fd, (off_t)len), 0);
    return fd;
}

static void files_go_out(void) {
    struct world w;
    start(&w, pages);
    w.request = (struct https_request){
        .method = "PUT", .has_file = true, .fd = file_of(5000000), .body_len = 5000000};
    CHECK_STR(get(&w, "https://web.test:%u/"), "hello");
    CHECK_INT(w.web.body_len, 5000000);
    CHECK_INT(w.web.marks, 5000);
    CHECK_INT(fcntl(w.request.fd, F_GETFD), -1); /* it was closed */
    w.request.fd = file_of(1000);
    w.request.body_len = 2000;
    CHECK_HAS(get(&w, "https://web.test:%u/"), "cannot put to https://web.test:");
    CHECK_HAS(buf_data(&w.got), "the file has become shorter");
    w.request.fd = file_of(1000);
    CHECK_HAS(get(&w, "gopher:"), "it is no https:// URL");
    CHECK_INT(fcntl(w.request.fd, F_GETFD), -1);
    finish(&w);
}

static void a_body_is_not_redirected(void) {
    struct world w;
    start(&w, pages);
    w.request = (struct https_request){.method = "PUT", .body = "x", .body_len = 1};
    CHECK_HAS(get(&w, "https://web.test:%u/moved"), "HTTP status 301, a redirect");
    CHECK_INT(w.status, 301);
    w.request = (struct https_request){.method = NULL};
    w.options.redirects = 0;
    CHECK_HAS(get(&w, "https://web.test:%u/moved"), "HTTP status 301, a redirect");
    CHECK_INT(w.web.requests, 2);
    finish(&w);
}

/* What is for one host is not told to another, not even to another port of it. */
static void headers_stay_with_their_host(void) {
    static const char *const headers[] = {"Authorization: secret", NULL};
    static const struct page other_pages[] = {{"/", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere", 0},
                                              {NULL, NULL, 0}};
    struct world w;
    struct web other;
    char text[160];
    web_start(&other, other_pages, "DNS:web.test");
    snprintf(text, sizeof(text),
             "HTTP/1.1 302 Found\r\nLocation: https://web.test:%u/\r\nContent-Length: 0\r\n\r\n", other.port);
    const struct page here[] = {{"/far", text, 0}, {"/near", pages[8].answer, 0}, pages[0], {NULL, NULL, 0}};
    start(&w, here);
    w.request.headers = headers;
    CHECK_STR(get(&w, "https://web.test:%u/near"), "hello");
    CHECK_HAS(w.web.seen, "Authorization: secret");
    CHECK_STR(get(&w, "https://web.test:%u/far"), "there");
    CHECK(strstr(other.seen, "secret") == NULL);
    finish(&w);
    web_finish(&other);
}

static void no_header_ends_early(void) {
    static const char *const bad[] = {"X: a\r\nHost: b", "X", ": a", "X y: a", "X: \x7f", "X:\ta", ""};
    struct world w;
    start(&w, pages);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *headers[] = {"Accept: */*", bad[i], NULL};
        w.request.headers = headers;
        CHECK_HAS(get(&w, "https://web.test:%u/"), "a header of the request is none");
    }
    CHECK_INT(w.web.requests, 0);
    finish(&w);
}

/* ---- which addresses ---- */

static void private_addresses_are_refused(void) {
    struct world w;
    start(&w, pages);
    w.options.is_public_only = true;
    CHECK_HAS(get(&w, "https://web.test:%u/"), "that is a private address");
    CHECK_HAS(get(&w, "https://127.0.0.1:%u/"), "that is a private address");
    CHECK_HAS(get(&w, "https://0x7f.1:%u/"), "that is a private address");
    CHECK_HAS(get(&w, "https://2130706433:%u/"), "that is a private address");
    CHECK_HAS(get(&w, "https://[::ffff:127.0.0.1]:%u/"), "that is a private address");
    CHECK_HAS(get(&w, "https://[::1]:%u/"), "that is a private address");
    CHECK_INT(w.web.requests, 0);
    finish(&w);
}

static void clear_text_is_for_loopback(void) {
    struct world w;
    start(&w, pages);
    w.options.clear = HTTPS_CLEAR_ON_LOOPBACK;
    CHECK_HAS(get(&w, "http://192.0.2.1:%u/"), "only https:// is allowed");
    CHECK(strstr(get(&w, "http://127.0.0.1:%u/"), "only https:// is allowed") == NULL); /* it is tried */
    finish(&w);
}

static bool is_public(const char *text) {
    union address a;
    CHECK(address_parse(text, 0, &a));
    return address_is_public(&a);
}

static void addresses_are_public_or_not(void) {
    static const char *const others[] = {"0.0.0.0",
                                         "10.1.2.3",
                                         "100.64.0.1",
                                         "100.127.255.255",
                                         "127.0.0.1",
                                         "127.255.255.255",
                                         "169.254.169.254",
                                         "172.16.0.1",
                                         "172.31.255.255",
                                         "192.0.0.1",
                                         "192.0.2.1",
                                         "192.88.99.1",
                                         "192.168.1.1",
                                         "198.18.0.1",
                                         "198.19.255.255",
                                         "198.51.100.1",
                                         "203.0.113.1",
                                         "224.0.0.1",
                                         "240.0.0.1",
                                         "255.255.255.255",
                                         "::",
                                         "::1",
                                         "::ffff:10.0.0.1",
                                         "::10.0.0.1",
                                         "64:ff9b::a00:1",
                                         "100::1",
                                         "2001::1",
                                         "2001:1ff::1",
                                         "2001:db8::1",
                                         "2002:a00:1::",
                                         "3fff::1",
                                         "fc00::1",
                                         "fdff::1",
                                         "fe80::1",
                                         "fec0::1",
                                         "ff02::1"};
    static const char *const wide[] = {
        "1.1.1.1",     "9.255.255.255", "100.63.255.255", "100.128.0.0",     "172.15.255.255",
        "172.32.0.0",  "192.0.1.1",     "198.17.255.255", "223.255.255.255", "::ffff:1.1.1.1",
        "2001:200::1", "2606:4700::1",  "2a00::1",        "3fff:1000::1"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        CHECK(!is_public(others[i]));
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        CHECK(is_public(wide[i]));
}

/* ---- giving up, in each phase ---- */

struct giving_up {
    struct loop_timer timer;
    struct world *world;
    struct https *request;
};

static void on_timer(struct loop_timer *t) {
    struct giving_up *g = (struct giving_up *)t;
    if (g->world->web.requests == 0) {
        loop_timer_in(g->world->loop, t, 5);
        return;
    }
    https_cancel(g->request);
}

static void it_can_be_cancelled(void) {
    struct world w;
    char url[80];
    start(&w, pages);
    https_cancel(NULL);
    snprintf(url, sizeof(url), "https://web.test:%u/silent", w.web.port);
    w.request.url = url;
    https_cancel(https_ask(w.loop, w.dns, &w.request, &w.options, on_document, &w));
    w.request.url = "gopher:";
    https_cancel(https_ask(w.loop, w.dns, &w.request, NULL, on_document, &w));
    w.request.url = url;
    loop_run(w.loop);
    struct giving_up g = {.timer = {.fire = on_timer}, .world = &w};
    g.request = https_ask(w.loop, w.dns, &w.request, &w.options, on_document, &w);
    loop_timer_in(w.loop, &g.timer, 5);
    loop_run(w.loop);
    CHECK_INT(buf_len(&w.got), 0);
    finish(&w);
}

static void curl_is_there_only_when_needed(void) {
    struct world w;
    start(&w, pages);
    CHECK(!is_mapped("libcurl"));
    w.request.url = "https://web.test/";
    struct https *h = https_ask(w.loop, w.dns, &w.request, &w.options, on_document, &w);
    CHECK(is_mapped("libcurl"));
    https_cancel(h);
    CHECK(!is_mapped("libcurl"));
    CHECK_STR(get(&w, "https://web.test:%u/"), "hello");
    CHECK(!is_mapped("libcurl"));
    loop_run(w.loop);
    finish(&w);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    CHECK(mkdtemp(folder) != NULL);
    snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
    snprintf(other_file, sizeof(other_file), "%s/other.pem", folder);
    ca = cert_make(&(struct cert_wish){.name = "Test CA", .is_ca = true}, NULL);
    other_ca = cert_make(&(struct cert_wish){.name = "Other CA", .is_ca = true}, NULL);
    cert_save(&ca, ca_file);
    cert_save(&other_ca, other_file);
    RUN(curl_is_there_only_when_needed);
    RUN(documents_come);
    RUN(failures_are_told);
    RUN(only_https_is_used);
    RUN(the_certificate_is_verified);
    RUN(a_revoked_certificate_is_refused);
    RUN(old_tls_is_refused);
    RUN(redirects_are_followed);
    RUN(bodies_go_out);
    RUN(files_go_out);
    RUN(a_body_is_not_redirected);
    RUN(headers_stay_with_their_host);
    RUN(no_header_ends_early);
    RUN(private_addresses_are_refused);
    RUN(clear_text_is_for_loopback);
    RUN(addresses_are_public_or_not);
    RUN(it_can_be_cancelled);
    remove(ca_file);
    remove(other_file);
    rmdir(folder);
    cert_finish(&ca);
    cert_finish(&other_ca);
    return check_done();
}
