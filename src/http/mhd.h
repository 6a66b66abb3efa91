/* SPDX-License-Identifier: MIT */
/* mhd: libmicrohttpd's functions, loaded where there is something to listen for. <microhttpd.h> is included
 * in this room alone. */
#ifndef COUPLET_HTTP_MHD_H
#define COUPLET_HTTP_MHD_H

#include "base/err.h"

#include <microhttpd.h>

struct mhd {
    __typeof__(MHD_start_daemon) *start_daemon;
    __typeof__(MHD_stop_daemon) *stop_daemon;
    __typeof__(MHD_quiesce_daemon) *quiesce_daemon;
    __typeof__(MHD_get_daemon_info) *get_daemon_info;
    __typeof__(MHD_get_connection_info) *get_connection_info;
    __typeof__(MHD_get_connection_values) *get_connection_values;
    __typeof__(MHD_lookup_connection_value) *lookup;
    __typeof__(MHD_get_timeout) *get_timeout;
    __typeof__(MHD_run) *run;
    __typeof__(MHD_suspend_connection) *suspend;
    __typeof__(MHD_resume_connection) *resume;
    __typeof__(MHD_create_response_from_buffer) *create_response;
    __typeof__(MHD_add_response_header) *add_header;
    __typeof__(MHD_queue_response) *queue;
    __typeof__(MHD_destroy_response) *destroy_response;
};

/* A handle for library_close; NULL with the reason. */
void *mhd_load(struct mhd *m, struct err *err);

#endif
