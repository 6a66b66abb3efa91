/* SPDX-License-Identifier: MIT */
/* trust: one TLS context for each distinct set of trust settings in the configuration, shared by the accounts
 * that have it. */
#ifndef COUPLET_RUNTIME_TRUST_H
#define COUPLET_RUNTIME_TRUST_H

#include "config/config.h"
#include "net/conn.h"

struct trust_entry {
    struct tls_options options; /* strings are the config's */
    struct tls_context *context;
};

struct trust { /* zeroed at first */
    struct trust_entry *list;
    size_t count;
};

/* Owned by t. NULL with the reason, e.g. a ca_file that cannot be read. */
struct tls_context *trust_for(struct trust *t, const struct config_bot *bot, struct err *err);
/* Opens the files of every account's `tls:`. -1 when mistakes were added, each at its option. dns: asked
 * whether it could do what `dane` wants. */
int trust_load(struct trust *t, const struct config *config, const struct dns *dns,
               struct config_mistakes *mistakes);
void trust_finish(struct trust *t);

#endif
