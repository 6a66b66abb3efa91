/* SPDX-License-Identifier: MIT */
/*
 * libcurl tells which of its sockets wants what, and when it wants to be called; each socket gets a poll
 * handle of the loop. Nothing of libcurl is called inside its own callbacks.
 */
#include "net/https_curl.h"

#include "base/library.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/name.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct curl_socket {
    uv_poll_t poll; /* first: the handle's address is the socket's */
    struct https_curl *curl;
    curl_socket_t fd;
    struct curl_socket *next;
};

#define SYMBOL(member, function) LIBRARY_SYMBOL(struct curl_library, member, function)

static const struct library_symbol symbols[] = {SYMBOL(global_init, curl_global_init),
                                                SYMBOL(global_cleanup, curl_global_cleanup),
                                                SYMBOL(easy_init, curl_easy_init),
                                                SYMBOL(easy_setopt, curl_easy_setopt),
                                                SYMBOL(easy_getinfo, curl_easy_getinfo),
                                                SYMBOL(easy_strerror, curl_easy_strerror),
                                                SYMBOL(easy_cleanup, curl_easy_cleanup),
                                                SYMBOL(multi_init, curl_multi_init),
                                                SYMBOL(multi_setopt, curl_multi_setopt),
                                                SYMBOL(multi_add_handle, curl_multi_add_handle),
                                                SYMBOL(multi_remove_handle, curl_multi_remove_handle),
                                                SYMBOL(multi_socket_action, curl_multi_socket_action),
                                                SYMBOL(multi_info_read, curl_multi_info_read),
                                                SYMBOL(multi_cleanup, curl_multi_cleanup),
                                                SYMBOL(slist_append, curl_slist_append),
                                                SYMBOL(slist_free_all, curl_slist_free_all),
                                                SYMBOL(url, curl_url),
                                                SYMBOL(url_set, curl_url_set),
                                                SYMBOL(url_get, curl_url_get),
                                                SYMBOL(url_cleanup, curl_url_cleanup),
                                                SYMBOL(free, curl_free),
                                                {NULL, 0}};
static const struct library library = {"libcurl.so.4", "libcurl4", symbols};

/* ---- what libcurl is told ---- */

static void act(struct https_curl *c, curl_socket_t fd, int what) {
    int running, left;
    CURLMsg *message;
    c->lib.multi_socket_action(c->multi, fd, what, &running);
    while ((message = c->lib.multi_info_read(c->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        c->result = message->data.result;
        loop_defer(c->loop, &c->finish);
    }
}

static void on_poll(uv_poll_t *h, int status, int events) {
    struct curl_socket *s = (struct curl_socket *)h;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;
    what |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
    what |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    act(s->curl, s->fd, what);
}

static void on_timer(struct loop_timer *t) {
    act((struct https_curl *)((char *)t - offsetof(struct https_curl, timer)), CURL_SOCKET_TIMEOUT, 0);
}

/* ---- what libcurl tells ---- */

static void free_socket(uv_handle_t *h) {
    mem_free(h);
}

static void remove_socket(struct https_curl *c, struct curl_socket **at) {
    struct curl_socket *s = *at;
    *at = s->next;
    uv_close((uv_handle_t *)&s->poll, free_socket);
    (void)c;
}

static struct curl_socket *add_socket(struct https_curl *c, curl_socket_t fd) {
    struct curl_socket *s = mem_new(struct curl_socket);
    s->curl = c;
    s->fd = fd;
    if (uv_poll_init_socket(loop_uv(c->loop), &s->poll, fd) != 0) {
        mem_free(s); /* the deadline ends it */
        return NULL;
    }
    s->next = c->sockets;
    c->sockets = s;
    return s;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused) {
    struct https_curl *c = ctx;
    struct curl_socket **at = &c->sockets;
    (void)easy, (void)unused;
    while (*at != NULL && (*at)->fd != fd)
        at = &(*at)->next;
    if (what == CURL_POLL_REMOVE) {
        if (*at != NULL)
            remove_socket(c, at);
        return 0;
    }
    struct curl_socket *s = *at != NULL ? *at : add_socket(c, fd);
    if (s != NULL)
        uv_poll_start(&s->poll,
                      (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
                      on_poll);
    return 0;
}

static int on_timeout(CURLM *multi, long ms, void *ctx) {
    struct https_curl *c = ctx;
    (void)multi;
    if (ms < 0)
        loop_timer_stop(c->loop, &c->timer);
    else
        loop_timer_in(c->loop, &c->timer, ms);
    return 0;
}

/* ---- life ---- */

int https_curl_init(struct https_curl *c, struct loop *l, struct err *err) {
    c->loop = l;
    c->timer.fire = on_timer;
    if ((c->handle = library_open(&library, &c->lib, err)) == NULL)
        return -1;
    if (c->lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        library_close(c->handle);
        c->handle = NULL;
        return err_set(err, "libcurl cannot be set up");
    }
    c->multi = c->lib.multi_init();
    if (c->multi == NULL)
        return err_set(err, "libcurl cannot be set up");
    c->lib.multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    c->lib.multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    c->lib.multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    c->lib.multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    return 0;
}

/* ---- URLs ---- */

static char *host_of(struct https_curl *c, CURLU *u, const char *url, uint16_t *port_number, bool *is_clear,
                     struct err *err) {
    char *scheme = NULL, *host = NULL, *port = NULL, *result = NULL;
    union address literal;
    err_set(err, "it is no https:// URL");
    *is_clear = false;
    if (c->lib.url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        c->lib.url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        c->lib.url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        c->lib.url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        *port_number = (uint16_t)strtoul(port, NULL, 10);
        *is_clear = strcmp(scheme, "http") == 0;
        if (*is_clear || strcmp(scheme, "https") == 0)
            result = address_parse(host, 0, &literal) ? mem_strdup(host) : name_to_ascii(host, err);
    }
    c->lib.free(scheme);
    c->lib.free(host);
    c->lib.free(port);
    return result;
}

int https_curl_split(struct https_curl *c, char **url, char **host, uint16_t *port, bool *is_clear,
                     struct err *err) {
    CURLU *u = c->lib.url();
    char *whole = NULL;
    *host = u != NULL ? host_of(c, u, *url, port, is_clear, err) : NULL;
    if (*host != NULL && c->lib.url_set(u, CURLUPART_HOST, *host, 0) == CURLUE_OK &&
        c->lib.url_get(u, CURLUPART_URL, &whole, 0) == CURLUE_OK) {
        mem_free(*url);
        *url = mem_strdup(whole);
    }
    c->lib.free(whole);
    c->lib.url_cleanup(u);
    return *host != NULL ? 0 : -1;
}

/* ---- the transfer ---- */

void https_curl_start(struct https_curl *c) {
    c->lib.multi_add_handle(c->multi, c->easy);
}

void https_curl_stop(struct https_curl *c) {
    if (c->easy != NULL) {
        c->lib.multi_remove_handle(c->multi, c->easy);
        c->lib.easy_cleanup(c->easy);
    }
    c->easy = NULL;
    loop_defer_cancel(c->loop, &c->finish);
}

void https_curl_finish(struct https_curl *c) {
    if (c->handle == NULL)
        return;
    https_curl_stop(c);
    if (c->multi != NULL)
        c->lib.multi_cleanup(c->multi); /* closes what it had kept open */
    while (c->sockets != NULL)
        remove_socket(c, &c->sockets);
    loop_timer_stop(c->loop, &c->timer);
    c->lib.global_cleanup();
    library_close(c->handle);
    c->handle = NULL;
}
