/* SPDX-License-Identifier: MIT */
/* dnssec_library: the functions of libunbound that we use, loaded when they are needed. Shared by the
 * dnssec*.c files only. */
#ifndef COUPLET_NET_DNSSEC_LIBRARY_H
#define COUPLET_NET_DNSSEC_LIBRARY_H

#include "base/library.h"

#include <unbound.h>

struct dnssec_library {
    __typeof__(ub_ctx_create) *create;
    __typeof__(ub_ctx_delete) *destroy;
    __typeof__(ub_ctx_set_option) *set_option;
    __typeof__(ub_ctx_set_fwd) *set_forwarder;
    __typeof__(ub_ctx_resolvconf) *resolv_conf;
    __typeof__(ub_ctx_add_ta_file) *add_anchor;
    __typeof__(ub_ctx_async) *async;
    __typeof__(ub_ctx_debugout) *log_to;
    __typeof__(ub_fd) *fd;
    __typeof__(ub_process) *process;
    __typeof__(ub_resolve_async) *resolve;
    __typeof__(ub_cancel) *cancel;
    __typeof__(ub_resolve_free) *free_result;
    __typeof__(ub_strerror) *strerror;
};

extern const struct library dnssec_library;

#endif
