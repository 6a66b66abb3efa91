/* SPDX-License-Identifier: MIT */
/* https_curl: libcurl, loaded, and its one transfer on the loop. Shared by https*.c only. */
#ifndef COUPLET_NET_HTTPS_CURL_H
#define COUPLET_NET_HTTPS_CURL_H

#include "base/err.h"
#include "loop/loop.h"

#include <curl/curl.h>

struct curl_socket;

/* The functions of libcurl that we use. */
struct curl_library {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_global_cleanup) *global_cleanup;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_setopt) *multi_setopt;
    __typeof__(curl_multi_add_handle) *multi_add_handle;
    __typeof__(curl_multi_remove_handle) *multi_remove_handle;
    __typeof__(curl_multi_socket_action) *multi_socket_action;
    __typeof__(curl_multi_info_read) *multi_info_read;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
    __typeof__(curl_url) *url;
    __typeof__(curl_url_set) *url_set;
    __typeof__(curl_url_get) *url_get;
    __typeof__(curl_url_cleanup) *url_cleanup;
    __typeof__(curl_free) *free;
};

struct https_curl {
    struct loop *loop;
    struct curl_library lib;
    void *handle; /* of library_open */
    CURLM *multi;
    CURL *easy; /* the transfer; NULL: none */
    struct curl_socket *sockets;
    struct loop_timer timer;  /* when libcurl wants to be called */
    struct loop_defer finish; /* its `run` is the owner's: outside of any frame of libcurl */
    CURLcode result;          /* then */
};

/* Loads libcurl. c: zeroed. */
int https_curl_init(struct https_curl *c, struct loop *l, struct err *err);
/* Host and port of a URL; is_clear: it is http, not https; there are no others. The host, to be freed, is an
 * A-label or an address, and stands like that in *url afterwards. -1: *url is as it was. */
int https_curl_split(struct https_curl *c, char **url, char **host, uint16_t *port, bool *is_clear,
                     struct err *err);
/* Begins with c->easy, which the caller has made and set up and frees. c->finish runs when it is over. */
void https_curl_start(struct https_curl *c);
/* Takes c->easy back, whatever it does; it is freed. */
void https_curl_stop(struct https_curl *c);
void https_curl_finish(struct https_curl *c); /* lets libcurl go */

#endif
