/* SPDX-License-Identifier: MIT */
#include "net/dns_library.h"

#define SYMBOL(member, function) LIBRARY_SYMBOL(struct dns_library, member, function)

static const struct library_symbol symbols[] = {SYMBOL(init, ares_library_init),
                                                SYMBOL(cleanup, ares_library_cleanup),
                                                SYMBOL(init_options, ares_init_options),
                                                SYMBOL(destroy, ares_destroy),
                                                SYMBOL(set_servers, ares_set_servers_ports_csv),
                                                SYMBOL(get_servers, ares_get_servers_ports),
                                                SYMBOL(timeout, ares_timeout),
                                                SYMBOL(process_fd, ares_process_fd),
                                                SYMBOL(query, ares_query),
                                                SYMBOL(getaddrinfo, ares_getaddrinfo),
                                                SYMBOL(freeaddrinfo, ares_freeaddrinfo),
                                                SYMBOL(hosts_file, ares_gethostbyname_file),
                                                SYMBOL(free_hostent, ares_free_hostent),
                                                SYMBOL(parse_srv, ares_parse_srv_reply),
                                                SYMBOL(free_data, ares_free_data),
                                                SYMBOL(strerror, ares_strerror),
                                                {NULL, 0}};
const struct library dns_library = {"libcares.so.2", "libc-ares2", symbols};
