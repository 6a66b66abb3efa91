/* SPDX-License-Identifier: MIT */
/* dns_library: the functions of c-ares that we use, loaded when they are needed. Shared by the dns*.c files
 * only. */
#ifndef COUPLET_NET_DNS_LIBRARY_H
#define COUPLET_NET_DNS_LIBRARY_H

#include "base/library.h"

#include <ares.h>

struct dns_library {
    __typeof__(ares_library_init) *init;
    __typeof__(ares_library_cleanup) *cleanup;
    __typeof__(ares_init_options) *init_options;
    __typeof__(ares_destroy) *destroy;
    __typeof__(ares_set_servers_ports_csv) *set_servers;
    __typeof__(ares_get_servers_ports) *get_servers;
    __typeof__(ares_timeout) *timeout;
    __typeof__(ares_process_fd) *process_fd;
    __typeof__(ares_query) *query;
    __typeof__(ares_getaddrinfo) *getaddrinfo;
    __typeof__(ares_freeaddrinfo) *freeaddrinfo;
    __typeof__(ares_gethostbyname_file) *hosts_file;
    __typeof__(ares_free_hostent) *free_hostent;
    __typeof__(ares_parse_srv_reply) *parse_srv;
    __typeof__(ares_free_data) *free_data;
    __typeof__(ares_strerror) *strerror;
};

extern const struct library dns_library;

#endif
