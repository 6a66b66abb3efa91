/* SPDX-License-Identifier: MIT */
#include "http/mhd.h"

#include "base/library.h"

#define SYMBOL(member, function) LIBRARY_SYMBOL(struct mhd, member, function)

void *mhd_load(struct mhd *m, struct err *err) {
    static const struct library_symbol symbols[] = {
        SYMBOL(start_daemon, MHD_start_daemon),
        SYMBOL(stop_daemon, MHD_stop_daemon),
        SYMBOL(quiesce_daemon, MHD_quiesce_daemon),
        SYMBOL(get_daemon_info, MHD_get_daemon_info),
        SYMBOL(get_connection_info, MHD_get_connection_info),
        SYMBOL(get_connection_values, MHD_get_connection_values),
        SYMBOL(lookup, MHD_lookup_connection_value),
        SYMBOL(get_timeout, MHD_get_timeout),
        SYMBOL(run, MHD_run),
        SYMBOL(suspend, MHD_suspend_connection),
        SYMBOL(resume, MHD_resume_connection),
        SYMBOL(create_response, MHD_create_response_from_buffer),
        SYMBOL(add_header, MHD_add_response_header),
        SYMBOL(queue, MHD_queue_response),
        SYMBOL(destroy_response, MHD_destroy_response),
        {NULL, 0},
    };
    static const struct library library = {"libmicrohttpd.so.12", "libmicrohttpd12", symbols};
    return library_open_kept(&library, m, err);
}
