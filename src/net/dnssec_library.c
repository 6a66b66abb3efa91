/* SPDX-License-Identifier: MIT */
#include "net/dnssec_library.h"

#define SYMBOL(member, function) LIBRARY_SYMBOL(struct dnssec_library, member, function)

static const struct library_symbol symbols[] = {SYMBOL(create, ub_ctx_create),
                                                SYMBOL(destroy, ub_ctx_delete),
                                                SYMBOL(set_option, ub_ctx_set_option),
                                                SYMBOL(set_forwarder, ub_ctx_set_fwd),
                                                SYMBOL(resolv_conf, ub_ctx_resolvconf),
                                                SYMBOL(add_anchor, ub_ctx_add_ta_file),
                                                SYMBOL(async, ub_ctx_async),
                                                SYMBOL(log_to, ub_ctx_debugout),
                                                SYMBOL(fd, ub_fd),
                                                SYMBOL(process, ub_process),
                                                SYMBOL(resolve, ub_resolve_async),
                                                SYMBOL(cancel, ub_cancel),
                                                SYMBOL(free_result, ub_resolve_free),
                                                SYMBOL(strerror, ub_strerror),
                                                {NULL, 0}};
const struct library dnssec_library = {"libunbound.so.8", "libunbound8", symbols};
